import { readFileSync } from "node:fs";

/** When the process began, in clock ticks since boot; where that cannot be read, an empty text. */
function beginningOf(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold anything; the beginning is field 22.
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** Whether some process has this id; it may be another than the one meant. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // "Not permitted" means that it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A text that means this very process, to be left in files: its id alone may belong to another one later. */
export function ownProcessMark(): string {
  return `${process.pid} ${beginningOf(process.pid)}`;
}

/** Whether the process that left `mark` still runs. */
export function isMarkAlive(mark: string): boolean {
  const [id = "", beginning = ""] = mark.trim().split(" ");
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0 || !processExists(pid)) return false;
  return beginning === "" || beginningOf(pid) === beginning;
}
