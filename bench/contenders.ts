import { readFile } from "node:fs/promises";
import path from "node:path";
import { freePort } from "@/lib/testing/free-port";
import { bundled, type Running, startProcess } from "./processes";

export type ContenderId = "direct" | "bare" | "portkey" | "server" | "next";

/** Something that answers chat completions on 127.0.0.1, and how it is called. */
export type Contender = {
  id: ContenderId;
  label: string;
  pid: number;
  port: number;
  path: string;
  headers: Record<string, string>;
};

/** A contender that is running. */
export type Started = {
  contender: Contender;
  /** Ends it; safe to call twice. */
  stop(): Promise<void>;
  /** For a contender that keeps records: asked after it was stopped, whether they agree with the `answered` calls. */
  audit?(answered: number): Promise<Check[]>;
};

/** A check that is about right and wrong, not fast and slow. */
export type Check = { name: string; passed: boolean; detail: string };

/** The provider key that a contender sends upstream, where nobody checks it, but calls are counted by it. */
export function providerKey(id: ContenderId): string {
  return `sk-bench-${id}`;
}

/** Starts the constant upstream and answers it as the contender that has nothing in between. */
export async function startUpstream(): Promise<Started> {
  const running = await startProcess({
    name: "the upstream",
    place: "rest",
    command: process.execPath,
    args: [bundled("upstream")],
  });
  return {
    contender: {
      id: "direct",
      label: "upstream, direct",
      pid: running.pid,
      port: announcedPort(running),
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${providerKey("direct")}` },
    },
    stop: running.stop,
  };
}

/** How many calls of a contender the upstream has answered since it started. */
export async function upstreamAnswered(upstreamPort: number, id: ContenderId): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${upstreamPort}/stats`);
  const stats: unknown = await response.json();
  const counted = new Map(Object.entries(stats ?? {})).get(providerKey(id)) ?? 0;
  if (typeof counted !== "number") throw new Error("the upstream's /stats did not answer counts");
  return counted;
}

/** Starts the bare undici proxy in front of the upstream. */
export async function startBareProxy(upstreamPort: number): Promise<Started> {
  const running = await startProcess({
    name: "the bare proxy",
    place: "gateway",
    command: process.execPath,
    args: [bundled("bare-proxy")],
    env: { UPSTREAM_PORT: String(upstreamPort) },
  });
  return {
    contender: {
      id: "bare",
      label: "bare undici proxy",
      pid: running.pid,
      port: announcedPort(running),
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${providerKey("bare")}` },
    },
    stop: running.stop,
  };
}

/** Starts Portkey's gateway from bench/portkey, where scripts/bench.mjs installs it. */
export async function startPortkey(upstreamPort: number, projectRoot: string): Promise<Started> {
  const folder = path.join(projectRoot, "bench", "portkey");
  const entry = path.join(folder, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
  const port = await freePort();
  const running = await startProcess({
    name: "Portkey's gateway",
    place: "gateway",
    command: process.execPath,
    args: ["--import", path.join(projectRoot, "bench", "loopback-only.mjs"), entry, `--port=${port}`, "--headless"],
    cwd: folder,
    answersAt: `http://127.0.0.1:${port}/`,
  });
  const { version } = JSON.parse(await readFile(path.join(path.dirname(entry), "..", "package.json"), "utf8"));
  return {
    contender: {
      id: "portkey",
      label: `Portkey ${version}`,
      pid: running.pid,
      port,
      path: "/v1/chat/completions",
      headers: {
        authorization: `Bearer ${providerKey("portkey")}`,
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
      },
    },
    stop: running.stop,
  };
}

function announcedPort(running: Running): number {
  if (running.port === undefined) throw new Error("a process is up but announced no port");
  return running.port;
}
