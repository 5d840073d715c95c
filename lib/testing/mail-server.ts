import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and text, undecoded. */
  raw: string;
}

export interface MailServer {
  /** For `SMTP_URL`. */
  url: string;
  received: ReceivedMail[];
  /** Answers the next mails so, before they are taken: a reply code and its text. */
  refuse: { code: number; message: string } | null;
  close: () => Promise<void>;
}

/** A mail server on a free port that takes everything, or refuses what a test says. It speaks real SMTP. */
export async function startMailServer(): Promise<MailServer> {
  const mails: MailServer = { url: "", received: [], refuse: null, close: async () => undefined };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      void text(stream).then((raw) => {
        if (mails.refuse) {
          done(Object.assign(new Error(mails.refuse.message), { responseCode: mails.refuse.code }));
          return;
        }
        const from = session.envelope.mailFrom;
        mails.received.push({
          from: from ? from.address : "",
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw,
        });
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  mails.url = `smtp://127.0.0.1:${port}`;
  mails.close = () => new Promise((resolve) => server.close(resolve));
  return mails;
}
