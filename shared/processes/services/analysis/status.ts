/** `serviceStatus` of a process whose analysis is a job. */
export const jobStatus = { begun: 1, complete: 2, failed: 3 } as const;
