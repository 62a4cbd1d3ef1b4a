/** Retention of a message after it was marked, in days. */
export const messageRetentionDays = 400;
