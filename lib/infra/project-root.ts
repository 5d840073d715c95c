import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The project's root folder, found upwards from this file: the bundles in `dist/` lie at other depths than the source.
 * @throws Error when the file has been taken out of the project.
 */
export function projectRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "package-lock.json"))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error("the project's root folder (with package-lock.json) was not found");
    folder = parent;
  }
  return folder;
}
