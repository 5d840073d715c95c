import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { projectRoot } from "@/lib/infra/project-root";
import type { Answer, Call } from "@/lib/testing/gateway";
import { ask } from "@/lib/testing/gateway";
import type { RunningServer } from "@/lib/testing/server";

/** What a server action answered (`ActionResult`), as it came over HTTP. */
export interface ActionAnswer {
  ok: boolean;
  /** Of a refusal. */
  code: string | null;
  /** Everything that the server sent. */
  text: string;
}

/** Somebody who is signed in to the pages of a running server, without a browser. */
export interface Person {
  /** A request with the session's cookie; redirects are not followed. */
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Calls a server action from a page, as React does it. */
  act(action: BuiltAction, page: string, input: unknown): Promise<ActionAnswer>;
}

const csrfAnswer = z.object({ csrfToken: z.string() });

/** Signs in as the form does, through NextAuth's own addresses. @throws Error when the server does not let them in. */
export async function signInOver(
  server: RunningServer,
  { email, password }: { email: string; password: string },
): Promise<Person> {
  const cookies = new Map<string, string>();
  const request = async (call: Call): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return ask(server, { ...call, headers: { ...(cookie ? { cookie } : {}), ...call.headers } });
  };
  const keep = ({ headers }: Answer) => {
    for (const line of headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
  };
  const csrf = await request({ path: "/api/auth/csrf" });
  keep(csrf);
  const form = { ...csrfAnswer.parse(csrf.json), email, password, json: "true" };
  const entered = await request({
    path: "/api/auth/callback/credentials",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  keep(entered);
  if (![...cookies.keys()].some((name) => name.endsWith("next-auth.session-token")))
    throw new Error(`${email} was not let in: ${entered.status} ${entered.text.slice(0, 300)}`);
  return {
    get: (where, headers = {}) => request({ path: where, headers }),
    async act({ id }, page, input) {
      const { text } = await request({
        path: page,
        method: "POST",
        headers: { "next-action": id, "content-type": "text/plain;charset=UTF-8", origin: server.url },
        body: JSON.stringify([input]),
      });
      return actionAnswer(text);
    },
  };
}

const resultOnWire = z.looseObject({
  ok: z.boolean(),
  error: z.looseObject({ code: z.string() }).optional(),
});

/** The rows of React's answer are `<number>:<JSON>`; one of them is what the action returned. */
function actionAnswer(text: string): ActionAnswer {
  for (const row of text.split("\n")) {
    const json = /^[0-9a-f]+:(\{.*\})$/.exec(row)?.[1];
    const result = json === undefined ? undefined : resultOnWire.safeParse(JSON.parse(json));
    if (result?.success) return { ok: result.data.ok, code: result.data.error?.code ?? null, text };
  }
  throw new Error(`no server action answered: ${text.slice(0, 500)}`);
}

/** A server action of the build that is tested. */
export interface BuiltAction {
  /** What a page sends to call it. */
  id: string;
  /** As the source exports it. */
  name: string;
  /** The pages that can call it, such as `/dashboard/[project]/keys`. */
  pages: string[];
}

const manifest = z.object({
  node: z.record(z.string(), z.object({ exportedName: z.string(), workers: z.record(z.string(), z.unknown()) })),
});

/** Every server action that the build serves, whether or not a page shows it. */
export async function builtActions(): Promise<BuiltAction[]> {
  const file = path.join(projectRoot(), ".next", "server", "server-reference-manifest.json");
  const { node } = manifest.parse(JSON.parse(await readFile(file, "utf8")));
  return Object.entries(node).map(([id, { exportedName, workers }]) => ({
    id,
    name: exportedName,
    pages: Object.keys(workers).map((worker) => addressOf(worker)),
  }));
}

/** The address of a page or route by its file: groups such as `(auth)` are not part of it. */
export function addressOf(file: string): string {
  const parts = file.split("/").slice(1, -1);
  return `/${parts.filter((part) => !/^\(.*\)$/.test(part)).join("/")}`;
}
