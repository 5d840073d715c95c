import { LimitBarDemo } from "@/components/marketing/limit-bar-demo";

const STEPS = [
  {
    name: "Hold",
    text: "Before anything goes to a provider, the most that the call can cost is set aside, durably, against every limit it touches.",
    used: 40,
    held: 22,
    figure: "held $0.0098",
  },
  {
    name: "Forward",
    text: "The call goes through, streamed or not, byte for byte. What it uses is read on the way past.",
    used: 40,
    held: 22,
    figure: "812 tokens so far",
  },
  {
    name: "Settle",
    text: "The hold becomes what the call did cost. The rest is free again at once, and the books balance to the nano-dollar.",
    used: 44,
    held: 0,
    figure: "charged $0.0004122",
  },
] as const;

/** The three moments of a call, and what the limit looks like in each. */
export function WayOfACall() {
  return (
    <ol className="grid gap-px overflow-hidden rounded-2xl border border-line bg-line md:grid-cols-3">
      {STEPS.map((step, index) => (
        <li key={step.name} className="flex flex-col bg-surface p-6">
          <span className="tabular font-mono text-faint text-xs">{index + 1}</span>
          <h3 className="mt-2 font-semibold text-base">{step.name}</h3>
          <p className="mt-1.5 mb-6 text-soft text-sm">{step.text}</p>
          <div className="mt-auto">
            <LimitBarDemo used={step.used} held={step.held} />
            <p className="tabular mt-2 text-faint text-xs">{step.figure}</p>
          </div>
        </li>
      ))}
    </ol>
  );
}
