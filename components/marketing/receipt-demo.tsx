const LINES = [
  { name: "Input", detail: "1,204 tokens at $0.15 per million", amount: "$0.0001806" },
  { name: "Output", detail: "386 tokens at $0.60 per million", amount: "$0.0002316" },
] as const;

/** A receipt as every call leaves one; the figures are an example that adds up. */
export function ReceiptDemo() {
  return (
    <figure aria-label="Example of a receipt" className="rounded-xl border border-line bg-surface p-5 shadow-card">
      <div className="flex items-baseline justify-between gap-4 border-line border-b border-dashed pb-3">
        <span className="font-medium text-ui">Receipt</span>
        <span className="truncate font-mono text-faint text-xs">gen_0Vw3kT8s…</span>
      </div>
      <dl className="tabular divide-y divide-line text-ui">
        {LINES.map((line) => (
          <div key={line.name} className="flex items-start justify-between gap-4 py-2.5">
            <dt>
              {line.name}
              <span className="block text-faint text-xs">{line.detail}</span>
            </dt>
            <dd>{line.amount}</dd>
          </div>
        ))}
        <div className="flex justify-between gap-4 py-2.5 font-medium">
          <dt>Charged</dt>
          <dd>$0.0004122</dd>
        </div>
        <div className="flex justify-between gap-4 pt-2.5 text-soft">
          <dt>Set aside before the call</dt>
          <dd>$0.0098</dd>
        </div>
      </dl>
    </figure>
  );
}
