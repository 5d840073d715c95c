/** One whole HTTP/1.1 message off the wire: its start line and headers as text, its body with any chunked coding removed. */
export type Message = { head: string; body: Buffer };

export type MessageEvents = {
  message(message: Message): void;
  /** A piece of a body has arrived, without the chunked coding around it; the rest may follow in later reads. */
  bodyPiece?(piece: Buffer): void;
};

type State = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer";

const BLANK_LINE = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const NO_BODY = Buffer.alloc(0);

/**
 * Splits what one socket reads into HTTP/1.1 messages, however the reads cut them. It understands Content-Length and
 * chunked bodies and nothing else, because the bench talks to known peers and every microsecond spent here is taken
 * from the core that the upstream and the database share. Throws an Error on bytes that are not such a message.
 */
export class MessageReader {
  readonly #kind: "request" | "response";
  readonly #events: MessageEvents;
  #state: State = "head";
  #head = "";
  #pieces: Buffer[] = [];
  #remaining = 0;
  #unread: Buffer | undefined;

  constructor(kind: "request" | "response", events: MessageEvents) {
    this.#kind = kind;
    this.#events = events;
  }

  push(read: Buffer): void {
    const data = this.#unread ? Buffer.concat([this.#unread, read]) : read;
    this.#unread = undefined;
    let at = 0;
    while (at < data.length) {
      const next = this.#step(data, at);
      if (next === at) {
        this.#unread = data.subarray(at);
        return;
      }
      at = next;
    }
  }

  /** Consumes what the current state can and answers the offset after it; the same offset means more bytes are needed. */
  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case "head": {
        const end = data.indexOf(BLANK_LINE, at);
        if (end === -1) return at;
        this.#head = data.toString("latin1", at, end);
        this.#chooseFraming();
        return end + 4;
      }
      case "length":
      case "chunk-data": {
        const taken = Math.min(this.#remaining, data.length - at);
        const piece = data.subarray(at, at + taken);
        this.#events.bodyPiece?.(piece);
        this.#pieces.push(piece);
        this.#remaining -= taken;
        if (this.#remaining === 0) {
          if (this.#state === "length") this.#finish();
          else this.#state = "chunk-end";
        }
        return at + taken;
      }
      case "chunk-size": {
        const end = data.indexOf(LINE_END, at);
        if (end === -1) return at;
        const size = Number.parseInt(data.toString("latin1", at, end), 16);
        if (Number.isNaN(size)) throw new Error("a chunk has no size");
        this.#remaining = size;
        this.#state = size === 0 ? "trailer" : "chunk-data";
        return end + 2;
      }
      case "chunk-end": {
        if (data.length - at < 2) return at;
        this.#state = "chunk-size";
        return at + 2;
      }
      case "trailer": {
        const end = data.indexOf(LINE_END, at);
        if (end === -1) return at;
        if (end === at) this.#finish();
        return end + 2;
      }
    }
  }

  #chooseFraming(): void {
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1];
    if (length !== undefined) {
      this.#remaining = Number(length);
      if (this.#remaining === 0) this.#finish();
      else this.#state = "length";
    } else if (/\r\ntransfer-encoding: *chunked/i.test(this.#head)) {
      this.#state = "chunk-size";
    } else if (this.#kind === "request") {
      this.#finish();
    } else {
      throw new Error("a response has neither a length nor chunks");
    }
  }

  #finish(): void {
    const [first = NO_BODY] = this.#pieces;
    const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first;
    this.#pieces = [];
    this.#state = "head";
    this.#events.message({ head: this.#head, body });
  }
}
