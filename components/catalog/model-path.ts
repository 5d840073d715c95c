/** The address of a model's page below `base`, the address of the list; ids have slashes and colons. */
export function modelPath(base: string, id: string): string {
  return `${base}/${id.split("/").map(encodeURIComponent).join("/")}`;
}

/** The id that a page's address names, out of its segments as Next hands them on; null where they are no text. */
export function modelIdOf(segments: readonly string[]): string | null {
  try {
    return segments.map(decodeURIComponent).join("/");
  } catch {
    return null;
  }
}
