import { afterEach, describe, expect, test } from "vitest";
import { setEnvironment } from "@/lib/infra/config";
import { refusePrivateBaseUrl } from "@/lib/provider-keys/base-url";

afterEach(() => setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: undefined }));

/** Each leads to this machine, its network, or a cloud's metadata, however it is written. */
const PRIVATE = [
  "http://127.0.0.1/v1",
  "http://127.1/v1",
  "http://2130706433/v1",
  "http://0x7f000001/v1",
  "http://0177.0.0.1/v1",
  "http://127.0.0.1./v1",
  "http://0/v1",
  "http://0.0.0.0:8080/v1",
  "http://[::]/v1",
  "http://[::1]:8080/v1",
  "http://[::ffff:127.0.0.1]/v1",
  "http://[::ffff:a9fe:a9fe]/v1",
  "http://[64:ff9b::169.254.169.254]/v1",
  "http://[fd00:ec2::254]/v1",
  "http://[fe80::1]/v1",
  "http://10.0.0.1/v1",
  "http://172.16.0.1/v1",
  "http://192.168.0.1/v1",
  "http://100.64.0.1/v1",
  "http://169.254.169.254/latest",
  "http://2852039166/latest",
  "http://168.63.129.16/v1",
  "http://１２７.０.０.１/v1",
  "http://localhost/v1",
  "http://LOCALHOST./v1",
  "http://api.localhost/v1",
  "http://printer.local/v1",
  "http://metadata.google.internal/v1",
];

describe("a base URL of a customer's", () => {
  test.each(PRIVATE)("%s is refused, and passes where the operator allows it", async (url) => {
    await expect(refusePrivateBaseUrl(url)).rejects.toMatchObject({
      code: "invalid_fields",
      options: { param: "base_url" },
    });
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: "true" });
    await expect(refusePrivateBaseUrl(url)).resolves.toBeUndefined();
  });

  test("on a public address passes, and so does none", async () => {
    for (const url of ["https://8.8.8.8/v1", "https://[2606:4700::1]/v1", null])
      await expect(refusePrivateBaseUrl(url)).resolves.toBeUndefined();
  });
});
