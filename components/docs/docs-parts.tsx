import type { ReactNode } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import type { CodeLanguage } from "@/components/ui/highlight";

/** A chapter, which its heading's address leads to. */
export function Chapter({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="border-line border-t pt-8 pb-10 first:border-t-0 first:pt-0">
      <h2 id={id} className="scroll-mt-20 font-semibold text-xl tracking-tight">
        <a href={`#${id}`} className="rounded">
          {title}
        </a>
      </h2>
      <div className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-4 text-sm text-soft leading-6">{children}</div>
    </section>
  );
}

/** A name as one types it. */
export function Name({ children }: { children: ReactNode }) {
  return <code className="break-words rounded bg-hover px-1 py-0.5 font-mono text-ink text-xs">{children}</code>;
}

/** Code that can be copied. */
export function Example({ code, language, what }: { code: string; language: CodeLanguage; what: string }) {
  return <CodeBlock code={code} language={language} what={what} className="min-w-0 text-ink" />;
}

interface TermsProps {
  rows: readonly { name: ReactNode; text: ReactNode; key: string }[];
}

/** Names with what they mean. */
export function Terms({ rows }: TermsProps) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line bg-surface">
      {rows.map(({ key, name, text }) => (
        <div key={key} className="grid gap-x-6 gap-y-1 px-4 py-2.5 sm:grid-cols-[15rem_minmax(0,1fr)]">
          <dt className="min-w-0 text-ink">{name}</dt>
          <dd className="min-w-0 text-ui">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
