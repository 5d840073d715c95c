"use client";

import { Check, Copy } from "lucide-react";
import { type ComponentProps, useEffect, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";

interface CopyButtonProps extends Omit<ComponentProps<typeof Button>, "children" | "onClick"> {
  text: string;
  /** What is copied, for the accessible name: "key" gives "Copy key". */
  what: string;
  /** Shows the words beside the icon. */
  showLabel?: boolean;
}

/** Puts `text` on the clipboard and says so. */
export function CopyButton({ text, what, showLabel, variant = "ghost", size, ...props }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without a secure context there is no clipboard; the text is on the page to be selected by hand.
      toast.error("The browser did not allow copying. Select the text and copy it by hand.");
    }
  };
  return (
    <Button
      variant={variant}
      size={size ?? (showLabel ? "md" : "icon-sm")}
      onClick={copy}
      {...(showLabel ? {} : { "aria-label": copied ? "Copied" : `Copy ${what}` })}
      {...props}
    >
      {copied ? <Check className="text-accent-text" /> : <Copy />}
      {showLabel ? (copied ? "Copied" : `Copy ${what}`) : null}
      <span role="status" className="sr-only">
        {copied ? "Copied" : ""}
      </span>
    </Button>
  );
}

/** An id or address in a fixed-width face, with a button to copy it. */
export function CopyableText({ text, what }: { text: string; what: string }) {
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1">
      <code className="truncate font-mono text-soft text-xs">{text}</code>
      <CopyButton text={text} what={what} className="size-6 [&_svg]:size-3.5" />
    </span>
  );
}
