import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { queueMail } from "@/lib/mail/queue-mail";
import { retryAfter, sendDueMail } from "@/lib/mail/send-due-mail";
import { type MailServer, startMailServer } from "@/lib/testing/mail-server";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let server: MailServer;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  server = await startMailServer();
  setEnvironment({ SMTP_URL: server.url, MAIL_FROM: "Turnpike <gate@example.test>" });
  await prisma().outgoingMail.deleteMany();
});
afterEach(async () => {
  await server.close();
  setEnvironment({ SMTP_URL: undefined });
});

const MAIL = { recipient: "ada@example.test", subject: "Hello", text: "A line.\nÄ second." };

const queue = (mail = MAIL) => transaction((tx) => queueMail(tx, [mail]));
const rows = () => prisma().outgoingMail.findMany();
const dueNow = () => prisma().outgoingMail.updateMany({ data: { nextAttemptAt: new Date(0) } });

test("a queued mail reaches the server once, as it was written", async () => {
  await queue();
  expect(await sendDueMail()).toBe(1);
  expect(await sendDueMail()).toBe(0);
  expect(server.received).toMatchObject([{ from: "gate@example.test", to: ["ada@example.test"] }]);
  const raw = server.received[0]?.raw ?? "";
  expect(raw).toContain("Subject: Hello");
  expect(raw).toContain("Auto-Submitted: auto-generated");
  expect(raw).toMatch(/Message-ID: <mail_\w+@localhost>/i);
  expect((await rows())[0]).toMatchObject({ attempts: 1, failedAt: null, sentAt: expect.any(Date) });
});

test("a mail of an act that is rolled back is never sent", async () => {
  await expect(
    transaction(async (tx) => {
      await queueMail(tx, [MAIL]);
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(await sendDueMail()).toBe(0);
});

test("is sent once when many processes send at once", async () => {
  for (let index = 0; index < 8; index += 1) await queue({ ...MAIL, subject: `Number ${index}` });
  await Promise.all(Array.from({ length: 4 }, () => sendDueMail()));
  while ((await sendDueMail()) > 0);
  expect(server.received.map(({ raw }) => /Number \d/.exec(raw)?.[0]).sort()).toEqual(
    Array.from({ length: 8 }, (_, index) => `Number ${index}`),
  );
});

test("waits and is tried again while the server refuses for now or is away, under the same Message-ID", async () => {
  server.refuse = { code: 451, message: "try later" };
  await queue();
  await sendDueMail();
  const [row] = await rows();
  expect(row).toMatchObject({ sentAt: null, failedAt: null, lastError: expect.stringContaining("try later") });
  expect(row?.nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 10_000);
  expect(await sendDueMail()).toBe(0);
  setEnvironment({ SMTP_URL: "smtp://127.0.0.1:1" });
  await dueNow();
  await sendDueMail();
  expect((await rows())[0]).toMatchObject({ attempts: 2, sentAt: null, failedAt: null });
  setEnvironment({ SMTP_URL: server.url });
  server.refuse = null;
  await dueNow();
  await sendDueMail();
  expect((await rows())[0]).toMatchObject({ attempts: 3, sentAt: expect.any(Date), lastError: null });
  expect(server.received[0]?.raw).toContain(`<${row?.id}@`);
});

test("a mail that the server refuses for good is given up at once", async () => {
  server.refuse = { code: 550, message: "no such box" };
  await queue();
  await sendDueMail();
  await dueNow();
  expect(await sendDueMail()).toBe(0);
  expect((await rows())[0]).toMatchObject({ attempts: 1, failedAt: expect.any(Date) });
});

test("a mail whose sender died is due again after its lease", async () => {
  await queue();
  await prisma().outgoingMail.updateMany({ data: { attempts: 1, nextAttemptAt: new Date(Date.now() + 600_000) } });
  expect(await sendDueMail()).toBe(0);
  await dueNow();
  expect(await sendDueMail()).toBe(1);
  expect(server.received).toHaveLength(1);
});

test("a name with line breaks becomes no header", async () => {
  await queue({ ...MAIL, subject: "Key a\r\nBcc: eve@example.test\r\n\r\nbody" });
  await sendDueMail();
  const [head = ""] = (server.received[0]?.raw ?? "").split("\r\n\r\n");
  expect(head).not.toMatch(/^Bcc:/m);
  expect(server.received[0]?.to).toEqual(["ada@example.test"]);
});

test("without SMTP_URL a mail goes to the log and counts as sent", async () => {
  setEnvironment({ SMTP_URL: undefined });
  await queue();
  expect(await sendDueMail()).toBe(1);
  expect(server.received).toHaveLength(0);
  expect((await rows())[0]).toMatchObject({ sentAt: expect.any(Date) });
});

test("the waits grow to four hours and end after a day or two", () => {
  const waits: number[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const wait = retryAfter(attempts);
    if (wait === null) break;
    waits.push(wait);
  }
  expect(waits.slice(0, 3)).toEqual([30, 60, 120]);
  expect(Math.max(...waits)).toBe(14_400);
  const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600;
  expect(hours).toBeGreaterThan(24);
  expect(hours).toBeLessThan(48);
});
