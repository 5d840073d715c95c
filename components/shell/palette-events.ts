const OPEN = "turnpike:palette";

/** Asks the palette to open, from anywhere on the page. */
export function openPalette(): void {
  window.dispatchEvent(new Event(OPEN));
}

/** Calls `listener` when the palette is asked for; answers how to stop. */
export function onPaletteAsked(listener: () => void): () => void {
  window.addEventListener(OPEN, listener);
  return () => window.removeEventListener(OPEN, listener);
}
