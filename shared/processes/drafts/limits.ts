/** Milliseconds for which a visitor's drafts are kept. */
export const draftTime = 30 * 24 * 3_600_000;

/** Bytes of all files of a process that nobody has signed in for. */
export const maxDraftBytes = 20_000_000;
