import { afterAll, beforeAll, beforeEach } from "vitest";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { DOORS, startDoor } from "@/lib/testing/gateway";
import type { Door, RunningServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";
import { makeUpstream, type TestUpstream } from "@/lib/testing/upstream";

/** What contract tests run against. All of it is there from the first `beforeAll` after `openDoors` on. */
export interface OpenDoors {
  doors: Readonly<Record<Door, RunningServer>>;
  /** The pool's OpenAI, put back to its plain answers before each test. */
  upstream: TestUpstream;
  /** Of both doors and of this process. */
  databaseUrl: () => string;
}

/** An upstream of its own for the tests of a file or a block, which answers plainly again before each of them. */
export function openUpstream(): TestUpstream {
  const { upstream, listen } = makeUpstream();
  beforeAll(listen);
  afterAll(() => upstream.close());
  beforeEach(() => upstream.reset());
  return upstream;
}

/** What `openDoors` opens, beside what its environment says. */
export interface OpenDoorsOptions {
  /** Which doors (both): each costs seconds of processor time to start. */
  only?: Door;
  /** Whether the `server` door serves pages (no). */
  pages?: boolean;
}

/**
 * Both doors over a database of their own, with an upstream in the place of OpenAI, for the tests of a file or a block;
 * everything is taken down after them. `env` is laid over the doors' environment and this process's, whose functions make
 * tenants and keys; as a function it is told where the upstream is.
 */
export function openDoors(
  env: Readonly<Record<string, string>> | ((upstreamUrl: string) => Readonly<Record<string, string>>) = {},
  { only, pages = false }: OpenDoorsOptions = {},
): OpenDoors {
  let database: ScratchDatabase | undefined;
  const running = new Map<Door, RunningServer>();
  const upstream = openUpstream();

  beforeAll(async () => {
    const settings = typeof env === "function" ? env(upstream.url) : env;
    const made = await useTestDatabase();
    database = made;
    setEnvironment(settings);
    const wanted = DOORS.filter((door) => only === undefined || only === door);
    await Promise.all(
      wanted.map(async (door) => running.set(door, await startDoor(door, made.url, upstream.url, settings, pages))),
    );
  });
  afterAll(async () => {
    await Promise.all([...running.values()].map((door) => door.stop()));
    await closeDatabase();
    await database?.drop();
  });

  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the doors open in beforeAll: use them in hooks and tests");
    return value;
  };
  return {
    doors: {
      get server() {
        return started(running.get("server"));
      },
      get next() {
        return started(running.get("next"));
      },
    },
    upstream,
    databaseUrl: () => started(database).url,
  };
}
