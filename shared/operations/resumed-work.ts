/** Attributes of a message that resumes from the state in which it was held. */
export const resumedWork = (now: number) => ({
  heldFrom: undefined,
  attempts: 0,
  refusals: undefined,
  dueAt: now,
  leaseUntil: undefined,
  lastError: undefined,
});
