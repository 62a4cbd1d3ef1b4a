import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { describeError } from '../../platform/errors.ts';
import { refusalText } from '../authenticate.ts';
import { type LogPlace, openLog, type Resumption, resume } from '../channel/log.ts';
import { type ConnectionRow, type Feature, features, type Identity } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { readEra } from '../era.ts';
import { logOf } from '../events/audience.ts';
import { currentRights } from '../events/rights.ts';
import { enrol } from '../events/roster.ts';
import type { Manager } from '../manager.ts';
import type { Message } from '../protocol/message.ts';
import type { Outcome } from './outcome.ts';
import { keepChanges } from './turn.ts';

export const placeSchema = z.object({
  epoch: z.string(),
  offset: z.int().nonnegative(),
  /** Session of the connection before, whose own pushes are left out. */
  session: z.string().max(100).optional(),
});

/** A first message. A token without an action is taken, too. */
export const authSchema = z.object({
  action: z.literal('auth').optional(),
  token: z.unknown().refine((token) => token !== undefined, 'is missing'),
  features: z
    .array(z.string())
    .max(100)
    .optional()
    .transform((asked = []) => features.filter((feature) => asked.includes(feature))),
  resume: placeSchema.optional(),
});

export type AuthRequest = z.infer<typeof authSchema>;

/** @returns undefined for a message that is no first message */
export const parseAuth = (message: Message): AuthRequest | undefined => authSchema.safeParse(message).data;

/** Authenticates a connection by its first message. */
export async function authenticateConnection(
  manager: Manager,
  row: ConnectionRow,
  request: AuthRequest,
): Promise<Outcome> {
  const { context, timeout } = manager;
  const found = await ownerOf(manager, request.token);
  if ('refusal' in found) return { answer: found.refusal, close: 'quietly' };
  const { identity } = found;
  const session = request.resume?.session ?? randomUUID();
  const changes = { state: 'open', identity, features: request.features, session, malformed: 0 } as const;
  await keepChanges(context, row, changes);
  // Before the place is read: from there on the log has everything that the account may see.
  await enrolOwner(context, identity);
  const answer = { success: true, action: 'auth', timeout };
  if (!request.features.includes('resume')) return { answer: withSession(answer, request.features, session), changes };
  const missed = await placeFor(context, identity, request.resume);
  const { place, recovered } = missed;
  const placed = { ...answer, session, ...place, ...(request.resume && { recovered }) };
  return { answer: placed, changes, missed };
}

/** Puts an account on the rosters of its audiences, also of those that it has come to belong to since its token was checked. */
async function enrolOwner(context: LiveContext, { account, channel, audiences = [] }: Identity): Promise<void> {
  if (!account) return;
  await enrol(context, account.name, channel, audiences);
  // A later change of its rights finds it on the rosters, an earlier one is seen here.
  // The event of an organization enrols its members, whoever is on a roster.
  const current = await currentRights(context, account.name, []);
  if (!current || logOf(current.account) !== channel) return;
  const more = current.audiences.filter((audience) => !audiences.includes(audience));
  if (more.length > 0) await enrol(context, account.name, channel, more);
}

const withSession = (answer: Message, asked: readonly Feature[], session: string): Message =>
  asked.length > 0 ? { ...answer, session } : answer;

async function placeFor(
  context: LiveContext,
  { channel, account }: Identity,
  from: LogPlace | undefined,
): Promise<Resumption> {
  // Events are in the logs of accounts alone.
  const era = account && (await readEra(context));
  if (from) return resume(context, channel, from, era);
  return { place: await openLog(context, channel, era), recovered: true, missed: [] };
}

/** Finds the owner of a token, or the answer to one that is refused. */
export async function ownerOf(
  { context, authenticate }: Manager,
  token: unknown,
): Promise<{ identity: Identity } | { refusal: Message }> {
  try {
    return { identity: await authenticate(token) };
  } catch (error) {
    const comment = refusalText(error);
    if (comment === undefined) context.log.error('authentication failed', { error: describeError(error) });
    return { refusal: { success: false, action: 'auth', ...(comment !== undefined && { comment }) } };
  }
}
