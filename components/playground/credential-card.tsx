"use client";

import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";

/** CONTRACT section 2: what a key of ours looks like. */
const KEY = /^tp_(live|test)_[0-9A-Za-z]{38}$/;

const WAYS = [
  { value: "session", label: "My session" },
  { value: "key", label: "A key" },
] as const;

/** What calls are made with: null is the session's own hidden key, else what was typed. */
export type TypedKey = string | null;

/** Whether calls can be made with it. */
export function isUsable(typedKey: TypedKey): boolean {
  return typedKey === null || KEY.test(typedKey.trim());
}

interface CredentialCardProps {
  typedKey: TypedKey;
  onChange: (typedKey: TypedKey) => void;
  /** What the session may spend here in a day, as people read it. */
  limit: string;
}

/** Who calls: the session, or a key whose rules and limits are to be tried out. It stays in this page's memory. */
export function CredentialCard({ typedKey, onChange, limit }: CredentialCardProps) {
  return (
    <Card>
      <CardHeader title="Call with" />
      <CardBody className="grid gap-3">
        <Segmented
          label="Call with"
          value={typedKey === null ? "session" : "key"}
          onChange={(way) => onChange(way === "session" ? null : "")}
          options={WAYS}
        />
        {typedKey === null ? (
          <p className="text-soft text-ui">Up to {limit} a day, on top of the project’s limits.</p>
        ) : (
          <Field
            label="Key"
            error={
              typedKey === "" || isUsable(typedKey)
                ? undefined
                : "A key begins with tp_live_ or tp_test_ and has 46 characters"
            }
            hint="Its own rules, limits and expiry decide. It is kept in this page only, and gone with it."
          >
            {(field) => (
              <Input
                {...field}
                type="password"
                autoComplete="off"
                data-1p-ignore
                data-lpignore="true"
                spellCheck={false}
                value={typedKey}
                onChange={(event) => onChange(event.target.value)}
                placeholder="tp_live_…"
                className="font-mono"
              />
            )}
          </Field>
        )}
      </CardBody>
    </Card>
  );
}
