import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, vi } from 'vitest';
import { deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { sessionIdOf } from '../../shared/accounts/opaque-token.ts';
import { endSession } from '../../shared/accounts/session.ts';
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { ProgressReports } from '../../shared/live/watch/progress-reports.ts';
import { transfersLine } from '../../shared/messages/subject.ts';
import type { TransferEntry } from '../../shared/messages/transfers-line.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { fileRow, resultRow } from '../support/file-rows.ts';
import { create, disable, grant, play } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { actor, change, createOperator, tokenOf } from './accounts.ts';
import { startClient } from './client-fixture.ts';
import { received } from './live-client.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const newWorld = useWorlds();
const features = ['resume', 'progress'];
const megabyte = 1_000_000;

async function start() {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'), create('q'), grant('q', 'b'));
  await createOperator(world, 'eve');
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  const openWith = async (token: string, asked = features) => {
    const client = await live.open(token, { features: asked });
    // The sign-in goes on after its answer, and closes the connection of a token that has ended by then.
    await live.idle();
    return client;
  };
  const open = async (name: string, asked?: string[]) => openWith(await tokenOf(world, name), asked);
  const reports = new ProgressReports(live.context);
  /** A second later. */
  const report = async () => {
    world.clock.advance(1_000);
    await reports.send(await Array.fromAsync(scan<ConnectionRow>(live.context.db, live.context.tables.connections)));
  };
  return { world, live, open, openWith, report };
}

/** Has a file transferred, as far as the tables know. */
async function move(
  { context, tables }: World,
  file: FileRow | ResultRow,
  kind: TransferEntry['kind'] = 'delivery',
): Promise<void> {
  const { fileId } = file;
  const entry: TransferEntry = { line: transfersLine, position: fileId, kind, fileId, messageId: 'm' };
  await context.db.send(new PutCommand({ TableName: tables.files, Item: file }));
  await context.db.send(new PutCommand({ TableName: tables.lines, Item: entry }));
}

const copying = (fileId: string, { clock }: World, changes: Partial<FileRow> = {}) =>
  fileRow(fileId, {
    ...{ projectNo: 'p', state: 'copying', size: 200 * megabyte, bytesDone: 50 * megabyte, bytesPerSecond: megabyte },
    leaseUntil: clock.now() + 3_600_000,
    ...changes,
  });

it('of transfers reaches operators, and of each project its researchers', async () => {
  const { world, open, report } = await start();
  const [eve, a, b] = [await open('eve'), await open(loginNameOf('a')), await open(loginNameOf('b'))];
  await move(world, copying('f', world));
  await move(world, copying('waits', world, { state: 'pending' }));
  await move(world, copying('left by a function that died', world, { leaseUntil: world.clock.now() - 1 }));
  const leaseUntil = world.clock.now() + 3_600_000;
  const result = resultRow('r.csv', { projectNo: 'q', state: 'sending', bytesDone: 4, leaseUntil });
  await move(world, result, 'result');
  await report();
  const ofP = {
    ...{ fileId: 'f', projectNo: 'p', kind: 'delivery', bytesDone: 50 * megabyte, bytesTotal: 200 * megabyte },
    bytesPerSecond: megabyte,
  };
  const ofQ = { fileId: result.fileId, projectNo: 'q', kind: 'result', bytesDone: 4, bytesTotal: 10 };
  const message = { action: 'progress', push: true };
  const [seen] = await received(eve);
  expect(seen).toEqual({ ...message, transfers: expect.arrayContaining([ofP, ofQ]) });
  expect(seen?.transfers).toHaveLength(2);
  expect(await received(a)).toEqual([{ ...message, transfers: [ofP] }]);
  expect(await received(b)).toEqual([{ ...message, transfers: [ofQ] }]);
});

it("reaches the gateway's own client", async () => {
  const { world, live, report } = await start();
  const token = await tokenOf(world, 'eve');
  const client = startClient(live.url, { token: () => ({ token }), progress: true });
  await client.opened;
  await live.idle();
  const received = client.receive();
  await move(world, copying('f', world));
  await report();
  const message = { action: 'progress', transfers: [{ fileId: 'f', bytesDone: 50 * megabyte }] };
  expect(await received.next()).toMatchObject({ value: { type: 'push', message } });
});

it('of a return is shown while its message has the lease', async () => {
  const { world, open, report } = await start();
  const eve = await open('eve');
  const { db } = world.context;
  const leaseUntil = world.clock.now() + 3_600_000;
  await db.send(new PutCommand({ TableName: world.tables.messages, Item: { messageId: 'm', leaseUntil } }));
  await move(world, fileRow('f', { projectNo: 'p', size: 10, bytesDone: 3, bytesTotal: 10 }), 'return');
  await report();
  expect(await received(eve)).toMatchObject([{ transfers: [{ fileId: 'f', kind: 'return', bytesDone: 3 }] }]);
});

it('is reported as far as it has moved, to who asked for it', async () => {
  const { world, open, report } = await start();
  const [eve, other] = [await open('eve'), await open('eve', ['resume'])];
  await move(world, copying('f', world));
  await move(world, copying('g', world));
  await report();
  await received(eve);
  await report();
  expect(await received(eve)).toEqual([]);
  await world.rows.change('files', { fileId: 'g' }, { bytesDone: 60 * megabyte });
  await report();
  expect(await received(eve)).toMatchObject([{ transfers: [{ fileId: 'g', bytesDone: 60 * megabyte }] }]);
  const late = await open('eve');
  await report();
  expect(await received(late)).toMatchObject([{ transfers: [{ fileId: 'f' }, { fileId: 'g' }] }]);
  expect(await received(other)).toEqual([]);
});

it('ends with the transfer, and with the right to see it', async () => {
  const { world, open, report } = await start();
  const [eve, a] = [await open('eve'), await open(loginNameOf('a'))];
  await move(world, copying('f', world));
  await report();
  for (const client of [eve, a]) expect(await received(client)).toHaveLength(1);
  await play(world, disable('a'));
  await change(world.context, 'eve', { permissions: [] });
  await world.rows.change('files', { fileId: 'f' }, { bytesDone: 60 * megabyte });
  await report();
  for (const client of [eve, a]) expect(await received(client)).toEqual([]);
  await change(world.context, 'eve', { permissions: ['operator'] });
  await world.rows.change('files', { fileId: 'f' }, { state: 'stored', bytesDone: 70 * megabyte });
  await report();
  expect(await received(eve)).toEqual([]);
});

it('is nothing for a session that has ended, although its connection is still open', async () => {
  const { world, openWith, report } = await start();
  const [token, other] = [await tokenOf(world, 'eve'), await tokenOf(world, 'eve')];
  const [eve, still] = [await openWith(token), await openWith(other)];
  await move(world, copying('f', world));
  const sessionId = sessionIdOf(token) ?? '';
  await endSession(world.context, { sessionId, account: 'eve' }, { event: 'signed out' }, actor);
  await report();
  expect(await received(still)).toMatchObject([{ action: 'progress' }]);
  expect(await received(eve)).toEqual([]);
});

it('is nothing for a connection of an account that is gone, although another one has its name', async () => {
  const { world, open, report } = await start();
  const eve = await open('eve');
  await move(world, copying('f', world));
  await deleteAccount(world.context, 'eve', actor);
  await createOperator(world, 'eve');
  await report();
  expect(await received(eve)).toEqual([]);
});

it('costs no read while nobody asks for it', async () => {
  const { world, live, open, report } = await start();
  await open('eve', ['resume']);
  await move(world, copying('f', world));
  const { lines, files, messages } = world.tables;
  const read: string[] = [];
  live.outside.before = ({ input }) => {
    const text = JSON.stringify(input);
    read.push(...[lines, files, messages].filter((table) => text.includes(table)));
  };
  await report();
  expect(read).toEqual([]);
});
