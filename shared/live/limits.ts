// Limits of the WebSocket API, beside the throttling in `infra/live.ts`.

/** Seconds for the first message, and between any two messages; and the minimum for a manager. */
export const defaultTimeout = 30;
export const shortestTimeout = 5;

/** Milliseconds of the longest connection (API Gateway quotas: "Connection duration for WebSocket API"). */
export const maxLife = 2 * 3_600_000;

/** Milliseconds before the end of the longest connection at which its client is told to connect anew. */
export const reconnectNotice = 10 * 60_000;

/** Connections that may wait for their first message: of one address, from which a whole department may come, and of all. */
export const maxUnauthenticatedOfAddress = 100;
export const maxUnauthenticated = 1_000;

/** Open connections of one account: each push goes to all of them. */
export const maxOfAccount = 1_000;

/** Messages of a connection that may wait for their turn. */
export const maxWaiting = 100;

/** Bad messages in a row after which a connection is closed. */
export const maxMalformed = 5;

/** Most bytes of a message (API Gateway quotas: "WebSocket message payload size"). */
export const maxMessageBytes = 128 * 1_024;
