import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PortalFaults } from './faults.ts';
import { formBoundary } from './form-data.ts';
import type { CallName } from './routes.ts';

/** Reason why a request is refused because of its headers. */
export interface RequestRefusal {
  readonly status: 400 | 401 | 411 | 413 | 415;
  readonly rule: string;
  /** Whether a correct client never makes such a request; false if a client can only find out by trying. */
  readonly violation: boolean;
}

const bodies: Record<CallName, 'none' | 'json' | 'form' | 'stream'> = {
  'GET /messages': 'none',
  'PATCH /messages': 'json',
  'PATCH /messages/{id}': 'none',
  'POST /projects/{projectNo}/confirm': 'none',
  'POST /user-accesses': 'json',
  'PATCH /user-accesses/{accessIdentifier}': 'json',
  'GET /data/{fileId}': 'none',
  'POST /data/{fileId}': 'form',
  'POST /data/large-file/{fileId}': 'stream',
  'POST /data/project/{projectNo}': 'form',
  'POST /data/project/{projectNo}/{fileName}': 'stream',
};

const jsonType = /^(application\/json|text\/json|application\/[\w.-]+\+json)(\s*;\s*charset="?utf-8"?)?$/i;
const streamingTypes = ['application/octet-stream', 'multipart/form-data'] as const;

/** Whether a request carries the API key. */
export function hasKey(request: IncomingMessage, apiKey: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(String(request.headers['x-api-key'] ?? '')), digest(apiKey));
}

/** Checks the headers that describe a request's body: presence, length and encoding. */
export function judgeHead(call: CallName, request: IncomingMessage, faults: PortalFaults): RequestRefusal | undefined {
  const kind = bodies[call];
  const type = request.headers['content-type'] ?? '';
  const length = request.headers['content-length'];
  if (request.headers['transfer-encoding'] !== undefined) return broken(411, 'a body without Content-Length');
  if (length === undefined && request.method !== 'GET') return broken(411, 'no Content-Length');
  if (kind === 'none') return Number(length ?? 0) > 0 ? broken(400, 'a body where none is described') : undefined;
  if (kind === 'json') return jsonType.test(type) ? undefined : broken(415, 'a JSON body with another Content-Type');
  if (kind === 'stream') return judgeStream(type, faults);
  if (formBoundary(type) === undefined) return broken(415, 'a form without multipart/form-data and a boundary');
  return Number(length) > faults.formLimitBytes ? broken(413, 'a form that is too long for this endpoint') : undefined;
}

function judgeStream(type: string, { streamingEncoding }: PortalFaults): RequestRefusal | undefined {
  const encoding = streamingTypes.find((name) => isOfType(type, name));
  if (encoding === undefined) return broken(415, 'a streamed file that is neither octet-stream nor a form');
  if (encoding === streamingEncoding) return undefined;
  return { status: 415, rule: `this portal takes ${streamingEncoding} here`, violation: false };
}

function isOfType(type: string, name: (typeof streamingTypes)[number]): boolean {
  return name === 'multipart/form-data' ? formBoundary(type) !== undefined : type.toLowerCase() === name;
}

function broken(status: RequestRefusal['status'], rule: string): RequestRefusal {
  return { status, rule, violation: true };
}
