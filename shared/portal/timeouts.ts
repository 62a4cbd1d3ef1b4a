/** Time limits of calls to the portal, in milliseconds. */
export interface Timeouts {
  connect: number;
  /** Until the first byte of an answer. */
  headers: number;
  /** Until the first byte of a file, which the portal may have to fetch from another system. */
  firstByte: number;
  /** For a small call including its retries. */
  total: number;
  /** From the last byte of an upload until the answer: the portal may move the file before it answers. */
  upload: number;
}

export const defaultTimeouts: Timeouts = {
  connect: 5_000,
  headers: 20_000,
  firstByte: 120_000,
  total: 15_000,
  upload: 300_000,
};
