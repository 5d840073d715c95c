import { createTransport, type Transporter } from "nodemailer";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;

export interface Mail {
  /** Stays the same when a mail is sent again, so that the receiver can tell. */
  id: string;
  recipient: string;
  subject: string;
  /** Plain text. */
  text: string;
}

/** A mail that was not taken. `permanent`: trying again will not help (a reply of 5xx, RFC 5321 section 4.2.1). */
export class MailFailure extends Error {
  override readonly name = "MailFailure";
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

let transport: { url: string; transporter: Transporter } | undefined;

function transporterTo(url: string): Transporter {
  if (transport?.url !== url) {
    transport?.transporter.close();
    transport = {
      url,
      transporter: createTransport({
        url,
        connectionTimeout: CONNECT_TIMEOUT_MS,
        greetingTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
        // What is sent is text of ours: it may name no file and no address to fetch.
        disableFileAccess: true,
        disableUrlAccess: true,
      }),
    };
  }
  return transport.transporter;
}

/**
 * Hands one mail to the server of `SMTP_URL`; without one it goes to the log, whose masks leave no secret in it.
 * @returns whether a server took it.
 * @throws MailFailure when the server did not take it; the message says why and holds no password.
 */
export async function sendMail({ id, recipient, subject, text }: Mail): Promise<boolean> {
  const { smtpUrl, mailFrom, appUrl } = config();
  const host = new URL(appUrl).hostname;
  if (!smtpUrl) {
    log().info({ mail: id, to: recipient, subject, text }, "a mail was not sent: SMTP_URL is not set");
    return false;
  }
  try {
    await transporterTo(smtpUrl).sendMail({
      from: mailFrom ?? `Turnpike <turnpike@${host}>`,
      to: { name: "", address: recipient },
      subject,
      text,
      messageId: `<${id}@${host}>`,
      // Asks mail programs not to answer by themselves (RFC 3834).
      headers: { "Auto-Submitted": "auto-generated" },
    });
    return true;
  } catch (error) {
    const code = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
    throw new MailFailure(error instanceof Error ? error.message : String(error), code >= 500 && code < 600);
  }
}
