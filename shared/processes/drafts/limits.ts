/** Milliseconds for which a visitor's drafts are kept. */
export const draftTime = 30 * 24 * 3_600_000;
