"use client";

import { useRouter } from "next/navigation";
import { useOptimistic, useTransition } from "react";
import { toast } from "sonner";
import { clearCacheAction, updateProjectAction } from "@/components/projects/actions";
import { cacheTimeOptions, cacheTimeWords } from "@/components/projects/cache-time";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { UNREACHABLE } from "@/components/ui/unreachable";

/** What the cache begins with when it is switched on. */
const FIRST_SECONDS = 3_600;

interface CacheCardProps {
  projectId: string;
  /** null: the cache is off. */
  ttlSeconds: number | null;
  mayChange: boolean;
}

/** The project's response cache: on or off, for how long, and empty again. */
export function CacheCard({ projectId, ttlSeconds, mayChange }: CacheCardProps) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const [shown, show] = useOptimistic(ttlSeconds);

  const set = (next: number | null) =>
    start(async () => {
      show(next);
      const answer = await updateProjectAction({ projectId, cacheTtlSeconds: next }).catch(() => undefined);
      if (!answer?.ok) {
        toast.error("The response cache was not changed", {
          description: answer?.error.message ?? UNREACHABLE,
        });
        return;
      }
      router.refresh();
      toast.success(next === null ? "Response cache: off" : `Response cache: ${cacheTimeWords(next)}`, {
        description: next === null ? "What was kept is forgotten." : "The next call is decided so.",
      });
    });

  const clear = () =>
    start(async () => {
      const answer = await clearCacheAction({ projectId }).catch(() => undefined);
      if (!answer?.ok) {
        toast.error("The cache was not cleared", {
          description: answer?.error.message ?? UNREACHABLE,
        });
        return;
      }
      const { answers } = answer.data;
      toast.success("The cache is cleared", {
        description: answers === 1 ? "1 answer was forgotten." : `${answers} answers were forgotten.`,
      });
    });

  return (
    <Card>
      <CardHeader
        title="Response cache"
        description="Gives the same request of this project the same answer again, without asking a provider and for free."
        actions={
          <Switch
            aria-label="Response cache"
            checked={shown !== null}
            onCheckedChange={(on) => set(on ? FIRST_SECONDS : null)}
            disabled={!mayChange || pending}
          />
        }
      />
      <CardBody>
        {shown === null ? (
          <p className="text-soft text-ui">Off: every call goes to a provider, and no answer is kept.</p>
        ) : (
          <div className="flex max-w-lg flex-wrap items-start gap-2">
            <Field
              label="Answers are given again for"
              hint="Answers are stored in the database for so long. A call with the header x-no-cache is served anew."
              className="min-w-56 flex-1"
            >
              {(field) => (
                <Select
                  {...field}
                  value={String(shown)}
                  onChange={(next) => set(Number(next))}
                  options={cacheTimeOptions(shown)}
                  disabled={!mayChange || pending}
                />
              )}
            </Field>
            <Button className="mt-[1.625rem] h-9" onClick={clear} disabled={!mayChange || pending}>
              Clear cache
            </Button>
          </div>
        )}
      </CardBody>
    </Card>
  );
}
