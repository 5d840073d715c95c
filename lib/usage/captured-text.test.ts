import { expect, test } from "vitest";
import { CAPTURE_BYTES_MAX, capturedText } from "@/lib/usage/captured-text";

const KEY = "sk-proj-abcdefghijklmnopqrstuvwx1234";

const events = (...data: unknown[]): string => data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");

const delta = (content: string, index = 0) => ({ choices: [{ index, delta: { content } }] });

test("a body is kept as it was sent, to the letter", () => {
  const body = '{"model":"gpt-4o",  "n":1.0, "messages":[{"role":"user","content":"a \\u00e9 \\\\u0041"}]}';
  expect(capturedText(body, false)).toEqual({ text: body, cut: false });
});

test("a credential in a body is masked, also where its letters are written as numbers", () => {
  const escaped = [...KEY].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join("");
  for (const spelt of [KEY, escaped]) {
    const { text } = capturedText(`{"content":"my key is ${spelt}"}`, false);
    expect(text).toBe('{"content":"my key is sk-proj-…1234"}');
  }
});

test("a credential that a stream sends letter by letter is masked, and what stands beside it stays", () => {
  const stream = events(...[...`take ${KEY} now`].map((letter) => delta(letter)), { done: true });
  const { text } = capturedText(stream, true);
  expect(text).not.toContain("abcdef");
  expect(text).toContain("take sk-proj-…1234 now");
  expect(text).toContain('data: {"done":true}\n\n');
});

test("the choices of a stream are told apart: each is masked by itself", () => {
  const half = KEY.length / 2;
  const stream = events(delta(KEY.slice(0, half), 0), delta("hello", 1), delta(KEY.slice(half), 0), delta(" you", 1));
  const { text } = capturedText(stream, true);
  expect(text).toContain("sk-proj-…1234");
  expect(text).toContain('"hello"');
  expect(text).toContain('" you"');
});

test("a stream without a credential stays to the byte, named events and comments included", () => {
  const stream = 'event: message_start\ndata: {"type":"message_start"}\n\n: still there\n\ndata: [DONE]\n\n';
  expect(capturedText(stream, true)).toEqual({ text: stream, cut: false });
});

test("a long body is cut to the bound in bytes, between two characters, and says so", () => {
  const { text, cut } = capturedText(`x${"é".repeat(CAPTURE_BYTES_MAX)}`, false);
  expect(cut).toBe(true);
  expect(Buffer.byteLength(text)).toBe(CAPTURE_BYTES_MAX - 1);
  expect(text.endsWith("é")).toBe(true);
  expect(capturedText("x".repeat(CAPTURE_BYTES_MAX), false).cut).toBe(false);
});

test("a credential that the bound falls into is masked, not halved", () => {
  const { text } = capturedText(`${" ".repeat(CAPTURE_BYTES_MAX - 20)}${KEY} and more`, false);
  expect(text.trim()).toMatch(/^sk-proj-…1234/);
});

test("what the database cannot hold is replaced", () => {
  expect(capturedText("a\u0000b\ud800c", false).text).toBe("a�b�c");
});
