import { createHash } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { planApproval } from '../../shared/decisions/approve.ts';
import { type Action, commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import { planFetchAgain } from '../../shared/decisions/fetch-again.ts';
import { planResume } from '../../shared/decisions/pause.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { publishEvents } from '../../shared/history/publish.ts';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import type { MessageType } from '../../shared/portal/message-schema.ts';
import type { World } from '../files/files-fixture.ts';
import type { Fixture } from './fixture.ts';

const decision = { by: 'bob', reason: 'goes on' };
const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: '',
  functionVersion: '',
  invokedFunctionArn: '',
  memoryLimitInMB: '',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 30_000,
  done() {},
  fail() {},
  succeed() {},
};

/**
 * Takes a gateway that was stopped in the middle of everything to the end, with the portal well again: what is in its queues,
 * what its executions are at, what the polls find, and what people decide.
 *
 * @returns what it came to
 */
export async function carryOn(world: World, { queues, executions }: Fixture): Promise<Fixture['end']> {
  const { portal, gateway } = world;
  await portal.clearFaults();
  const marked = watchMarking(world);
  for (const { type, body } of queues) await receive(world, type as MessageType, body);
  for (const { step, state } of executions) {
    await gateway.run(transferSchema.parse(state), step);
  }
  await decide(world, await planResume(deskOf(world)));
  for (const { type, body } of queues) await receive(world, type as MessageType, body);
  // A delivery is held for want of it.
  await world.portal.send('CreateProject', { projectNo: 'lacking' }, { messageId: 'lacking-1' });
  await settle(world, 8);
  await decideAll(world);
  await settle(world, 3);
  return [...(await endOf(world, await publish(world))), { of: 'marked with files to come', is: marked }];
}

/** Settles incidents of every kind by which work is held, each by a decision of its own. */
async function decideAll(world: World): Promise<void> {
  const desk = deskOf(world);
  const incidents = await incidentsOf(world);
  const find = (kind: IncidentRow['kind'], about: string) => {
    const found = incidents.find((each) => each.kind === kind && (each.messageId ?? each.subject) === about);
    if (!found) throw new Error(`There is no incident ${kind} about ${about}`);
    return found;
  };
  await decide(world, await planApproval(desk, 'approve-3'));
  await decide(world, await planRetry(desk, find('attempts-used-up', 'stuck-2')));
  await decide(world, await planRetry(desk, find('file-failed', 'outbox/kept/failed.csv')));
  await decide(world, await planFetchAgain(desk, 'damaged'));
  await decide(world, await planDismissal(desk, find('message-id-reused', 'reused'), false));
}

/** @returns which messages are marked before their files are there, from now on */
function watchMarking({ context, tables }: World): readonly string[] {
  const early: string[] = [];
  const { portal } = context;
  context.portal = {
    ...portal,
    async markMessage(messageId, signal) {
      const files = await Array.fromAsync(scan<FileRow>(context.db, tables.files));
      const toCome = files.some((file) => file.messageId === messageId && /pending|copying/.test(file.state));
      if (toCome) early.push(messageId);
      return portal.markMessage(messageId, signal);
    },
  };
  return early;
}

export const deskOf = ({ context, tables, bucket }: World): OperatorContext => ({
  ...context,
  tables,
  internalBucket: bucket,
});

async function decide(world: World, action: Action): Promise<void> {
  if (!(await commitAction(deskOf(world), action, decision))) throw new Error('Nothing was decided');
}

const incidentsOf = ({ context, tables }: World) => Array.fromAsync(scan<IncidentRow>(context.db, tables.incidents));

/** As Lambda hands it on. */
async function receive({ gateway }: World, type: MessageType, body: string): Promise<void> {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const record = { messageId: 'sqs', receiptHandle: '', body, attributes, messageAttributes: {}, md5OfBody: '' };
  const Records = [{ ...record, eventSource: 'aws:sqs', eventSourceARN: '', awsRegion: '' }];
  const { batchItemFailures } = await gateway.handlers[type].lambda({ Records }, context);
  if (batchItemFailures.length > 0) throw new Error(`Nobody understands ${body}`);
}

/** Eight minutes are longer than the lease of a poll that died, and than any backoff or silence of the portal here. */
async function settle(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.clock.advance(61_000);
    await world.settle();
  }
}

/** @returns the events that were published, by their subjects */
async function publish({ context, tables }: World): Promise<Record<string, number[]>> {
  const sequences: Record<string, number[]> = {};
  const bus = {
    async putEvents(entries: readonly { detail: string }[]) {
      for (const { detail } of entries) {
        const { subject, sequence } = JSON.parse(detail);
        sequences[subject] = [...(sequences[subject] ?? []), sequence].toSorted((a, b) => a - b);
      }
      return entries.map(() => undefined);
    },
  };
  await publishEvents({ ...context, bus, table: tables.unpublished }, Number.POSITIVE_INFINITY);
  return sequences;
}

/** Comparable state of a gateway, sorted; passwords by their hashes. */
async function endOf(world: World, published: Record<string, number[]>): Promise<Fixture['end']> {
  const [messages, projects, users, files, lines, left] = await Promise.all(
    (['messages', 'projects', 'users', 'files', 'lines', 'unpublished'] as const).map((table) => world.rows(table)),
  );
  const { credentials, received } = await world.portal.snapshot();
  const objects = (await world.objects()).toSorted();
  const told = (of: string, entries: (readonly [unknown, unknown])[]) =>
    entries.map(([name, is]) => ({ of: `${of} ${name}`, is })).toSorted((a, b) => (a.of < b.of ? -1 : 1));
  const sent = [...credentials].map(
    ([access, all]) => [access, all.map(({ oneTimePassword }) => sha256(oneTimePassword))] as const,
  );
  return [
    ...told(
      'message',
      (messages ?? []).map(({ messageId, state }) => [messageId, state]),
    ),
    ...told(
      'project',
      (projects ?? []).map(({ projectNo, state }) => [projectNo, state]),
    ),
    ...told(
      'access',
      (users ?? []).map(({ accessIdentifier, enabled, loginName }) => [accessIdentifier, { enabled, loginName }]),
    ),
    ...told(
      'file',
      (files ?? []).map(({ fileId, state, checksum, attempt }) => [fileId, { state, checksum, attempt }]),
    ),
    ...told(
      'incident',
      (await incidentsOf(world)).map(({ kind, subject, state }) => [`${kind} ${subject}`, state]),
    ),
    ...told('object', await Promise.all(objects.map(async (key) => [key, (await world.object(key)).md5] as const))),
    ...told('published', Object.entries(published)),
    ...told(
      'sent',
      received.map(({ fileName, md5 }) => [fileName, md5]),
    ),
    ...told('passwords', sent),
    {
      of: 'in lines',
      is: (lines ?? []).map(({ line, messageId, fileId }) => `${line} ${messageId ?? fileId}`).toSorted(),
    },
    { of: 'unpublished', is: left?.length },
    { of: 'uploads', is: await world.uploads() },
    { of: 'listed', is: await world.portal.pending() },
  ];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
