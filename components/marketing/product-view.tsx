import { LimitBarDemo } from "@/components/marketing/limit-bar-demo";
import { Badge } from "@/components/ui/badge";

const KEYS = [
  {
    name: "checkout-assistant",
    preview: "tp_live_9fKc…Xb2Q",
    used: 62,
    held: 7,
    spent: "$31.04",
    limit: "$50.00 a day",
    on: true,
  },
  {
    name: "nightly-summaries",
    preview: "tp_live_Qa71…m0Zt",
    used: 99.6,
    held: 0.4,
    spent: "$4.98",
    limit: "$5.00 a month",
    on: true,
  },
  {
    name: "intern-laptop",
    preview: "tp_live_2sVd…8LpE",
    used: 12,
    held: 0,
    spent: "$1.20",
    limit: "$10.00",
    on: false,
  },
] as const;

const CALLS = [
  {
    model: "gpt-4o-mini",
    key: "checkout-assistant",
    status: "200",
    tone: "good",
    cost: "$0.0004122",
    note: "held $0.0098, charged $0.0004122",
  },
  {
    model: "gpt-4o",
    key: "nightly-summaries",
    status: "401",
    tone: "bad",
    cost: "$0.00",
    note: "limit of $5.00 reached: used $4.98, held $0.02",
  },
  {
    model: "gpt-4o-mini",
    key: "intern-laptop",
    status: "401",
    tone: "bad",
    cost: "$0.00",
    note: "key disabled 2 seconds ago",
  },
] as const;

/** What the product looks like, drawn with its own parts; the figures are examples. */
export function ProductView() {
  return (
    <figure aria-label="Example of the keys and logs pages" className="relative">
      <div className="overflow-hidden rounded-2xl border border-line bg-surface shadow-pop">
        <div className="flex items-center justify-between border-line border-b px-5 py-3">
          <span className="font-medium text-ui">Keys</span>
          <span className="text-faint text-xs">
            Balance <span className="tabular font-medium text-ink">$214.60</span>
            <span className="mx-1.5">·</span>
            held <span className="tabular text-held-text">$3.52</span>
          </span>
        </div>
        <ul className="divide-y divide-line">
          {KEYS.map((key) => (
            <li
              key={key.name}
              className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-2 px-5 py-3 sm:grid-cols-[1.2fr_1.3fr_4.75rem]"
            >
              <span className="min-w-0">
                <span className="block truncate font-medium text-ui">{key.name}</span>
                <span className="block truncate font-mono text-faint text-xs">{key.preview}</span>
              </span>
              <span className="order-last col-span-2 sm:order-none sm:col-span-1">
                <LimitBarDemo used={key.used} held={key.held} />
                <span className="tabular mt-1 block text-faint text-xs">
                  <span className="text-ink">{key.spent}</span> of {key.limit}
                </span>
              </span>
              <Badge dot tone={key.on ? "good" : "neutral"} className="justify-self-end">
                {key.on ? "Active" : "Disabled"}
              </Badge>
            </li>
          ))}
        </ul>
        <div className="border-line border-t bg-sunken">
          <p className="px-5 pt-3 font-medium text-ui">Logs</p>
          <ul className="px-5 pt-1 pb-3">
            {CALLS.map((call) => (
              <li key={call.note} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5 text-xs">
                <Badge tone={call.tone} className="tabular">
                  {call.status}
                </Badge>
                <span className="font-mono">{call.model}</span>
                <span className="text-faint max-sm:hidden">{call.key}</span>
                <span className="tabular ml-auto">{call.cost}</span>
                <span className="tabular w-full text-soft">{call.note}</span>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </figure>
  );
}
