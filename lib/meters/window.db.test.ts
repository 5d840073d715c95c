import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { type MeterPeriod, windowAt } from "@/lib/meters/window";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const time = fc.date({
  min: new Date("1990-01-01T00:00:00Z"),
  max: new Date("2090-01-01T00:00:00Z"),
  noInvalidDate: true,
});
const near = fc.constantFrom(-1, 0, 1);
/** Any moment, and the moments around the boundaries. */
const moment = fc.oneof(
  time,
  fc
    .tuple(time, near, fc.constantFrom<MeterPeriod>("minute", "daily", "weekly", "monthly"))
    .map(([at, off, period]) => new Date((windowAt(period, at).start?.getTime() ?? 0) + off)),
);
const question = fc.record({
  period: fc.constantFrom<MeterPeriod>("none", "minute", "daily", "weekly", "monthly", "interval"),
  now: moment,
  anchor: time,
  seconds: fc.integer({ min: 1, max: 100_000_000 }),
});

test.each(["UTC", "America/St_Johns", "Pacific/Kiritimati"])(
  "the database's windows are the ones that we show, at any time, in a session of %s",
  async (zone) => {
    const connection = await pool().connect();
    try {
      await connection.query(`SET TIME ZONE '${zone}'`);
      await fc.assert(
        fc.asyncProperty(fc.array(question, { minLength: 50, maxLength: 200 }), async (questions) => {
          const { rows } = await connection.query<{ start: Date; end: Date | null }>(
            `SELECT w.start, meter_window_end(q.period::"MeterPeriod", q.seconds, w.start) AS end
           FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY AS q(period, seconds, anchor, now, i)
           CROSS JOIN LATERAL (SELECT meter_window_start(q.period::"MeterPeriod", q.seconds, q.anchor, q.now) AS start) w ORDER BY q.i`,
            [
              questions.map(({ period }) => period),
              questions.map(({ seconds }) => seconds),
              questions.map(({ anchor }) => anchor.toISOString()),
              questions.map(({ now }) => now.toISOString()),
            ],
          );
          const ours = questions.map(({ period, now, anchor, seconds }) => {
            const { start, end } = windowAt(period, now, anchor, seconds);
            // What never starts again has begun at its anchor; it is shown without a beginning.
            return { start: start ?? anchor, end };
          });
          expect(rows).toEqual(ours);
        }),
        { numRuns: 10 },
      );
    } finally {
      await connection.query("RESET TIME ZONE");
      connection.release();
    }
  },
);
