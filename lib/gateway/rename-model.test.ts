import { describe, expect, test } from "vitest";
import { renameModel } from "@/lib/gateway/rename-model";

function renamed(text: string): string {
  return renameModel(text, JSON.parse(text).model, "ours");
}

describe("renameModel", () => {
  test("changes the name and nothing else", () => {
    expect(renamed('{ "id":1, "model" : "theirs",\n"n":12345678901234567890 }')).toBe(
      '{ "id":1, "model" : "ours",\n"n":12345678901234567890 }',
    );
  });

  test("leaves alone what else is called a model", () => {
    expect(renamed('{"choices":[{"model":"theirs"}],"model":"theirs"}')).toBe(
      '{"choices":[{"model":"theirs"}],"model":"ours"}',
    );
    expect(renamed('{"text":"the \\"model\\" is","model":"theirs"}')).toBe(
      '{"text":"the \\"model\\" is","model":"ours"}',
    );
  });

  test("is not led astray by a name that is written in escapes", () => {
    expect(renamed('{"mod\\u0065l":"theirs","route":{"model":"other"}}')).toBe(
      '{"mod\\u0065l":"ours","route":{"model":"other"}}',
    );
    expect(renamed('{"model":"th\\u0065irs"}')).toBe('{"model":"ours"}');
  });

  test("replaces a model that is no text", () => {
    expect(renamed('{"model":null,"id":1}')).toBe('{"model":"ours","id":1}');
    expect(renamed('{"model":{"name":"x"}}')).toBe('{"model":"ours"}');
  });
});
