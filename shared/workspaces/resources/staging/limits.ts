/** Most files that a job may leave. */
export const maxOutputs = 500;
