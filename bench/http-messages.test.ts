import { describe, expect, it } from "vitest";
import { type Message, MessageReader } from "./http-messages";

const plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const chunked =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;note=x\r\nlo\r\n0\r\nDigest: none\r\n\r\n";
const empty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

function read(reads: Buffer[], kind: "request" | "response" = "response"): { bodies: string[]; pieces: string[] } {
  const messages: Message[] = [];
  const pieces: string[] = [];
  const reader = new MessageReader(kind, {
    message: (message) => messages.push(message),
    bodyPiece: (piece) => pieces.push(piece.toString()),
  });
  for (const bytes of reads) reader.push(bytes);
  return { bodies: messages.map((message) => message.body.toString()), pieces };
}

describe("MessageReader", () => {
  it("reads the same messages wherever the reads cut them", () => {
    const bytes = Buffer.from(plain + chunked + empty + plain);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { bodies, pieces } = read([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(bodies).toEqual(["hello", "hello", "", "hello"]);
      expect(pieces.join("")).toBe("hellohellohello");
    }
  });

  it("reads messages that arrive byte by byte", () => {
    const bytes = Buffer.from(chunked + plain);
    expect(read(Array.from(bytes, (byte) => Buffer.of(byte))).bodies).toEqual(["hello", "hello"]);
  });

  it("tells of a body's piece as soon as its first byte is there", () => {
    const start = Buffer.from(chunked.slice(0, chunked.indexOf("hel") + 1));
    expect(read([start])).toEqual({ bodies: [], pieces: ["h"] });
  });

  it("takes a request without a body as whole", () => {
    expect(read([Buffer.from("GET /stats HTTP/1.1\r\nHost: x\r\n\r\n")], "request").bodies).toEqual([""]);
  });

  it("refuses a response whose end cannot be known", () => {
    expect(() => read([Buffer.from("HTTP/1.1 200 OK\r\n\r\n")])).toThrow("neither a length nor chunks");
  });

  it("refuses a chunk without a size", () => {
    expect(() => read([Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")])).toThrow("no size");
  });
});
