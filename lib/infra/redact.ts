/** Stands for what a mask leaves out. */
const GAP = "…";

const keepEnds = (prefix: string, secret: string): string =>
  secret.length > 12 ? `${prefix}${GAP}${secret.slice(-4)}` : `${prefix}${GAP}`;

type Mask = [pattern: RegExp, replace: (match: string, ...groups: string[]) => string];

/** Not in the middle of a word: `task-…` holds no `sk-…`. The letter of an escape, as in JSON's `\\n`, is no part of one. */
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))`;

/**
 * Lengths that follow a repeatable beginning are bounded: without that, a megabyte of letters from a caller took the
 * patterns minutes, because each letter could begin an address. The shapes are those that CONTRACT section 12 names, then
 * those of the services we talk to ourselves.
 */
const masks: Mask[] = [
  [
    new RegExp(`${START}(tp_(?:live|test)_)([0-9A-Za-z]{8,})`, "g"),
    (_, prefix = "", rest = "") => keepEnds(prefix, rest),
  ],
  [
    new RegExp(`${START}(sk-ant-|sk-proj-|sk-or-|sk-|gsk_|xai-|AIza)([0-9A-Za-z_-]{8,})`, "g"),
    (_, prefix = "", rest = "") => keepEnds(prefix, rest),
  ],
  // Beginnings so short that only a long rest makes them a key.
  [
    new RegExp(`${START}(pplx-|csk-|fw_|tgp_v1_)([0-9A-Za-z_-]{20,})`, "g"),
    (_, prefix = "", rest = "") => keepEnds(prefix, rest),
  ],
  // Bedrock's keys, and the public half of what signs for AWS.
  [
    new RegExp(`${START}(bedrock-api-key-|ABSK)([0-9A-Za-z+/=_-]{20,})`, "g"),
    (_, prefix = "", rest = "") => keepEnds(prefix, rest),
  ],
  [new RegExp(`${START}(AKIA|ASIA)([0-9A-Z]{16,})`, "g"), (_, prefix = "", rest = "") => keepEnds(prefix, rest)],
  [
    new RegExp(`${START}((?:sk|rk|pk)_(?:live|test)_|whsec_|gh[opsu]_|github_pat_)([0-9A-Za-z_]{8,})`, "g"),
    (_, prefix = "", rest = "") => keepEnds(prefix, rest),
  ],
  // What follows "Bearer" is a secret whatever it looks like; one that a pattern above masked already is left.
  [
    new RegExp(String.raw`${START}(Bearer)(\s{1,8}|%20|\+)(?![^\s"'\\,;]{0,256}…)[^\s"'\\,;]+`, "gi"),
    (_, word = "", space = "") => `${word}${space}${GAP}`,
  ],
  // What stands in a header for keys, whatever it looks like: Azure's have no form of their own.
  [
    new RegExp(String.raw`${START}((?:x-)?api-key["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"'\\,;…]{8,}`, "gi"),
    (_, name = "") => `${name}${GAP}`,
  ],
  [new RegExp(String.raw`${START}(Basic\s{1,8})[A-Za-z0-9+/=_-]{8,}`, "g"), (_, word = "") => `${word}${GAP}`],
  [/([?&](?:key|api[-_]?key|access[-_]token|token|secret|password)=)[^&\s"'\\#]+/gi, (_, name = "") => `${name}${GAP}`],
  [/\$argon2(?:id|i|d)\$[^\s"'\\]+/g, () => `$argon2${GAP}`],
];

const ADDRESS_WITH_USER = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/?#@"'\\]*:/gi;
const PASSWORD_END = /[\s@"'\\]/g;
/** A password with an "@" in it, which should have been escaped. */
const MORE_PASSWORD = /[^\s/?#@"'\\]*@/y;

/**
 * user:password@host, however long. Each character is looked at once or twice: where no "@" ends a password, none ends
 * those that begin before the same place.
 */
function withoutPasswords(text: string): string {
  if (!text.includes("://")) return text;
  let masked = "";
  let kept = 0;
  ADDRESS_WITH_USER.lastIndex = 0;
  while (ADDRESS_WITH_USER.test(text)) {
    const start = ADDRESS_WITH_USER.lastIndex;
    PASSWORD_END.lastIndex = start;
    const end = PASSWORD_END.exec(text);
    if (!end) break;
    let at = end.index;
    if (end[0] === "@" && at > start) {
      for (MORE_PASSWORD.lastIndex = at + 1; MORE_PASSWORD.test(text); ) at = MORE_PASSWORD.lastIndex - 1;
      masked += text.slice(kept, start) + GAP;
      kept = at;
    }
    ADDRESS_WITH_USER.lastIndex = at;
  }
  return masked + text.slice(kept);
}

/**
 * `text` with every credential masked: ours, the providers', bearer tokens, passwords in addresses. A mask keeps at most
 * the prefix and the last 4 characters. Safe to apply twice.
 */
export function redact(text: string): string {
  let redacted = withoutPasswords(text);
  for (const [pattern, replace] of masks) redacted = redacted.replace(pattern, replace);
  return redacted;
}
