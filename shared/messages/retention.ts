/** Retention of a message after it was marked or listed again, in days. */
export const messageRetentionDays = 400;

/**
 * When DynamoDB may remove a message, in seconds since 1970.
 *
 * @param at when it was marked, or was listed although it is marked, in milliseconds since 1970
 */
export const messageExpiry = (at: number): number => Math.floor(at / 1_000) + messageRetentionDays * 86_400;
