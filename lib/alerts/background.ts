import { checkMeters } from "@/lib/alerts/check-meters";
import { checkOldSecrets } from "@/lib/alerts/check-old-secrets";
import { log } from "@/lib/infra/log";
import { flushOldSecretUses } from "@/lib/keys/old-secret-uses";
import { sendDueMail } from "@/lib/mail/send-due-mail";
import { purgeMail } from "@/lib/mail/store";

const LOOK_EVERY_MS = 5_000;
/** All limited meters, also those that nobody used: a limit may have been lowered. */
const WHOLE_LOOK_EVERY_MS = 60_000;
const PURGE_EVERY_MS = 6 * 3_600_000;
const KEPT_DAYS = 30;

let timer: NodeJS.Timeout | undefined;
let running: Promise<void> = Promise.resolve();
let since: Date | null = null;
let wholeLookAt = 0;
let purgedAt = 0;

async function round(): Promise<void> {
  const now = Date.now();
  try {
    const whole = now - wholeLookAt >= WHOLE_LOOK_EVERY_MS;
    const look = await checkMeters(whole ? null : since);
    if (look.since !== null) {
      since = look.since;
      if (whole) wholeLookAt = now;
    }
    await flushOldSecretUses();
    await checkOldSecrets();
    while ((await sendDueMail()) > 0);
    if (now - purgedAt >= PURGE_EVERY_MS) {
      await purgeMail(KEPT_DAYS);
      purgedAt = now;
    }
  } catch (error) {
    log().warn({ err: error }, "alerts and mail have to wait: the database did not answer");
  }
}

function next(): void {
  timer = setTimeout(() => {
    running = round().finally(() => {
      if (timer) next();
    });
  }, LOOK_EVERY_MS).unref();
}

/** Starts to look at meters and to send mail, beside whatever requests run; every process does, one at a time works. */
export function startAlerts(): void {
  if (!timer) next();
}

/** Stops it, and waits for what is under way, at most `deadlineMs`: a mail that was not noted as sent is sent again. */
export async function stopAlerts(deadlineMs: number): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
}
