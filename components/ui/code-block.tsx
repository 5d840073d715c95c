import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { type CodeLanguage, type CodeTone, highlight } from "@/components/ui/highlight";
import { ScrollRegion } from "@/components/ui/scroll-region";

const TONES: Record<CodeTone, string> = {
  plain: "",
  comment: "text-faint",
  string: "text-accent-text",
  keyword: "text-info-text",
  name: "text-held-text",
};

interface CodeProps {
  code: string;
  language: CodeLanguage;
}

/** Coloured code, without a frame. */
export function Code({ code, language }: CodeProps) {
  let offset = 0;
  return (
    <code className="font-mono">
      {highlight(code, language).map((piece) => {
        const key = offset;
        offset += piece.text.length;
        return (
          <span key={key} className={TONES[piece.tone]}>
            {piece.text}
          </span>
        );
      })}
    </code>
  );
}

interface CodeBlockProps extends CodeProps {
  /** What the code is, for the copy button and for screen readers: "curl command". */
  what: string;
  /** It may be very long: shown in a window of its own, with its lines broken. */
  isTall?: boolean;
  className?: string;
}

/** A snippet that can be scrolled with the keyboard and copied whole. */
export function CodeBlock({ code, language, what, isTall = false, className }: CodeBlockProps) {
  return (
    <div className={cn("relative overflow-hidden rounded-lg border border-line bg-sunken", className)}>
      <div className="absolute top-1.5 right-1.5 z-10 rounded-md bg-sunken">
        <CopyButton text={code} what={what} />
      </div>
      <ScrollRegion label={what} className={cn("rounded-lg", isTall && "max-h-112 overflow-y-auto")}>
        <pre
          className={cn(
            "p-3.5 pr-12 text-xs leading-5",
            isTall ? "whitespace-pre-wrap break-words" : "w-max min-w-full",
          )}
        >
          <Code code={code} language={language} />
        </pre>
      </ScrollRegion>
    </div>
  );
}
