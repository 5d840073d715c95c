"use client";

import type { ParameterFields } from "@/components/playground/chat-body";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";

interface ParametersCardProps {
  fields: ParameterFields;
  errors: Partial<Record<keyof ParameterFields, string>>;
  onChange: (change: Partial<ParameterFields>) => void;
}

/** What goes with every message: system prompt, temperature, longest answer, tools, and the rest. */
export function ParametersCard({ fields, errors, onChange }: ParametersCardProps) {
  return (
    <Card>
      <CardHeader title="Parameters" description="Empty fields are left out." />
      <CardBody className="grid gap-4">
        <Field label="System prompt">
          {(control) => (
            <Textarea
              {...control}
              value={fields.system}
              onChange={(event) => onChange({ system: event.target.value })}
              placeholder="You are a helpful assistant."
            />
          )}
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Field label="Temperature" error={errors.temperature}>
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                value={fields.temperature}
                onChange={(event) => onChange({ temperature: event.target.value })}
                placeholder="0 to 2"
              />
            )}
          </Field>
          <Field label="Max tokens" error={errors.maxTokens}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={fields.maxTokens}
                onChange={(event) => onChange({ maxTokens: event.target.value })}
                placeholder="All it can"
              />
            )}
          </Field>
        </div>
        <Field label="Tools" note="JSON" error={errors.tools}>
          {(control) => (
            <Textarea
              {...control}
              rows={6}
              spellCheck={false}
              value={fields.tools}
              onChange={(event) => onChange({ tools: event.target.value })}
              placeholder={'[{"type": "function", "function": {…}}]'}
              className="font-mono text-xs"
            />
          )}
        </Field>
        <Field label="More parameters" note="JSON" error={errors.other}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              spellCheck={false}
              value={fields.other}
              onChange={(event) => onChange({ other: event.target.value })}
              placeholder={'{"top_p": 0.9, "seed": 7}'}
              className="font-mono text-xs"
            />
          )}
        </Field>
      </CardBody>
    </Card>
  );
}
