import * as z from 'zod';
import { openLog, resume } from '../channel/log.ts';
import type { ConnectionRow, Identity } from '../connection.ts';
import type { Manager } from '../manager.ts';
import { refusal, unknownAction } from '../protocol/answer.ts';
import type { Message } from '../protocol/message.ts';
import type { ProtocolAction } from '../registration.ts';
import { ownerOf, placeSchema } from './first-message.ts';
import type { Outcome } from './outcome.ts';
import { keepChanges } from './turn.ts';

/** A connection that is authenticated. */
export type OpenConnection = ConnectionRow & { identity: Identity; session: string };

type BuiltIn = (manager: Manager, connection: OpenConnection, message: Message) => Promise<Outcome>;

/** The protocol's own actions. An action of a feature that the client has not requested is answered as unknown. */
export const builtIn: Readonly<Record<ProtocolAction, BuiltIn>> = {
  ping: answerWithPlace,
  keepalive: answerWithPlace,
  disconnect: async (_manager, _connection, { action }) => ({ answer: { success: true, action }, close: 'quietly' }),
  auth: renew,
  resume: resumeHere,
  presence: listPresent,
};

export const isBuiltIn = (action: unknown): action is ProtocolAction =>
  typeof action === 'string' && Object.hasOwn(builtIn, action);

/** With the place of the log, without which a client would not notice the loss of the newest push. */
async function answerWithPlace(
  { context }: Manager,
  connection: OpenConnection,
  { action }: Message,
): Promise<Outcome> {
  const answer = { success: true, action };
  if (!connection.features?.includes('resume')) return { answer };
  return { answer: { ...answer, ...(await openLog(context, connection.identity.channel)) } };
}

/** Replaces the token of an open connection by another of the same owner. */
async function renew(manager: Manager, connection: OpenConnection, message: Message): Promise<Outcome> {
  const { features = [], identity } = connection;
  if (features.length === 0) return { answer: unknownAction(message.action) };
  const found = await ownerOf(manager, message.token ?? null);
  // The token of before is valid still.
  if ('refusal' in found) return { answer: found.refusal };
  if (found.identity.channel !== identity.channel) return { answer: refusal('auth', 'Another account') };
  const changes = { identity: found.identity };
  await keepChanges(manager.context, connection, changes);
  const place = features.includes('resume') ? await openLog(manager.context, identity.channel) : undefined;
  const answer = { success: true, action: 'auth', timeout: manager.timeout, session: connection.session, ...place };
  // Subscribes anew, with the new end of the token.
  return { answer, changes, ...(place && { missed: { place, recovered: true, missed: [] } }) };
}

/** Repeats what came after a place, for a client that finds that it misses a push. */
async function resumeHere({ context }: Manager, connection: OpenConnection, message: Message): Promise<Outcome> {
  if (!connection.features?.includes('resume')) return { answer: unknownAction(message.action) };
  const { data, error } = placeSchema.safeParse(message);
  if (error) return { answer: refusal('resume', z.prettifyError(error)) };
  const missed = await resume(context, connection.identity.channel, data);
  return { answer: { success: true, action: 'resume', ...missed.place, recovered: missed.recovered }, missed };
}

async function listPresent(manager: Manager, connection: OpenConnection, { action }: Message): Promise<Outcome> {
  if (!connection.features?.includes('presence')) return { answer: unknownAction(action) };
  const { channel } = connection.identity;
  const sessions = await manager.present(channel);
  return { answer: { success: true, action, channel, count: sessions.length, sessions } };
}
