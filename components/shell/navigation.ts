import {
  Boxes,
  ChartColumn,
  Contact,
  CreditCard,
  FlaskConical,
  History,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Plug,
  Scale,
  ScrollText,
  Settings,
  Users,
} from "lucide-react";
import type { Act } from "@/lib/identity/roles";

export interface NavigationItem {
  label: string;
  icon: LucideIcon;
  /** Below the project's own address; empty for the overview. */
  path:
    | ""
    | "/keys"
    | "/logs"
    | "/usage"
    | "/models"
    | "/playground"
    | "/providers"
    | "/end-users"
    | "/audit"
    | "/billing"
    | "/members"
    | "/books"
    | "/settings";
  /** What a member has to be allowed to see the page. */
  act: Act;
}

/** The pages of a project, in the order of the rail. */
export const NAVIGATION: readonly NavigationItem[] = [
  { label: "Overview", icon: LayoutDashboard, path: "", act: "usage.view" },
  { label: "Keys", icon: KeyRound, path: "/keys", act: "keys.view" },
  { label: "Logs", icon: ScrollText, path: "/logs", act: "logs.view" },
  { label: "Usage", icon: ChartColumn, path: "/usage", act: "usage.view" },
  { label: "Models", icon: Boxes, path: "/models", act: "project.view" },
  { label: "Playground", icon: FlaskConical, path: "/playground", act: "keys.create" },
  { label: "Providers", icon: Plug, path: "/providers", act: "provider_keys.view" },
  { label: "End users", icon: Contact, path: "/end-users", act: "end_users.view" },
  { label: "Audit", icon: History, path: "/audit", act: "audit.view" },
  { label: "Billing", icon: CreditCard, path: "/billing", act: "billing.view" },
  { label: "Members", icon: Users, path: "/members", act: "members.view" },
  { label: "Books", icon: Scale, path: "/books", act: "billing.view" },
  { label: "Settings", icon: Settings, path: "/settings", act: "project.view" },
];

/** The address of a page of a project. */
export function projectPath(
  projectId: string,
  path:
    | NavigationItem["path"]
    | "/account"
    | `/logs/${string}`
    | `/keys/${string}`
    | `/end-users/${string}`
    | "/settings/rules" = "",
): string {
  return `/dashboard/${projectId}${path}`;
}
