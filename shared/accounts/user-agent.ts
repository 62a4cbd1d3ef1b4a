import { cut } from '../platform/cut.ts';

/** Most characters of a user agent that a session keeps. */
const longest = 256;

/** The client's program by a request's headers, as a session keeps it. */
export const userAgentOf = (headers: Readonly<Record<string, string | undefined>>): string | undefined =>
  headers['user-agent'] === undefined ? undefined : cut(headers['user-agent'], longest);
