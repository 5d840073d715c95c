import type { ProjectMode } from "@/lib/projects/schemas";

/** The three modes in plain words, in the order in which they are offered. */
export const MODE_OPTIONS: readonly { value: ProjectMode; title: string; description: string }[] = [
  {
    value: "hybrid",
    title: "Own keys first, then credits",
    description:
      "A call uses your own key at the provider if there is one. If there is none, or it fails before the answer begins, the call goes through the shared keys of this installation and is paid from credits.",
  },
  {
    value: "credits",
    title: "Credits",
    description:
      "Every call goes through the shared keys of this installation and is paid from your organisation's credits. Own provider keys are left alone.",
  },
  {
    value: "api_keys",
    title: "Own provider keys",
    description:
      "Every call uses your own key, and the provider bills you. Credits are never touched; without a key for the provider, the call is refused.",
  },
];

/** The short name of a mode. */
export function modeTitle(mode: ProjectMode): string {
  return MODE_OPTIONS.find((option) => option.value === mode)?.title ?? mode;
}
