/** What a message has again that goes on from where it was held. */
export const resumedWork = (now: number) => ({
  heldFrom: undefined,
  attempts: 0,
  refusals: undefined,
  dueAt: now,
  leaseUntil: undefined,
  lastError: undefined,
});
