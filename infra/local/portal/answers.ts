import { z } from 'zod';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { FaultRule } from './faults.ts';
import { type PortalMessage, parseExactly } from './messages.ts';
import { done, type PortalState, refusal, type SimulatedAnswer, whole } from './portal.ts';
import type { SentCredential } from './record.ts';

const keptLists = 10;
const pieceLength = 64 * 1024;
const markRefusals = {
  400: 'The message was already marked as processed',
  403: 'The message does not belong to the calling HPC center',
  404: 'The message does not exist',
};

const createdAccess = z.strictObject({
  accessIdentifier: z.string().min(1),
  loginName: z.string().min(1),
  oneTimePassword: z.string().min(1),
});
const password = z.string().min(1);
const ids = z.array(z.union([z.string(), z.number()]));

/** GET /messages, as a fault may have it. */
export function listMessages(portal: PortalState, fault: FaultRule | undefined): SimulatedAnswer {
  if (fault?.kind === 'stale-list') return list(portal.lists.at(-(fault.back ?? 1)) ?? []);
  const pending = portal.messages.pending();
  if (fault?.kind === 'truncated-list') return list(pending.slice(0, fault.count));
  if (fault?.kind === 'half-list') return halfList(pending, fault.ending);
  portal.lists.push(pending);
  if (portal.lists.length > keptLists) portal.lists.shift();
  return list(pending);
}

function list(messages: readonly PortalMessage[]): SimulatedAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: listText(messages) };
}

function halfList(messages: readonly PortalMessage[], ending: 'clean' | 'cut'): SimulatedAnswer {
  const text = Buffer.from([...listText(messages)].join(''));
  const half = Math.floor(text.length / 2);
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  if (ending === 'clean') return { status: 200, headers, body: [text.subarray(0, half)] };
  const length = { 'Content-Length': String(text.length) };
  return { status: 200, headers: { ...headers, ...length }, body: [text], delivery: { dropAfterBytes: half } };
}

function* listText(messages: readonly PortalMessage[]): Generator<string, void, undefined> {
  let text = '[';
  for (const [index, { element }] of messages.entries()) {
    text += index === 0 ? element : `,${element}`;
    if (text.length < pieceLength) continue;
    yield text;
    text = '';
  }
  yield `${text}]`;
}

/** PATCH /messages/{id} */
export function markMessage(portal: PortalState, messageId: string): SimulatedAnswer {
  const status = portal.messages.mark(messageId, portal.faults.current());
  return status === 200 ? done : refusal(status, markRefusals[status]);
}

/** PATCH /messages */
export function markMessages(portal: PortalState, body: string): SimulatedAnswer {
  const faults = portal.faults.current();
  if (faults.bulkMarking === 404 || faults.bulkMarking === 405) return refusal(faults.bulkMarking, 'Not implemented');
  const messageIds = parse(ids, body, 'a JSON array of message ids').map(String);
  const status = portal.messages.markAll(messageIds, faults);
  return status === 200 ? done : refusal(status, markRefusals[status]);
}

/** POST /projects/{projectNo}/confirm */
export function confirmProject(portal: PortalState, projectNo: string): SimulatedAnswer {
  const { knownProjects } = portal.faults.current();
  if (knownProjects !== 'all' && !knownProjects.includes(projectNo))
    return refusal(404, 'Project number does not exist');
  if (portal.confirmed.has(projectNo)) return refusal(400, 'Project was already confirmed previously');
  portal.confirmed.add(projectNo);
  return done;
}

/** POST /user-accesses */
export function createAccess(portal: PortalState, body: string): SimulatedAnswer {
  const { accessIdentifier, ...credential } = parse(createdAccess, body, 'UserAccessCreatedDTO');
  return keepCredential(portal, accessIdentifier, { method: 'POST', ...credential, at: portal.now() });
}

/** PATCH /user-accesses/{accessIdentifier} */
export function resetAccess(portal: PortalState, accessIdentifier: string, body: string): SimulatedAnswer {
  const oneTimePassword = parse(password, body, 'one JSON string that is not empty');
  return keepCredential(portal, accessIdentifier, { method: 'PATCH', oneTimePassword, at: portal.now() });
}

function keepCredential(portal: PortalState, accessIdentifier: string, credential: SentCredential): SimulatedAnswer {
  const sent = portal.credentials.get(accessIdentifier) ?? [];
  portal.credentials.set(accessIdentifier, [...sent, credential]);
  return done;
}

/** @throws InvalidInputError whose text names the shape and never the body, which may hold a password */
function parse<T>(schema: z.ZodType<T>, body: string, shape: string): T {
  try {
    return schema.parse(parseExactly(body));
  } catch {
    throw new InvalidInputError(`a body that is not ${shape}`);
  }
}

/** An HTML page, as something in front of the portal answers. */
export function htmlPage(status: number): SimulatedAnswer {
  return whole(
    status,
    'text/html; charset=utf-8',
    '<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>',
  );
}
