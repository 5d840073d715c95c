import { describe, expect, test } from "vitest";
import { clientAddressReader } from "@/lib/infra/client-address";

describe("the client's address", () => {
  test("is the socket's: whoever writes X-Forwarded-For himself is not believed", () => {
    const read = clientAddressReader([]);
    expect(read("198.51.100.7", "203.0.113.1")).toBe("198.51.100.7");
    expect(read("::ffff:198.51.100.7", undefined)).toBe("198.51.100.7");
  });

  test("is what the trusted proxy saw, not what the client claimed to the proxy", () => {
    const read = clientAddressReader(["10.0.0.0/8"]);
    expect(read("10.1.2.3", "1.1.1.1, 203.0.113.9")).toBe("203.0.113.9");
    expect(read("::ffff:10.1.2.3", "203.0.113.9")).toBe("203.0.113.9");
  });

  test("is found behind several trusted proxies", () => {
    const read = clientAddressReader(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]);
    expect(read("10.1.2.3", "203.0.113.9, 192.0.2.1, 2001:db8::5")).toBe("203.0.113.9");
  });

  test("is the proxy's own where it tells nothing that can be read", () => {
    const read = clientAddressReader(["10.0.0.0/8"]);
    expect(read("10.1.2.3", undefined)).toBe("10.1.2.3");
    expect(read("10.1.2.3", "203.0.113.9, unknown")).toBe("10.1.2.3");
  });
});
