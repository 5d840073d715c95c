import Link from "next/link";
import { projectPath } from "@/components/shell/navigation";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { duration } from "@/components/ui/time";
import { type Anomaly, THRESHOLDS } from "@/lib/usage/anomalies";

const share = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });

interface Words {
  title: string;
  text: string;
  /** When it counts as out of the ordinary. */
  rule: string;
  link: { label: string; page: "/usage" | "/logs"; query: string };
}

function wordsOf(anomaly: Anomaly): Words {
  switch (anomaly.kind) {
    case "spend":
      return {
        title: `Spend today is ${anomaly.times} times the usual`,
        text: `${formatMoney(anomaly.now)} since 00:00 UTC; by this hour the seven days before had ${formatMoney(anomaly.usual)} on average.`,
        rule: `Shown from ${THRESHOLDS.spend.times} times the usual on, and from ${formatMoney("1")}.`,
        link: { label: "Usage by key", page: "/usage", query: "by=key&range=24h" },
      };
    case "errors":
      return {
        title: `${share.format(anomaly.now)} of calls fail${anomaly.times === null ? "" : `, ${anomaly.times} times the usual`}`,
        text: `In this hour and the one before; in the seven days up to then it was ${share.format(anomaly.usual)}.`,
        rule: `Shown from ${THRESHOLDS.errors.times} times the usual on, from ${share.format(THRESHOLDS.errors.shareMin)}, with ${THRESHOLDS.errors.requestsMin} calls at least.`,
        link: { label: "The failed calls", page: "/logs", query: "status=error" },
      };
    case "latency":
      return {
        title: `Calls take ${anomaly.times} times as long as usual`,
        text: `95% take up to ${duration(anomaly.now)} in this hour and the one before; in the seven days up to then it was ${duration(anomaly.usual)}.`,
        rule: `Shown from ${THRESHOLDS.latency.times} times the usual on, with ${THRESHOLDS.latency.requestsMin} calls at least.`,
        link: { label: "The latest calls", page: "/logs", query: "" },
      };
  }
}

/** What is out of the ordinary just now, each with its figures, its rule and where to look; nothing where nothing is. */
export function AnomaliesList({ projectId, anomalies }: { projectId: string; anomalies: readonly Anomaly[] }) {
  if (anomalies.length === 0) return null;
  return (
    <section aria-label="Out of the ordinary" className="grid gap-2">
      {anomalies.map((anomaly) => {
        const { title, text, rule, link } = wordsOf(anomaly);
        return (
          <Notice key={anomaly.kind} tone="warning" title={title}>
            <p>
              {text} {rule}{" "}
              <Link
                href={`${projectPath(projectId, link.page)}${link.query === "" ? "" : `?${link.query}`}`}
                className="whitespace-nowrap font-medium underline underline-offset-4"
              >
                {link.label}
              </Link>
            </p>
          </Notice>
        );
      })}
    </section>
  );
}
