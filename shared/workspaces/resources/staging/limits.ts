/** Most files that a job may leave. */
export const maxOutputs = 500;

/** Milliseconds from the request to end until the job is killed. */
export const killDelay = 120_000;
