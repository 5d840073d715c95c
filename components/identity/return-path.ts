/**
 * Where to go after signing in: `wanted` when it is a path of this site, else the dashboard. Addresses that a browser
 * would read as another host (`//host`, `/\host`) are not paths.
 */
export function returnPath(wanted: string | undefined): string {
  if (!wanted?.startsWith("/")) return "/dashboard";
  try {
    const base = "https://turnpike.invalid";
    const url = new URL(wanted, base);
    return url.origin === base && !wanted.startsWith("//") ? `${url.pathname}${url.search}${url.hash}` : "/dashboard";
  } catch {
    return "/dashboard";
  }
}
