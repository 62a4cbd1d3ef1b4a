import { createHash, randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../../platform/dynamodb.ts';
import { transact } from '../../platform/transaction.ts';
import type { WorkspacesContext } from '../context.ts';
import { ticketKey, visitKey } from '../keys.ts';
import type { JobRow, PassRow } from '../rows.ts';
import { admit, type ReadyJob, signInAgain } from './admit.ts';
import type { ProxyContext } from './context.ts';

/** Milliseconds for which a ticket is valid: the time to open an address that was just asked for. */
const ticketTime = 60_000;

/** Milliseconds for which a visit is valid at most. It ends with its session and its job, anyway. */
const visitTime = 24 * 3_600_000;

/**
 * Issues a ticket that opens a job's server once.
 *
 * @param sessionId of the owner's token
 */
export async function issueTicket(
  { db, clock, tables }: Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>,
  { jobId, userId }: Pick<JobRow, 'jobId' | 'userId'>,
  sessionId: string,
): Promise<string> {
  const ticket = newSecret();
  const Item: PassRow = {
    ...ticketKey(jobId, hashOf(ticket)),
    ...{ jobId, userId, sessionId },
    ...ending(clock.now() + ticketTime),
  };
  await db.send(new PutCommand({ TableName: tables.workspaces, Item }));
  return ticket;
}

/**
 * Takes a ticket, of which only the first taker gets a visit.
 *
 * @returns the value of the visit's cookie
 * @throws NotAdmittedError when it is unknown, was taken, has expired, or its owner may not use the job any more
 */
export async function takeTicket(context: ProxyContext, jobId: number, ticket: string): Promise<string> {
  const { db, clock, tables } = context;
  const Key = ticketKey(jobId, hashOf(ticket));
  const row = await getItem<PassRow>(db, tables.workspaces, Key);
  if (!row) throw signInAgain();
  await admit(context, row);
  const value = newSecret();
  const { userId, sessionId } = row;
  const visit: PassRow = {
    ...visitKey(jobId, hashOf(value)),
    ...{ jobId, userId, sessionId },
    ...ending(clock.now() + visitTime),
  };
  const outcome = await transact(db, clock, [
    { Delete: { TableName: tables.workspaces, Key, ConditionExpression: 'attribute_exists(sessionId)' } },
    { Put: { TableName: tables.workspaces, Item: visit } },
  ]);
  if (outcome !== 'committed') throw signInAgain();
  return value;
}

/** A visit, and the job with the rights that its owner has now. */
export interface Visit {
  pass: PassRow;
  job: ReadyJob;
}

/**
 * Finds the visit of a request.
 *
 * @param values of the cookies that a request has
 * @throws NotAdmittedError when there is none, or its owner may not use the job any more
 */
export async function findVisit(context: ProxyContext, jobId: number, values: readonly string[]): Promise<Visit> {
  for (const value of values.filter(isSecret)) {
    const pass = await getItem<PassRow>(context.db, context.tables.workspaces, visitKey(jobId, hashOf(value)));
    if (pass) return { pass, job: await admit(context, pass) };
  }
  throw signInAgain();
}

const ending = (endsAt: number) => ({ endsAt, expiresAt: Math.ceil(endsAt / 1_000) });
const newSecret = () => randomBytes(32).toString('base64url');
const isSecret = (text: string) => /^[\w-]{43}$/.test(text);
const hashOf = (secret: string) => createHash('sha256').update(secret).digest('base64url');
