import Link from "next/link";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { prettyJson } from "@/components/usage/pretty-json";
import type { Capture } from "@/lib/usage/read-capture";

/** What is known of a call's bodies: them, or why they are not shown. */
export type Bodies = Capture | "not_kept" | "gone" | "forbidden";

/** Why a call cannot be opened in the playground, or where it can. */
export type Replay = { href: string } | { reason: string };

interface BodiesCardProps {
  bodies: Bodies;
  replay: Replay;
  /** Where bodies are switched on; null: not for this role. */
  settingsHref: string | null;
  /** How long bodies are kept. */
  days: number;
  /** How much of each body is kept, in KiB. */
  mostKib: number;
}

/** The two bodies of a call, where its project keeps them, and the way back into the playground. */
export function BodiesCard({ bodies, replay, settingsHref, days, mostKib }: BodiesCardProps) {
  const isKept = typeof bodies === "object";
  return (
    <Card id="bodies" className="mt-4">
      <CardHeader
        title="Bodies"
        description={
          isKept ? `As they were sent and received, with credentials masked; kept for ${days} days.` : undefined
        }
        actions={
          "href" in replay ? (
            <Button asChild>
              <Link href={replay.href}>Replay in playground</Link>
            </Button>
          ) : undefined
        }
      />
      <CardBody className="grid gap-4">
        {isKept ? (
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <Body title="Request" what="request body" mostKib={mostKib} {...bodies.request} />
            <Body title="Answer" what="answer body" mostKib={mostKib} {...bodies.answer} />
          </div>
        ) : (
          <p className="text-soft text-ui">
            {bodies === "gone" ? (
              `Nothing is kept of this call: it came before the project kept bodies, or more than ${days} days ago.`
            ) : bodies === "forbidden" ? (
              "Your role in this organisation does not let you see what was sent and answered."
            ) : (
              <>
                This project keeps no bodies, so nothing of what was sent and answered is stored.{" "}
                {settingsHref === null ? null : (
                  <Link href={settingsHref} className="text-accent-text underline underline-offset-4">
                    Keep bodies of its next calls
                  </Link>
                )}
              </>
            )}
          </p>
        )}
        {"reason" in replay ? <p className="text-faint text-xs">{replay.reason}</p> : null}
      </CardBody>
    </Card>
  );
}

interface BodyProps {
  title: string;
  what: string;
  text: string;
  cut: boolean;
  mostKib: number;
}

function Body({ title, what, text, cut, mostKib }: BodyProps): ReactNode {
  return (
    <section className="min-w-0">
      <h3 className="mb-1.5 flex items-center gap-2 font-medium text-ui">
        {title}
        {cut ? <Badge tone="held">Cut at {mostKib} KiB</Badge> : null}
      </h3>
      {text === "" ? (
        <p className="text-soft text-ui">Empty</p>
      ) : (
        <CodeBlock code={prettyJson(text)} language="json" what={what} isTall />
      )}
    </section>
  );
}
