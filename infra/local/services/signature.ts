import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// Parts of Signature Version 4, in whichever place a request has it.

export interface GuardedRequest {
  method: string;
  /** Path and query, as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Not needed when the client signed `x-amz-content-sha256`. */
  body?: Uint8Array | undefined;
}

/** Why a request is refused, in the terms of AWS. */
export interface SignatureRefusal {
  code: 'AccessDenied' | 'MissingAuthenticationToken' | 'SignatureDoesNotMatch' | 'RequestTimeTooSkewed';
  message: string;
}

/** Scope of a signature. */
export interface SignatureScope {
  accessKeyId: string;
  region: string;
  service: string;
}

export const wrongSecret: SignatureRefusal = {
  code: 'SignatureDoesNotMatch',
  message: 'The request is signed with another secret access key',
};

/** Compares signatures in a time that tells nothing of them. */
export const isSame = (computed: string, sent: string): boolean =>
  computed.length === sent.length && timingSafeEqual(Buffer.from(computed), Buffer.from(sent));

const datePattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** The headers that a signature covers. */
export const pick = (headers: IncomingHttpHeaders, names: Iterable<string>): Record<string, string> =>
  Object.fromEntries([...names].map((name) => [name, joined(headers[name])]));

const joined = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(',') : (value ?? ''));

export function parseDate(value: string | string[] | undefined): Date | undefined {
  const [, ...parts] = datePattern.exec(joined(value)) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined) return undefined;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

export function parseQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const pair of text.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=').map(decode);
    query[name] = [...(query[name] ?? []), value.join('=')];
  }
  return query;
}

/** Text that is not percent-encoded UTF-8 is kept unchanged, so that no signature matches. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
