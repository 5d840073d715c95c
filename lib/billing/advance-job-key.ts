/** One job at a time waits for an organisation's automatic top-up. */
export function advanceJobKey(organizationId: string): string {
  return `advance-top-up ${organizationId}`;
}
