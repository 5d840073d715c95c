import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { inRoot, root } from "./project.mjs";

const folder = inRoot("dist", "stamps");

/**
 * A hash over the contents of files and folders, by their paths below the root; what is not there counts as absent.
 *
 * @param {string[]} entries
 * @param {(file: string) => boolean} [counts] whether a file counts, by its path below the root with forward slashes
 * @returns {Promise<string>}
 */
export async function hashOf(entries, counts = () => true) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const entry of entries) await add(hash, entry, counts);
  return hash.digest("hex");
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} entry
 * @param {(file: string) => boolean} counts
 */
async function add(hash, entry, counts) {
  const at = path.join(root, entry);
  /** @type {import("node:fs").Dirent[] | undefined} */
  const children = await readdir(at, { withFileTypes: true }).catch(() => undefined);
  if (children) {
    for (const { name } of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      await add(hash, `${entry}/${name}`, counts);
    }
    return;
  }
  if (!counts(entry)) return;
  const content = await readFile(at).catch(() => undefined);
  if (content) hash.update(`\0${entry}\0${content.length}\0`).update(content);
}

/** @param {string} name @returns {Promise<string | undefined>} the hash with which the step was last done */
export const stampOf = (name) => readFile(path.join(folder, name), "utf8").catch(() => undefined);

/** @param {string} name @param {string} hash */
export async function setStamp(name, hash) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), hash);
}

/** @param {string} name */
export const clearStamp = (name) => rm(path.join(folder, name), { force: true });
