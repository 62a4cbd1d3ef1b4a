/**
 * Lease of a transfer on its slot and its files without progress, in milliseconds. Shorter than a minute, so that a deletion
 * that waits for the lease continues at the next poll.
 */
export const leaseTime = 50_000;

/**
 * Time limit for S3 to complete an upload, in milliseconds: this may take several minutes (CompleteMultipartUpload, Amazon S3
 * API reference).
 */
export const completionTime = 300_000;

/** Longest lease on a file or a slot, in milliseconds. A task has as long to start. */
export const longestFileLease = completionTime;

/** Time for which S3 may still execute a request without an answer, in milliseconds. */
export const unansweredTime = 3 * completionTime;
