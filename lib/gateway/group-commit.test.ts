import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { BATCH_LIMIT, GroupCommit } from "@/lib/gateway/group-commit";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const turn = () => new Promise((resolve) => setImmediate(resolve));

function unavailable(): Error {
  return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
}

/** Statements that end when they are told to, and what they were given. */
function statements() {
  const batches: (readonly number[])[] = [];
  const ends: { finish: () => void; fail: (error: Error) => void }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const run = (batch: readonly number[]) => {
    batches.push(batch);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    return new Promise<readonly string[]>((resolve, reject) => {
      ends.push({ finish: () => resolve(batch.map((item) => `done ${item}`)), fail: reject });
    }).finally(() => {
      inFlight -= 1;
    });
  };
  const end = async (act: (statement: { finish: () => void; fail: (error: Error) => void }) => void) => {
    const next = ends.shift();
    if (!next) throw new Error("no statement is in flight");
    act(next);
    await turn();
    await turn();
  };
  return { run, batches, end, mostInFlight: () => mostInFlight };
}

describe("submissions", () => {
  test("that arrive while a statement is in flight wait, and go together in the next; one is in flight at a time", async () => {
    const { run, batches, end, mostInFlight } = statements();
    const commits = new GroupCommit(run);
    const all = [commits.submit(1), commits.submit(2)];
    await turn();
    expect(batches).toEqual([[1, 2]]);
    all.push(commits.submit(3));
    await turn();
    all.push(commits.submit(4), commits.submit(5));
    await turn();
    expect(batches).toEqual([[1, 2]]);
    await end(({ finish }) => finish());
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    await end(({ finish }) => finish());
    expect(await Promise.all(all)).toEqual(["done 1", "done 2", "done 3", "done 4", "done 5"]);
    expect(mostInFlight()).toBe(1);
  });

  test("go in the order in which they came, at most a batch at once", async () => {
    const { run, batches, end } = statements();
    const commits = new GroupCommit(run);
    const all = Promise.all(numbers(600).map((item) => commits.submit(item)));
    for (const size of [BATCH_LIMIT, BATCH_LIMIT, 600 - 2 * BATCH_LIMIT]) {
      await turn();
      expect(batches.at(-1)).toHaveLength(size);
      await end(({ finish }) => finish());
    }
    expect(batches.flat()).toEqual(numbers(600));
    expect(await all).toEqual(numbers(600).map((item) => `done ${item}`));
  });

  test("linger for company, and no longer than until somebody says that they wait", async () => {
    const { run, batches, end } = statements();
    const commits = new GroupCommit(run, { lingerMs: 60_000 });
    const all = [commits.submit(1)];
    await turn();
    all.push(commits.submit(2));
    await turn();
    expect(batches).toEqual([]);
    commits.hurry();
    await turn();
    expect(batches).toEqual([[1, 2]]);
    // Said while a statement is in flight, it is for those who wait for the next one.
    all.push(commits.submit(3));
    commits.hurry();
    await end(({ finish }) => finish());
    expect(batches).toEqual([[1, 2], [3]]);
    all.push(commits.submit(4));
    await end(({ finish }) => finish());
    await turn();
    expect(batches).toEqual([[1, 2], [3]]);
    commits.hurry();
    await turn();
    await end(({ finish }) => finish());
    expect(await Promise.all(all)).toEqual(["done 1", "done 2", "done 3", "done 4"]);
  });

  test("start again after a quiet time", async () => {
    const commits = new GroupCommit(async (batch: readonly number[]) => batch);
    expect(await commits.submit(1)).toBe(1);
    await turn();
    expect(await commits.submit(2)).toBe(2);
  });

  test("wait for company as long as they are told to", async () => {
    const batches: number[] = [];
    const commits = new GroupCommit(
      async (batch: readonly number[]) => {
        batches.push(batch.length);
        return batch;
      },
      { lingerMs: 40 },
    );
    const first = commits.submit(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([first, commits.submit(2)]);
    expect(batches).toEqual([2]);
  });

  test("beyond the queue's limit are refused with 503 and Retry-After, and the others still served", async () => {
    const { run, end } = statements();
    const commits = new GroupCommit(run, { queueLimit: 3 });
    const running = commits.submit(0);
    await turn();
    const waiting = [1, 2, 3].map((item) => commits.submit(item));
    const refused = await commits.submit(4).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ code: "overloaded", status: 503, options: { headers: { "retry-after": "1" } } });
    await end(({ finish }) => finish());
    await end(({ finish }) => finish());
    expect(await Promise.all([running, ...waiting])).toHaveLength(4);
  });
});

describe("a poisonous submission", () => {
  test("fails by itself, wherever it stands; its neighbours succeed, each once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.uniqueArray(fc.nat(399), { maxLength: 8 }),
        async (count, poison) => {
          const committed: number[] = [];
          const commits = new GroupCommit(async (batch: readonly number[]) => {
            if (batch.some((item) => poison.includes(item))) throw new Error("22P02: poison");
            committed.push(...batch);
            return batch;
          });
          const outcomes = await Promise.allSettled(numbers(count).map((item) => commits.submit(item)));
          outcomes.forEach((outcome, item) => {
            expect(outcome.status).toBe(poison.includes(item) ? "rejected" : "fulfilled");
            if (outcome.status === "fulfilled") expect(outcome.value).toBe(item);
          });
          expect(committed.sort((a, b) => a - b)).toEqual(numbers(count).filter((item) => !poison.includes(item)));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("that leaves a result out fails alone", async () => {
    const commits = new GroupCommit(async (batch: readonly number[]) => batch.slice(0, -1));
    const [first, second] = await Promise.allSettled([commits.submit(1), commits.submit(2)]);
    expect([first?.status, second?.status]).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a database that is not there", () => {
  test("fails the whole batch at once, without trying its halves, and the next batch is tried anew", async () => {
    const { run, batches, end } = statements();
    const commits = new GroupCommit(run);
    const lost = Promise.allSettled(numbers(100).map((item) => commits.submit(item)));
    await turn();
    const later = commits.submit(500);
    await end(({ fail }) => fail(unavailable()));
    expect((await lost).every(({ status }) => status === "rejected")).toBe(true);
    expect(batches).toHaveLength(2);
    await end(({ finish }) => finish());
    expect(await later).toBe("done 500");
  });

  test("that goes away while a poisonous batch is being halved fails what is left, each once", async () => {
    let statement = 0;
    const commits = new GroupCommit(async (batch: readonly number[]) => {
      statement += 1;
      if (statement === 1) throw new Error("poison");
      if (statement === 3) throw unavailable();
      return batch;
    });
    const outcomes = await Promise.allSettled(numbers(4).map((item) => commits.submit(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(statement).toBe(3);
  });
});
