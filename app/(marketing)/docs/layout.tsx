import type { ReactNode } from "react";
import { DocsNav } from "@/components/docs/docs-nav";
import { GUIDE } from "@/components/docs/docs-view";
import { readReference } from "@/components/docs/read-reference";
import { operationsOf, REFERENCE_GROUPS, referencePath } from "@/components/docs/reference-groups";
import { openApiDocument } from "@/lib/edge/openapi";

export default function DocsLayout({ children }: { children: ReactNode }) {
  const operations = readReference(openApiDocument());
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-[minmax(0,1fr)] gap-8 px-5 py-10 sm:px-8 lg:grid-cols-[13rem_minmax(0,1fr)] lg:gap-x-10">
      <DocsNav
        sections={[
          ...GUIDE.map(({ title, chapters }) => ({
            title,
            links: chapters.map((chapter) => ({ href: `/docs#${chapter.id}`, label: chapter.title })),
          })),
          {
            title: "API reference",
            links: [
              { href: "/docs/api", label: "All calls" },
              ...REFERENCE_GROUPS.map((group) => ({ href: referencePath(group), label: group.title })),
            ],
          },
        ]}
        calls={REFERENCE_GROUPS.flatMap((group) =>
          operationsOf(group, operations).map(({ id, method, path, summary }) => ({
            href: `${referencePath(group)}#${id}`,
            label: `${method} ${path}`,
            words: summary,
          })),
        )}
      />
      <div className="min-w-0 max-w-3xl">{children}</div>
    </div>
  );
}
