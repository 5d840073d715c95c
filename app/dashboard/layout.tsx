import type { ReactNode } from "react";
import { SecretShelf } from "@/components/keys/secret-shelf";
import { QueryProvider } from "@/components/shell/query-provider";

export default function DashboardLayout({ children }: { children: ReactNode }) {
  return (
    <QueryProvider>
      <SecretShelf>{children}</SecretShelf>
    </QueryProvider>
  );
}
