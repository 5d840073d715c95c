import { describe, expect, test } from "vitest";
import { findAnomalies, type HourSums } from "@/lib/usage/anomalies";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-21T15:20:00Z");
const TODAY = Date.parse("2026-11-21T00:00:00Z");
const NO_TIMES = { recent: [], usual: [] };
const usd = (dollars: number) => BigInt(dollars * 1_000_000_000);

/** The same hour of each day, `days` ago up to yesterday. */
function daily(days: number, hour: number, sums: Partial<HourSums>): HourSums[] {
  return Array.from({ length: days }, (_, index) => ({
    startsAt: TODAY - (index + 1) * 24 * HOUR + hour * HOUR,
    requests: 10n,
    errors: 0n,
    cost: 0n,
    ...sums,
  }));
}
const today = (hour: number, sums: Partial<HourSums>): HourSums => ({
  startsAt: TODAY + hour * HOUR,
  requests: 10n,
  errors: 0n,
  cost: 0n,
  ...sums,
});
const kinds = (hours: HourSums[]) => findAnomalies({ hours, latency: NO_TIMES }, NOW).map(({ kind }) => kind);

describe("spend", () => {
  test("four times what the days before had by the same hour is out of the ordinary, less is not", () => {
    const before = daily(7, 9, { cost: usd(2) });
    expect(findAnomalies({ hours: [...before, today(14, { cost: usd(8) })], latency: NO_TIMES }, NOW)).toEqual([
      { kind: "spend", now: "8.00", usual: "2.00", times: 4 },
    ]);
    expect(kinds([...before, today(14, { cost: usd(8) - 1n })])).toEqual([]);
  });

  test("is compared up to the same hour only: what was spent later on the days before is not yet due", () => {
    const mornings = daily(7, 9, { cost: usd(1) });
    const evenings = daily(7, 20, { cost: usd(100) });
    expect(kinds([...mornings, ...evenings, today(14, { cost: usd(5) })])).toEqual(["spend"]);
  });

  test("raises nothing below a dollar, nor before there are three days to compare with", () => {
    expect(kinds([...daily(7, 9, { cost: 1_000n }), today(14, { cost: usd(1) - 1n })])).toEqual([]);
    expect(kinds([...daily(2, 9, { cost: 1_000n }), today(14, { cost: usd(50) })])).toEqual([]);
  });
});

describe("errors", () => {
  test("a rate of three times the usual and five per cent is out of the ordinary", () => {
    const before = daily(7, 9, { requests: 100n, errors: 2n });
    expect(
      findAnomalies({ hours: [...before, today(14, { requests: 50n, errors: 3n })], latency: NO_TIMES }, NOW),
    ).toEqual([{ kind: "errors", now: 0.06, usual: 0.02, times: 3 }]);
    expect(kinds([...before, today(14, { requests: 100n, errors: 5n })])).toEqual([]);
    expect(kinds([...daily(7, 9, { requests: 100n }), today(15, { requests: 100n, errors: 4n })])).toEqual([]);
  });

  test("few calls, and hours that are over, raise nothing", () => {
    const before = daily(7, 9, { requests: 100n });
    expect(kinds([...before, today(14, { requests: 19n, errors: 19n })])).toEqual([]);
    expect(kinds([...before, today(10, { requests: 30n, errors: 30n })])).toEqual([]);
  });
});

test("twice the usual latency of enough calls is out of the ordinary", () => {
  const at = (bucket: number, requests: bigint) => [{ bucket, requests }];
  const found = (recent: bigint) =>
    findAnomalies({ hours: [], latency: { recent: at(89, recent), usual: at(80, 500n) } }, NOW);
  expect(found(50n)).toMatchObject([{ kind: "latency", times: 2.2 }]);
  expect(found(49n)).toEqual([]);
  expect(findAnomalies({ hours: [], latency: { recent: at(86, 50n), usual: at(80, 500n) } }, NOW)).toEqual([]);
});
