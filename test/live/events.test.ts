import { describe, expect, it, vi } from 'vitest';
import { endOfTokens } from '../../shared/accounts/account.ts';
import { requireFactor } from '../../shared/accounts/factors/requirement.ts';
import { beginSession, endSession, refreshSession } from '../../shared/accounts/session.ts';
import { type PendingRow, publishEvents } from '../../shared/history/publish.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import { pushRow, pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import { watchConnection } from '../../shared/live/watch/lease.ts';
import { rowsToPush } from '../../shared/live/watch/rows-to-push.ts';
import { type IncidentRow, incidentId, raiseIncident, resolvedWrites } from '../../shared/operations/incidents.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, disable, enable, grant, play, remove, reset, revoke } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { accountOf, actor, change, createOperator, tokenOf } from './accounts.ts';
import { type Received, received } from './live-client.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const newWorld = useWorlds();
const features = ['resume'];

async function start() {
  const world = await newWorld();
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  const pushAll = async () => {
    while (await pushUnpublished(live.context));
  };
  return { world, live, pushAll };
}

/** Subject and name of the events among messages. */
const namesOf = (messages: readonly Received[]) =>
  messages
    .filter(({ action }) => action === 'event')
    .map(({ event }) => `${Reflect.get(Object(event), 'subject')} ${Reflect.get(Object(event), 'event')}`);

describe('an event', () => {
  it('reaches operators, and the researchers of its project alone', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await play(world, create('p'), grant('p', 'a'), create('q'), grant('q', 'b'));
    await pushAll();
    const [eve, a, b] = [
      await live.open(await tokenOf(world, 'eve'), { features }),
      await live.open(await tokenOf(world, loginNameOf('a')), { features }),
      await live.open(await tokenOf(world, loginNameOf('b')), { features }),
    ];
    await play(world, grant('p', 'c'), disable('b'));
    await pushAll();
    expect(namesOf(await received(eve))).toEqual(expect.arrayContaining(['access#c created', 'access#b disabled']));
    expect(namesOf(await received(a))).toEqual(['access#c created']);
    expect(await b.receive()).toMatchObject({ action: 'close', code: 4401 });
    await b.closed;
  });

  it('reaches nobody of a later project of its number, and no later namesake, however late it is pushed', async () => {
    const { world, live, pushAll } = await start();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'), remove('p'));
    world.clock.advance(1_000);
    await play(world, create('p'));
    world.clock.advance(1_000);
    await play(world, grant('p', 'b'));
    const b = await live.open(await tokenOf(world, loginNameOf('b')), { features });
    world.clock.advance(1_000);
    await play(world, grant('p', 'c'));
    await pushAll();
    expect(namesOf(await received(b))).toEqual(['access#b created', 'access#c created']);
  });

  it('has the published fields and its place', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await pushAll();
    const token = await tokenOf(world, 'eve');
    const eve = await live.connect();
    const { epoch } = await eve.ask({ token, features });
    const [messageId] = await play(world, create('p'));
    await pushAll();
    const [push] = await received(eve);
    const { createdAt } = await accountOf(world, 'eve');
    expect(push).toEqual({
      ...{ action: 'event', push: true, channel: `account#eve#${createdAt}`, offset: 1 },
      event: {
        version: 1,
        subject: 'project#p',
        sequence: 1,
        event: 'created',
        at: expect.any(String),
        projectNo: 'p',
        messageId,
      },
    });
    expect(await eve.ask({ action: 'ping' })).toMatchObject({ epoch, offset: 1 });
  });

  it('waits in the log for who has connected before', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await pushAll();
    const token = await tokenOf(world, 'eve');
    const eve = await live.connect();
    const { epoch, offset } = await eve.ask({ token, features });
    await eve.close();
    await play(world, create('p'));
    await play(world, grant('p', 'a'));
    await pushAll();
    const again = await live.connect();
    expect(await again.ask({ token, features, resume: { epoch, offset } })).toMatchObject({
      recovered: true,
      offset: 2,
    });
    expect(namesOf(await received(again))).toEqual(['project#p created', 'access#a created']);
  });

  it('is in a log once, however often it is pushed', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await pushAll();
    const token = await tokenOf(world, 'eve');
    const [fresh, old] = [await live.open(token, { features }), await live.open(token)];
    await play(world, create('p'));
    const rows = (await world.rows.all('unpublished')) as unknown as PendingRow[];
    await Promise.all([...rows, ...rows, ...rows].map((row) => pushRow(live.context, row)));
    for (const row of rows) await pushRow(live.context, row);
    const places = (await received(fresh)).map(({ offset }) => offset);
    expect(new Set(places)).toEqual(new Set([1]));
    // A client without offsets could not tell a double.
    expect(namesOf(await received(old))).toEqual(['project#p created']);
  });

  it('is pushed before it is deleted from the events to publish, whoever comes first', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await pushAll();
    const eve = await live.open(await tokenOf(world, 'eve'), { features });
    await play(world, create('p'));
    const { bus, events } = await startTestBus();
    const publishing = { ...world.context, bus, table: world.tables.unpublished };
    let works = false;
    const publish = () =>
      publishEvents(
        { ...publishing, pushRow: async (row) => works && pushRow(live.context, row) },
        Number.POSITIVE_INFINITY,
      );
    await publish();
    expect(await world.rows.all('unpublished')).not.toEqual([]);
    works = true;
    await publish();
    expect(await world.rows.all('unpublished')).toEqual([]);
    expect(namesOf(await received(eve))).toEqual(['project#p created']);
    expect(events().filter(({ subject }) => subject === 'project#p')).toHaveLength(2);
  });

  it('reaches an account that comes to see it while it connects', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve', ['admin']);
    await pushAll();
    const token = await tokenOf(world, 'eve');
    let granted: Promise<unknown> | undefined;
    live.outside.before = async ({ name, input }) => {
      if (name !== 'PutItemCommand' || !JSON.stringify(input).includes('audience#')) return;
      granted ??= change(world.context, 'eve', { permissions: ['admin', 'operator'] }).then(pushAll);
      await granted;
    };
    const eve = await live.open(token, { features });
    expect(granted).toBeDefined();
    await play(world, create('p'));
    await pushAll();
    expect(namesOf(await received(eve))).toContain('project#p created');
  });

  it('waits while a new right cannot be applied, so that nobody misses it', async () => {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve', ['admin']);
    await pushAll();
    const eve = await live.open(await tokenOf(world, 'eve'), { features });
    await pushAll();
    await received(eve);
    await change(world.context, 'eve', { permissions: ['admin', 'operator'] });
    await play(world, create('p'));
    const { bus } = await startTestBus();
    const publish = () =>
      publishEvents(
        {
          ...{ ...world.context, bus, table: world.tables.unpublished },
          toPush: (rows) => rowsToPush(live.context, rows),
          pushRow: (row) => pushRow(live.context, row),
        },
        Number.POSITIVE_INFINITY,
      );
    await watchConnection(live.context, async () => {});
    live.outside.before = ({ name, input }) => {
      if (name === 'QueryCommand' && JSON.stringify(input).includes('audience#')) live.outside.heal();
      else return;
      throw new Error('no answer');
    };
    await publish();
    expect(namesOf(eve.unread)).toEqual([]);
    await publish();
    expect(namesOf(await received(eve))).toContain('project#p created');
    expect(await world.rows.all('unpublished')).toEqual([]);
  });

  it('of an account reaches its owner and admins', async () => {
    const { world, live, pushAll } = await start();
    for (const [name, permissions] of [
      ['eve', ['operator']],
      ['ann', ['admin']],
      ['bob', []],
    ] as const)
      await createOperator(world, name, [...permissions]);
    await pushAll();
    const open = async (name: string) => live.open(await tokenOf(world, name), { features });
    const [eve, ann, bob] = [await open('eve'), await open('ann'), await open('bob')];
    await change(world.context, 'bob', { fname: 'Robert' });
    await pushAll();
    expect(namesOf(await received(eve))).toEqual([]);
    expect(namesOf(await received(ann))).toEqual(['account#bob changed']);
    expect(namesOf(await received(bob))).toEqual(['account#bob changed']);
  });
});

describe('an incident', () => {
  const incidentsOf = (messages: readonly Received[]) =>
    messages.filter(({ action }) => action === 'incident').map(({ incident }) => incident);

  async function connected() {
    const { world, live, pushAll } = await start();
    await createOperator(world, 'eve');
    await play(world, create('p'), grant('p', 'a'));
    await pushAll();
    const [eve, a] = [
      await live.open(await tokenOf(world, 'eve'), { features }),
      await live.open(await tokenOf(world, loginNameOf('a')), { features }),
    ];
    return { world, live, pushAll, eve, a };
  }

  it('reaches operators as it is raised, and nobody else', async () => {
    const { world, pushAll, eve, a } = await connected();
    const [messageId = ''] = await play(world, disable('nobody'));
    await pushAll();
    const [row] = await world.rows.all<IncidentRow>('incidents');
    const at = new Date(row?.firstSeenAt ?? 0).toISOString();
    expect(incidentsOf(await received(eve))).toEqual([
      {
        ...{ incidentId: incidentId({ kind: 'mismatch', subject: messageId }), kind: 'mismatch', subject: messageId },
        ...{ messageId, state: 'open', open: true, count: 1, firstAt: at, lastAt: at },
      },
    ]);
    expect(await received(a)).toEqual([]);
  });

  it('is pushed again when it has gone, and once for each state that it is found in', async () => {
    const { world, live, pushAll, eve } = await connected();
    const { db, clock } = world.context;
    const incident = { kind: 'portal-unreachable', subject: 'portal' } as const;
    await raiseIncident(world.context, { ...incident, expected: 'an answer', found: 'none' });
    await pushAll();
    await transact(db, clock, resolvedWrites(world.context, incident, clock.now()));
    const rows = (await world.rows.all('unpublished')) as unknown as PendingRow[];
    const notices = rows.filter(({ subject, live: pushed }) => subject.startsWith('incident#') && pushed === undefined);
    for (const row of [...notices, ...notices]) await pushRow(live.context, row);
    const got = await received(eve);
    expect(new Set(got.map(({ offset }) => offset)).size).toBe(2);
    expect(incidentsOf(got)).toMatchObject([
      { kind: 'portal-unreachable', state: 'open', open: true },
      { kind: 'portal-unreachable', state: 'resolved', open: false },
      // The second time with the place of the first.
      { kind: 'portal-unreachable', state: 'resolved', open: false },
    ]);
  });

  it('is not on the bus, and goes from the rows to publish when it has been pushed', async () => {
    const { world, live, eve } = await connected();
    await raiseIncident(world.context, {
      ...{ kind: 'marking-refused', subject: 'm', expected: 'marked', found: 'refused' },
    });
    const { bus, events } = await startTestBus();
    const publishing = { ...world.context, bus, table: world.tables.unpublished };
    await publishEvents({ ...publishing, pushRow: (row) => pushRow(live.context, row) }, Number.POSITIVE_INFINITY);
    expect(await world.rows.all('unpublished')).toEqual([]);
    expect(events().filter(({ subject }) => subject.startsWith('incident#'))).toEqual([]);
    expect(incidentsOf(await received(eve))).toMatchObject([{ kind: 'marking-refused', subject: 'm', state: 'open' }]);
  });
});

describe('who may see nothing any more', () => {
  /** An opaque token begins with the id of its session. */
  const sessionOf = (token: string) => Buffer.from(token, 'base64url').subarray(0, 16).toString('base64url');

  async function connected() {
    const { world, live, pushAll } = await start();
    await play(world, create('p'), grant('p', 'a'));
    await createOperator(world, 'eve');
    await pushAll();
    const [name, eve] = [loginNameOf('a'), 'eve'];
    const token = await tokenOf(world, name);
    const client = await live.open(token, { features });
    return { world, live, pushAll, client, token, name, eve };
  }

  it.each([
    ['DisableProjectAccess', (world: World) => play(world, disable('a'))],
    ['DeleteProjectAccess', (world: World) => play(world, revoke('a'))],
    ['DeleteProject', (world: World) => play(world, remove('p'))],
    ['ResetPassword', (world: World) => play(world, reset('a'))],
    ['a block', ({ context }: World) => change(context, loginNameOf('a'), { blockLogin: true, ...endOfTokens() })],
    ['another password', ({ context }: World) => change(context, loginNameOf('a'), endOfTokens())],
  ])('is closed after %s, with no push', async (_, revocation) => {
    const { world, live, pushAll, client, token } = await connected();
    await revocation(world);
    await play(world, grant('q', 'z'));
    await pushAll();
    expect(await client.receive()).toEqual({
      ...{ action: 'close', success: false, code: 4401 },
      comment: expect.any(String),
    });
    await client.closed;
    const again = await live.connect();
    expect(await again.ask({ token })).toMatchObject({ success: false, comment: 'Expired' });
  });

  it('is closed after a sign-out by the next push, although the event of the sign-out waits', async () => {
    const { world, live, client, token, name } = await connected();
    await play(world, grant('p', 'b'));
    await endSession(world.context, { sessionId: sessionOf(token), account: name }, { event: 'signed out' }, actor);
    const rows = (await world.rows.all('unpublished')) as unknown as PendingRow[];
    const pushed = rows.filter(({ subject }) => subject !== `account#${name}`);
    expect(pushed.length).toBeGreaterThan(0);
    for (const row of pushed) await pushRow(live.context, row);
    expect(await client.receive()).toMatchObject({ action: 'close', code: 4401 });
    await client.closed;
    expect(client.unread).toEqual([]);
  });

  it('is closed after a sign-out, and no other session of the account', async () => {
    const { world, live, pushAll, client, token, name } = await connected();
    const other = await live.open(await tokenOf(world, name), { features });
    await endSession(world.context, { sessionId: sessionOf(token), account: name }, { event: 'signed out' }, actor);
    await pushAll();
    expect(await client.receive()).toMatchObject({ action: 'close', code: 4401 });
    expect(namesOf(await received(other))).toContain(`account#${name} signed out`);
  });

  it('is closed when a refresh token of its session is used a second time', async () => {
    const { world, live, pushAll, name } = await connected();
    const session = { restricted: false, refreshable: true, address: '192.0.2.1' };
    const { token, refreshToken = '' } = await beginSession(world.context, await accountOf(world, name), session);
    const stolen = await live.open(token, { features });
    const refresh = () => refreshSession(world.context, refreshToken, { address: '192.0.2.1' });
    await refresh();
    world.clock.advance(60_000);
    expect(await refresh()).toBeUndefined();
    await pushAll();
    expect(await stolen.receive()).toMatchObject({ action: 'close', code: 4401 });
    await stolen.closed;
  });

  it('gets no operator events after the permission is gone, also of before', async () => {
    const { world, live, pushAll, eve } = await connected();
    const token = await tokenOf(world, eve);
    const client = await live.connect();
    const { epoch, offset } = await client.ask({ token, features });
    await client.close();
    await play(world, create('q'));
    await pushAll();
    await change(world.context, eve, { permissions: [] });
    await play(world, create('r'));
    await pushAll();
    const again = await live.connect();
    await again.ask({ token, features, resume: { epoch, offset } });
    const got = await received(again);
    expect(namesOf(got)).toEqual(['account#eve changed']);
    expect(got.map((message) => message.offset)).toEqual([1, 2]);
  });

  it('is closed when a permission requires a second factor that the account lacks', async () => {
    const { world, live, pushAll, eve } = await connected();
    const client = await live.open(await tokenOf(world, eve), { features });
    await requireFactor(world.context, 'operator', true, actor);
    await pushAll();
    expect(await client.receive()).toMatchObject({ action: 'close', code: 4401 });
  });

  it('gets events again after the access is enabled, with a new token', async () => {
    const { world, live, pushAll, client, name } = await connected();
    await play(world, disable('a'), enable('a'));
    await pushAll();
    await client.closed;
    const again = await live.open(await tokenOf(world, name), { features });
    await play(world, grant('p', 'c'));
    await pushAll();
    expect(namesOf(await received(again))).toContain('access#c created');
  });
});

it('a service may have channels of its own for the accounts of the gateway', async () => {
  const world = await newWorld();
  await createOperator(world, 'eve');
  const live = await startLive({
    world,
    authenticate: (context) => {
      const authenticate = authenticateAccount(context);
      return async (token) => ({ ...(await authenticate(token)), channel: 'room' });
    },
  });
  const client = await live.open(await tokenOf(world, 'eve'), { features });
  expect(await client.ask({ action: 'ping' })).toMatchObject({ success: true });
});
