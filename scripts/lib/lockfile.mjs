/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 */

const systems = ["darwin", "linux", "win32", "freebsd", "android"];
const processors = ["arm64", "x64", "arm", "ia32", "wasm32", "ppc64", "riscv64", "s390x", "loong64"];

/** What a package for one platform says about it in its name. @param {string} name @returns {LockedPackage} */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.includes("musl") ? ["musl"] : [];
  return { ...(os.length ? { os } : {}), ...(cpu.length ? { cpu } : {}), ...(libc.length ? { libc } : {}) };
}

/** Whether `name`, asked for by the package at `from`, is found there or in a folder above. */
function isLocked(/** @type {Lockfile} */ { packages }, /** @type {string} */ from, /** @type {string} */ name) {
  for (let at = from; at !== ""; at = at.slice(0, Math.max(at.lastIndexOf("/node_modules/"), 0))) {
    if (packages[`${at}/node_modules/${name}`]) return true;
  }
  return packages[`node_modules/${name}`] !== undefined;
}

/**
 * The optional packages that others ask for and the lockfile does not have, with what it ought to say.
 *
 * @param {Lockfile} lockfile
 * @returns {Map<string, LockedPackage>} by name
 */
export function missingOptionalPackages(lockfile) {
  /** @type {Map<string, LockedPackage>} */
  const missing = new Map();
  for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isLocked(lockfile, from, name)) continue;
      if (!/^\d/.test(version)) throw new Error(`${from} asks for ${name} ${version}: which version is that?`);
      missing.set(name, { version, ...(dev ? { dev } : {}), optional: true, ...platformOf(name) });
    }
  }
  return missing;
}
