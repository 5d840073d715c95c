import { parseAsInteger, parseAsString, parseAsStringLiteral } from "nuqs";
import type { KeyView } from "@/lib/keys/key-view";

/** The parts of the address that say which keys are listed. */
export const keyFilterParsers = {
  q: parseAsString.withDefault(""),
  environment: parseAsStringLiteral(["all", "live", "test"] as const).withDefault("all"),
  status: parseAsStringLiteral(["all", "active", "disabled", "expired", "rotating"] as const).withDefault("all"),
  page: parseAsInteger.withDefault(1),
};

export interface KeyFilters {
  q: string;
  environment: "all" | "live" | "test";
  status: "all" | "active" | "disabled" | "expired" | "rotating";
}

const STATUSES: Readonly<Record<KeyFilters["status"], (key: KeyView) => boolean>> = {
  all: () => true,
  active: (key) => key.status === "active" && !key.isExpired,
  disabled: (key) => key.status === "inactive",
  expired: (key) => key.isExpired,
  rotating: (key) => key.oldSecret !== null,
};

/** The keys that fit: by name, by any part of the key that is shown, by id, by the name of their end user. */
export function filterKeys(keys: readonly KeyView[], { q, environment, status }: KeyFilters): KeyView[] {
  const wanted = q.trim().toLowerCase();
  return keys.filter(
    (key) =>
      (environment === "all" || key.environment === environment) &&
      STATUSES[status](key) &&
      [key.name, key.preview, key.id, key.endUser ?? ""].some((text) => text.toLowerCase().includes(wanted)),
  );
}
