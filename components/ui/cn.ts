import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: { classGroups: { "font-size": [{ text: ["2xs", "ui"] }] } },
});

/** Joins class names; where two set the same property, the later one stays. */
export function cn(...values: ClassValue[]): string {
  return merge(clsx(values));
}
