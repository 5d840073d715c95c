import type { ReactNode } from "react";
import { SecretShelf } from "@/components/keys/secret-shelf";

export default function DashboardLayout({ children }: { children: ReactNode }) {
  return <SecretShelf>{children}</SecretShelf>;
}
