import { cn } from "@/components/ui/cn";

const MOMENTS = [
  {
    time: "14:03:05.118",
    text: "200",
    detail: "POST /v1/chat/completions",
    dot: "bg-accent",
    tone: "text-accent-text",
  },
  { time: "14:03:05.204", text: "Key disabled", detail: "by ada@example.com", dot: "bg-ink", tone: "text-ink" },
  {
    time: "14:03:05.206",
    text: "401",
    detail: "POST /v1/chat/completions",
    dot: "bg-danger",
    tone: "text-danger-text",
  },
  {
    time: "14:03:05.231",
    text: "401",
    detail: "POST /v1/chat/completions, on another server",
    dot: "bg-danger",
    tone: "text-danger-text",
  },
] as const;

/** A key that is switched off between two calls. */
export function RevocationDemo() {
  return (
    <figure
      aria-label="Example of a key disabled between two calls"
      className="rounded-xl border border-line bg-surface p-5 shadow-card"
    >
      <ol className="text-xs">
        {MOMENTS.map((moment, index) => (
          <li key={moment.time} className="relative flex gap-4 pb-5 last:pb-0">
            {index < MOMENTS.length - 1 ? (
              <span aria-hidden className="absolute top-4 bottom-0 left-[3.5px] w-px bg-line-strong" />
            ) : null}
            <span aria-hidden className={cn("mt-1 size-2 shrink-0 rounded-full", moment.dot)} />
            <span className="min-w-0">
              <span className="tabular mr-3 font-mono text-faint">{moment.time}</span>
              <span className={cn("font-medium", moment.tone)}>{moment.text}</span>
              <span className="mt-0.5 block font-mono text-faint">{moment.detail}</span>
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}
