import { programmingErrors } from '../../invariants/unexplained.ts';
import { tables } from '../../simulated-services.ts';
import type { LiveWorld } from '../world.ts';
import { wrongLogs } from './logs.ts';
import { disorderlyRequests, unansweredAtEnd } from './requests.ts';
import { brokenSequences, clientsBehind } from './sequence.ts';

/** Everything that is wrong when nothing has gone wrong for longer than the safety net takes. */
export function* recoveryViolations(world: LiveWorld) {
  const { gateway, notes, clients, rights, dynamodb } = world;
  for (const { connectionId } of gateway.api.open) {
    const owner = notes.owners.get(connectionId);
    if (owner && notes.endedSince(owner) !== undefined)
      yield `${connectionId} of ${owner.account} is open, long after its token has ended`;
  }
  for (const { name, account, isOpen } of clients) {
    const mayConnect = (rights.current(account)?.audiences.size ?? 0) > 0;
    if (mayConnect && !isOpen) yield `${name} is not connected, although all is well`;
  }
  yield* unwatched(world);
  const left = dynamodb.items(tables.unpublished).filter(({ live }) => live === undefined);
  for (const { subject, sequence } of left) yield `${subject}#${sequence} is not pushed, although all is well`;
}

/** Whether there are connections without a watch, which nothing is pushed to. */
export function* unwatched({ gateway, scheduler }: LiveWorld) {
  const isHandedOver = gateway.watchEndedAt > scheduler.now - 1_000;
  if (gateway.api.open.length > 0 && gateway.watches.size === 0 && !isHandedOver)
    yield `nobody watches ${gateway.api.open.map(({ connectionId }) => connectionId).join(', ')}`;
}

/** Everything that is wrong with what clients have got in the end. */
export function* endViolations(world: LiveWorld) {
  yield* brokenSequences(world);
  yield* clientsBehind(world);
  yield* wrongLogs(world);
  yield* disorderlyRequests(world);
  yield* unansweredAtEnd(world);
}

/** Everything that is left when nobody is connected any more. */
export function* restViolations(world: LiveWorld) {
  const { dynamodb, gateway } = world;
  for (const { connectionId } of dynamodb.items(tables.connections)) yield `the row of ${connectionId} is left`;
  const subscriptions = dynamodb
    .items(tables.subscriptions)
    .filter(({ channel }) => !String(channel).startsWith('audience#'));
  for (const { channel, subscriber } of subscriptions) yield `the subscription of ${subscriber} to ${channel} is left`;
  if (gateway.watches.size > 0) yield 'the watch goes on, although nobody is connected';
  yield* programmingErrors(world);
}
