import type { ProviderKey } from "@/lib/infra/prisma-client/client";

/** A provider key as pages and components see it; of the secret, the last 4 characters only. */
export interface ProviderKeyView {
  id: string;
  organizationId: string;
  /** null: serves every project of the organisation. */
  projectId: string | null;
  provider: string;
  name: string | null;
  lastFour: string;
  /** null: the provider's own. */
  baseUrl: string | null;
  /** Empty: every model. */
  models: string[];
  /** Lower is tried first. */
  priority: number;
  isActive: boolean;
  /** organization: serves every project. */
  scope: "project" | "organization";
  /** ISO 8601. */
  createdAt: string;
  /** What the provider said when it last refused the key; null: it did not. */
  lastError: string | null;
  lastErrorAt: string | null;
}

export function providerKeyView(row: ProviderKey): ProviderKeyView {
  return {
    id: row.id,
    organizationId: row.organizationId,
    projectId: row.projectId,
    provider: row.provider,
    name: row.name,
    lastFour: row.lastFour,
    baseUrl: row.baseUrl,
    models: row.models,
    priority: row.priority,
    isActive: row.isActive,
    scope: row.projectId === null ? "organization" : "project",
    createdAt: row.createdAt.toISOString(),
    lastError: row.lastError,
    lastErrorAt: row.lastErrorAt?.toISOString() ?? null,
  };
}
