/** Milliseconds that this process has computed so far: a clock that stands still while others have the machine. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
