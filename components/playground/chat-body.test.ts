import { describe, expect, test } from "vitest";
import { chatBody, NO_PARAMETERS, readParameters } from "@/components/playground/chat-body";
import { chatCode } from "@/components/playground/chat-code";
import { userMessage } from "@/components/playground/conversation";

const TOOLS = [{ type: "function", function: { name: "weather", strict: true, description: null } }];

function parameters(fields: Partial<typeof NO_PARAMETERS>) {
  const read = readParameters({ ...NO_PARAMETERS, ...fields });
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.parameters;
}

describe("parameters", () => {
  test("empty fields are left out of the request", () => {
    expect(chatBody("openai/gpt-4o", parameters({ temperature: "  " }), [], [userMessage("Hi", [])])).toEqual({
      model: "openai/gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
    });
  });

  test("zero is a temperature, and everything that is said is sent", () => {
    const said = parameters({ system: "Be brief.", temperature: "0", maxTokens: "64", tools: JSON.stringify(TOOLS) });
    const earlier = [userMessage("A?", []), { role: "assistant" as const, content: "B." }];
    expect(chatBody("m", said, earlier, [userMessage("C?", [])])).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "A?" },
        { role: "assistant", content: "B." },
        { role: "user", content: "C?" },
      ],
      temperature: 0,
      max_tokens: 64,
      tools: TOOLS,
    });
  });

  test.each([
    { temperature: "warm" },
    { temperature: "2.1" },
    { temperature: "-1" },
    { maxTokens: "0" },
    { maxTokens: "1.5" },
    { maxTokens: "1e9" },
    { tools: "{" },
    { tools: "[]" },
    { tools: '{"type": "function"}' },
    { tools: "[1]" },
  ])("%j is refused beside its field", (fields) => {
    const read = readParameters({ ...NO_PARAMETERS, ...fields });
    expect(read.ok).toBe(false);
    expect(read.ok ? [] : Object.keys(read.errors)).toEqual(Object.keys(fields));
  });
});

describe("a call as code", () => {
  const body = chatBody(
    "openai/gpt-4o",
    parameters({ tools: JSON.stringify(TOOLS) }),
    [],
    [userMessage(`It's "so" \\ \n {done}`, [])],
  );
  const codeIn = (id: string) => chatCode("https://gateway.test/api/v1", body).find((one) => one.id === id)?.code ?? "";

  test("for a shell has every quote of the text where the shell reads it as one", () => {
    const quoted = /-d '([\s\S]*)'$/.exec(codeIn("curl"))?.[1] ?? "";
    expect(JSON.parse(quoted.replaceAll(`'\\''`, "'"))).toEqual(body);
    expect(quoted.replaceAll(`'\\''`, "")).not.toContain("'");
  });

  test("for Python has Python's words for true and null", () => {
    const code = codeIn("python");
    expect(code).toContain('"strict": True');
    expect(code).toContain('"description": None');
    expect(code).toContain(`"content": "It's \\"so\\" \\\\ \\n {done}"`);
    expect(code).toContain('    model="openai/gpt-4o",');
  });

  test("for TypeScript is the body as it is", () => {
    const written = /create\(([\s\S]*)\);\nconsole/.exec(codeIn("typescript"))?.[1] ?? "";
    expect(JSON.parse(written)).toEqual(body);
  });

  test("never holds a key", () => {
    for (const id of ["curl", "python", "typescript"]) expect(codeIn(id)).toContain("TURNPIKE_KEY");
  });
});
