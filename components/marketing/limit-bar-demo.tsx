interface LimitBarDemoProps {
  /** Shares of the limit, 0 to 100. */
  used: number;
  held: number;
}

/** The bar of a limit as the dashboard draws it: solid is spent, striped is held. */
export function LimitBarDemo({ used, held }: LimitBarDemoProps) {
  return (
    <span aria-hidden className="flex h-1.5 w-full overflow-hidden rounded-full bg-hover">
      <span className="bg-accent" style={{ width: `${used}%` }} />
      <span className="held-stripes" style={{ width: `${held}%` }} />
    </span>
  );
}
