import { describe, expect, test } from "vitest";
import { breakdownOf as breakdownOfRows, SERIES_MAX } from "@/lib/usage/breakdown";
import type { BreakdownRow } from "@/lib/usage/rollup-store";
import { usageCsv } from "@/lib/usage/usage-csv";

const SPAN = { from: new Date("2026-11-19T00:00:00Z"), to: new Date("2026-11-22T00:00:00Z"), size: "day" } as const;

function row(day: string, group: string, changes: Partial<BreakdownRow> = {}): BreakdownRow {
  return {
    bucket: new Date(`${day}T00:00:00Z`),
    group,
    name: null,
    requests: 2n,
    errors: 1n,
    prompt_tokens: 10n,
    completion_tokens: 5n,
    cost: 1_500_000_000n,
    ...changes,
  };
}

/** Of rows that are all there is. */
const breakdownOf = (rows: BreakdownRow[], wish: Parameters<typeof breakdownOfRows>[1]) =>
  breakdownOfRows({ rows, groups: new Set(rows.map(({ group }) => group)).size }, wish);

describe("a breakdown of usage", () => {
  test("has a value for every bar, zero where nothing happened, and exact sums", () => {
    const rows = [row("2026-11-19", "a"), row("2026-11-21", "a"), row("2026-11-21", "b", { cost: 1n })];
    const { buckets, series, total } = breakdownOf(rows, { by: "model", span: SPAN, measure: "cost" });
    expect(buckets).toHaveLength(3);
    expect(series).toEqual([
      { group: "a", name: "a", values: ["1.50", "0.00", "1.50"] },
      { group: "b", name: "b", values: ["0.00", "0.00", "0.000000001"] },
    ]);
    expect(total).toEqual({ requests: 6, errors: 3, promptTokens: 30, completionTokens: 15, cost: "3.000000001" });
  });

  test("is ordered by what is measured, and tokens are those in and out", () => {
    const rows = [row("2026-11-19", "dear"), row("2026-11-19", "busy", { cost: 1n, completion_tokens: 900n })];
    const names = (measure: "cost" | "tokens") =>
      breakdownOf(rows, { by: "model", span: SPAN, measure }).groups.map(({ group }) => group);
    expect(names("cost")).toEqual(["dear", "busy"]);
    expect(names("tokens")).toEqual(["busy", "dear"]);
    expect(breakdownOf(rows, { by: "model", span: SPAN, measure: "tokens" }).series[0]?.values).toEqual([
      "910",
      "0",
      "0",
    ]);
  });

  test("draws the largest groups and the others as one, and loses nothing", () => {
    const rows = Array.from({ length: SERIES_MAX + 5 }, (_, index) =>
      row("2026-11-20", `model-${index}`, { requests: BigInt(index + 1) }),
    );
    const { series, groups, total } = breakdownOf(rows, { by: "model", span: SPAN, measure: "requests" });
    expect(series).toHaveLength(SERIES_MAX + 1);
    expect(series.at(-1)).toMatchObject({ group: null, values: ["0", "15", "0"] });
    expect(groups).toHaveLength(rows.length);
    const drawn = series.flatMap(({ values }) => values).reduce((sum, value) => sum + Number(value), 0);
    expect(drawn).toBe(total.requests);
  });

  test("counts what lies beyond the largest groups in the total and in the others, and lists it as a number", () => {
    const rows = [row("2026-11-19", "a"), { ...row("2026-11-21", ""), group: null, requests: 7n }];
    const found = breakdownOfRows({ rows, groups: 41 }, { by: "user", span: SPAN, measure: "requests" });
    expect(found.groups.map(({ group }) => group)).toEqual(["a"]);
    expect(found.others).toBe(40);
    expect(found.total.requests).toBe(9);
    expect(found.series.at(-1)).toEqual({ group: null, name: null, values: ["0", "0", "7"] });
  });

  test("draws nothing that the measure does not see, and lists it all the same", () => {
    const rows = [row("2026-11-20", "fine", { errors: 0n })];
    const { series, groups } = breakdownOf(rows, { by: "model", span: SPAN, measure: "errors" });
    expect(series).toEqual([]);
    expect(groups).toHaveLength(1);
  });

  test("names keys by their names, and a call without a model by none", () => {
    const keys = breakdownOf([row("2026-11-20", "key_1", { name: "CI" })], { by: "key", span: SPAN, measure: "cost" });
    expect(keys.groups[0]).toMatchObject({ group: "key_1", name: "CI" });
    const none = breakdownOf([row("2026-11-20", "")], { by: "model", span: SPAN, measure: "cost" });
    expect(none.groups[0]).toMatchObject({ group: "", name: null });
  });
});

describe("usage as CSV", () => {
  const line = {
    bucket: "2026-11-20T00:00:00.000Z",
    group: "key_1",
    name: "CI",
    requests: 3,
    errors: 0,
    promptTokens: 10,
    completionTokens: 5,
    cost: "0.000000001",
  };

  test("has a heading, exact costs, and quotes where they are needed", () => {
    expect(usageCsv([{ ...line, name: 'a "b", c' }])).toBe(
      'begins_at,group,name,requests,errors,prompt_tokens,completion_tokens,cost_usd\r\n2026-11-20T00:00:00.000Z,key_1,"a ""b"", c",3,0,10,5,0.000000001\r\n',
    );
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])("a name that a spreadsheet would run, %j, is text", (name) => {
    expect(usageCsv([{ ...line, name }])).toContain(`,'${name},`);
  });
});
