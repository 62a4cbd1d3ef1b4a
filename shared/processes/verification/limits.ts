/** Milliseconds after which a verification that has not ended has failed. */
export const verificationTime = 10 * 60_000;
