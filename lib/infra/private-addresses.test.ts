import { expect, test } from "vitest";
import { isPrivateAddress } from "@/lib/infra/private-addresses";

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "169.254.170.2",
  "168.63.129.16",
  "192.0.0.192",
  "100.100.100.200",
  "100.64.0.1",
  "100.127.255.255",
  "0.0.0.0",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:127.0.0.1",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "fd00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "::ffff:169.254.169.254",
  "::ffff:7f00:1",
  "::7f00:1",
  "no address",
])("%s is private", (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(["93.184.215.14", "172.32.0.1", "192.0.1.1", "100.128.0.1", "168.63.129.17", "2a00:1450::1", "2606:4700::1"])(
  "%s is public",
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);
