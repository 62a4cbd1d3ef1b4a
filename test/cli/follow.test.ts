import { describe, expect, it } from 'vitest';
import { beginOperatorSession } from '../../infra/cli/live/operator-session.ts';
import { lineOf } from '../../infra/cli/live/received-line.ts';
import { region } from '../../infra/local/resources.ts';
import { requireFactor } from '../../shared/accounts/factors/requirement.ts';
import { authenticate } from '../../shared/accounts/session.ts';
import type { Received } from '../../shared/live/client/push-sequence.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { startNetwork } from '../live/client-fixture.ts';
import { create, grant, play } from '../support/messages.ts';
import { useServices } from '../support/services.ts';
import { startCloudFormation } from './cloud-formation.ts';
import { followed, patience, serveOperator } from './follow-fixture.ts';
import { outputsOf } from './gateway-fixture.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';
import { start as startOperator } from './run-operator.ts';

const newWorld = useOperatedWorlds();
const sure = ['--reason', 'a test', '--yes'];

async function start() {
  const world = await newWorld();
  return { world, ...(await serveOperator(world)) };
}

const sessionsOf = ({ context: { db }, tables }: OperatedWorld) => Array.fromAsync(scan(db, tables.sessions));

const follow = (world: OperatedWorld, ...args: string[]) =>
  followed(world, world.start('follow', '--account', 'anna', ...args));

describe('npm run operator -- follow', () => {
  it('prints what happens until it is stopped, over reconnects to a gateway that is somewhere else', async () => {
    const { world, live, pushAll } = await start();
    const [before, after] = [await startNetwork(live.url), await startNetwork(live.url)];
    world.serveLive(before.url);
    const { lines, stop } = await follow(world);
    await expect.poll(lines, patience).toContain('Following as anna. Ctrl-C ends it.');
    await play(world, create('1001'));
    await pushAll();
    await expect
      .poll(() => lines().join('\n'), patience)
      .toMatch(/^\d\d:\d\d:\d\d {2}project#1001 {2}created {2}message m-1$/m);
    world.serveLive(after.url);
    before.refuse(true);
    before.cut();
    await play(world, grant('1001', 'a'));
    await pushAll();
    await expect.poll(() => lines().join('\n'), patience).toMatch(/access#a {2}created {2}project 1001, message m-2/);
    expect(lines().join('\n')).toMatch(/The connection is lost[\s\S]+Connected again/);
    expect(await stop()).toMatchObject({ code: 0, errors: '' });
    expect(await sessionsOf(world)).toEqual([]);
    const history = await world.rows.history('account#anna');
    expect(history.map(({ event }) => event)).toEqual(['created', 'signed in', 'signed out']);
    expect(history[1]?.details).toMatchObject({ by: expect.stringMatching(/./) });
    expect(await live.manager.present('account#anna')).toEqual([]);
  });

  it('prints JSON of one project', async () => {
    const { world, live, pushAll } = await start();
    const { lines, stop } = await follow(world, '1002', '--progress', '--json');
    const [connection] = await Array.fromAsync(scan<ConnectionRow>(world.context.db, live.context.tables.connections));
    expect(connection?.features).toContain('progress');
    await play(world, create('1001'), create('1002'), grant('1001', 'a'));
    await pushAll();
    await expect.poll(() => lines()[0], patience).not.toBe('');
    expect(await stop()).toMatchObject({ code: 0, errors: '' });
    expect(lines().map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ subject: 'project#1002', event: 'created', version: 1 }),
    ]);
  });

  it('finds the WebSocket API of a stack on AWS', async () => {
    const { world, live, pushAll } = await start();
    const outputs = { ...outputsOf(world.tables, world.filesBucket), LiveUrl: live.url };
    const cloudFormation = await startCloudFormation(outputs);
    const services = await useServices();
    const command = startOperator(['follow', '--account', 'anna', '--stack', 'dst-test'], {
      ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
      AWS_ENDPOINT_URL_DYNAMODB: services.dynamo.endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    });
    const { lines, stop } = await followed(world, command);
    await play(world, create('1001'));
    await pushAll();
    await expect.poll(() => lines().join('\n'), patience).toMatch(/project#1001 {2}created/);
    expect(await stop()).toMatchObject({ code: 0, errors: '' });
    expect(new Set(cloudFormation.asked)).toEqual(new Set(['dst-test']));
    expect((await world.rows.history('account#anna'))[1]?.details).toMatchObject({
      by: expect.stringContaining('AWS access key any'),
    });
  });

  it('says what is missing', async () => {
    const world = await newWorld();
    expect(await world.operate('follow', '--account', 'anna')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /^There is no account anna\. .* accounts create anna --permission operator --reason/,
      ),
    });
    expect((await world.operate('follow', '--account', 'root')).errors).toMatch(
      /^There is no account root\. .* accounts create operator --permission operator --reason/,
    );
    await world.operate('accounts', 'create', 'anna', ...sure);
    const errors = async () => (await world.operate('follow', '--account', 'anna')).errors;
    expect(await errors()).toMatch(
      /does not have the permission operator: .* accounts permissions anna --add operator/,
    );
    await world.operate('accounts', 'permissions', 'anna', '--add', 'operator', ...sure);
    expect(await errors()).toBe('The gateway has no WebSocket API: deploy it anew\n');
    const network = await startNetwork('ws://127.0.0.1:9/live');
    network.refuse(true);
    world.serveLive(network.url);
    expect(await errors()).toMatch(/^The WebSocket API cannot be reached: no connection \(1006/);
    await world.operate('accounts', 'block', 'anna', ...sure);
    expect(await errors()).toBe('Account anna is blocked\n');
    await world.operate('accounts', 'unblock', 'anna', ...sure);
    await requireFactor(world.context, 'operator', true, { by: 'root' });
    expect(await errors()).toBe('Account anna must add a second factor first\n');
    expect(await sessionsOf(world)).toEqual([]);
  });
});

describe('the session of an operator', () => {
  it('has a token after the other, until it is ended', async () => {
    const world = await newWorld();
    await world.operate('accounts', 'create', 'anna', '--permission', 'operator', ...sure);
    const gateway = async () => ({ ...world.context, accessKey: async () => undefined });
    const where = { dataDirectory: undefined, stack: 'dst-gateway' };
    const session = await beginOperatorSession({ gateway, where }, 'anna');
    const isValid = async (token: unknown) => (await authenticate(world.context, String(token))) !== undefined;
    const [first, second] = [await session.token(), await session.token()];
    expect([await isValid(first.token), await isValid(second.token)]).toEqual([false, true]);
    expect(second.expiresAt).toBeLessThanOrEqual(world.clock.now() + 900_000);
    await session.end();
    expect(await isValid(second.token)).toBe(false);
    await expect(session.token()).rejects.toThrow('Account anna was signed out');
  });
});

describe('a line', () => {
  const place = (offset: number, epoch = 'log') => ({ epoch, offset });
  const where = { dataDirectory: undefined, stack: 'dst-gateway' };
  const line = (received: Received, json = false, projectNo?: string) => lineOf(received, { json, where }, projectNo);

  it('is about a gap', () => {
    const gap: Received = { type: 'gap', before: place(3), after: place(7) };
    expect(line(gap)).toBe(
      '4 events may be missing here: the gateway keeps them for a day. Look: npm run operator -- status',
    );
    expect(line(gap, false, '1001')).toMatch(/-- history 'project#1001'$/);
    expect(line({ ...gap, after: place(7, 'new') })).toMatch(/^Events may be missing/);
    expect(line(gap, true, '1001')).toBe(JSON.stringify({ gap: { before: place(3), after: place(7) } }));
  });

  it('is about an incident', () => {
    const at = '2026-01-05T08:00:00.000Z';
    const incident = { incidentId: 'i-1', kind: 'file-failed', subject: 'f-1', state: 'open', open: true, count: 1 };
    const message = {
      action: 'incident',
      push: true,
      channel: 'c',
      offset: 1,
      incident: { ...incident, firstAt: at, lastAt: at },
    };
    const received: Received = { type: 'push', message, place: place(1) };
    expect(line(received)).toMatch(/^[\d:]{8} {2}f-1 {2}incident file-failed {2}needs a person, incident i-1$/);
    expect(line(received, false, '1001')).toBeUndefined();
    expect(JSON.parse(line(received, true) ?? '')).toEqual({ incident: message.incident });
  });

  it('is about each transfer that has moved', () => {
    const transfer = { projectNo: '1001', kind: 'delivery', bytesDone: 50e6, bytesTotal: 200e6, bytesPerSecond: 1e6 };
    const transfers = [
      { fileId: 'f-1', ...transfer },
      { fileId: 'f-2', ...transfer, projectNo: '1002' },
    ];
    const received: Received = { type: 'push', message: { action: 'progress', push: true, transfers } };
    const lines = line(received)?.split('\n');
    expect(lines).toHaveLength(2);
    expect(lines?.[0]).toMatch(/^[\d:]{8} {2}file#f-1 {2}delivery {2}.*50 MB.*200 MB.*1\.0 MB\/s.*, project 1001$/);
    expect(line(received, false, '1002')).toMatch(/^[\d:]{8} {2}file#f-2 [^\n]+$/);
    expect(line(received, false, '1003')).toBeUndefined();
    expect(JSON.parse(line(received, true, '1001') ?? '')).toEqual({ transfer: transfers[0] });
  });

  it('has nothing that could control a terminal', () => {
    const event = {
      version: 1,
      subject: 'project#\u001b[2J',
      sequence: 1,
      event: 'created',
      at: '2026-01-05T08:00:00Z',
    };
    expect(line({ type: 'push', message: { action: 'event', event } })).not.toContain('\u001b');
    expect(line({ type: 'push', message: { action: 'event', event } }, true)).not.toContain('\u001b');
    expect(line({ type: 'push', message: { action: 'other', text: '\u001b[2J' } })).not.toContain('\u001b');
  });
});
