"use client";

import { CornerDownRight } from "lucide-react";
import { useState } from "react";
import type { ToolCall } from "@/components/playground/stream-chat";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";

interface ToolAnswersProps {
  calls: readonly ToolCall[];
  disabled: boolean;
  /** What each tool answered, in the order of the calls. */
  onSend: (results: readonly string[]) => void;
}

/** What the tools answer, by hand: the model goes on with it. */
export function ToolAnswers({ calls, disabled, onSend }: ToolAnswersProps) {
  const [results, setResults] = useState<readonly string[]>(calls.map(() => ""));
  return (
    <form
      className="grid gap-3 rounded-lg border border-line px-3 py-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(results);
      }}
    >
      {calls.map((call, index) => (
        <Field key={call.id || `${index}-${call.name}`} label={`Answer of ${call.name}`}>
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              value={results[index] ?? ""}
              onChange={(event) =>
                setResults((known) => known.map((one, at) => (at === index ? event.target.value : one)))
              }
              placeholder='{"temperature": 21}'
              className="font-mono text-xs"
            />
          )}
        </Field>
      ))}
      <Button type="submit" size="sm" disabled={disabled} className="justify-self-start">
        <CornerDownRight />
        Send {calls.length === 1 ? "this answer" : "these answers"}
      </Button>
    </form>
  );
}
