import { BatchWriteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { accountIdOf, allOrganizations } from '../../shared/accounts/membership.ts';
import { type OrganizationRow, organizationIndex } from '../../shared/accounts/organization.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import { pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import { batchPut, type Database } from '../../shared/platform/dynamodb.ts';
import { pagesOf } from '../../shared/platform/pages.ts';
import { clientAudience } from '../../shared/processes/audience.ts';
import { eventsScope } from '../../shared/processes/events/write-missed-events.ts';
import { newId } from '../../shared/processes/ids.ts';
import { timeKey } from '../../shared/processes/keys.ts';
import type { MissedEventRow } from '../../shared/processes/rows.ts';
import { received } from '../live/live-client.ts';
import { startLive } from '../live/live-fixture.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, minute } from '../support/world.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

async function setUp() {
  const api = createProcessesApi(await createWorld());
  const ann = await api.signUp('ann');
  const [con, col] = await Promise.all([api.signUp('con'), api.signUp('col')]);
  const eve = await api.signUp('eve');
  const contractor = await api.organize('Printers', ['con', 'col']);
  api.world.clock.advance(minute);
  const missed = async (who: Asker, query = '') => Object((await api.ask(who, `GET getMissedEvents${query}`)).body);
  const acknowledge = (who: Asker, cursor: string) => api.ask(who, 'POST acknowledgeMissedEvents', { cursor });
  return { ...api, ann, con, col, eve, contractor, missed, acknowledge };
}

describe('what was missed', () => {
  it('is what others did in the processes that one sees, from sending on for a contractor', async () => {
    const { ask, ann, con, col, eve, contractor, createOrder, missed } = await setUp();
    const order = await createOrder(ann, contractor);
    const { projectID, processID } = order;
    expect(await missed(con)).toMatchObject({
      eventType: 'projectEvent',
      events: [{ projectID, processes: [{ processID, processStatus: 1, messages: 0 }] }],
    });
    await order.change({ messages: { text: 'Which colour?' } }, con);
    await order.change({ messages: { text: 'And when?' } }, con);
    expect((await missed(con)).events).toHaveLength(1);
    expect((await missed(con)).events[0].processes[0].messages).toBe(0);
    expect((await missed(col)).events[0].processes[0].messages).toBe(2);
    expect((await missed(ann)).events).toMatchObject([{ projectID, processes: [{ processID, messages: 2 }] }]);
    expect((await missed(eve)).events).toEqual([]);
    expect(await ask({}, 'GET getMissedEvents')).toMatchObject({ status: 401 });
    const later = Object((await ask(ann, 'GET events/all/get')).body);
    expect(later.events.at(-1)).toMatchObject({
      eventType: 'processEvent',
      eventData: { primaryID: projectID, secondaryID: processID, reason: 'messages', content: 'And when?' },
    });
  });

  it('is read by three requests beside that of the token, however much it is', async () => {
    const { ask, ann, context, world } = await setUp();
    const account = await readAccount(context.db, world.tables.accounts, 'ann');
    if (!account) throw new Error('There is no account');
    const rows = Array.from({ length: 500 }, (_, index): MissedEventRow & Record<string, unknown> => ({
      scope: eventsScope(clientAudience(accountIdOf(account))),
      item: `${timeKey(world.clock.now() + index)}#q#${index}`,
      ...{ projectID: 'p', processID: 'q', key: 'messages', by: 'other', content: '', at: 1, removeAt: 1e10 },
    }));
    await batchPut(context.db, world.clock, world.tables.processes, rows);
    await ask(ann, 'GET getMissedEvents');
    const reads: string[] = [];
    const names = new Map(Object.entries(world.tables).map(([name, table]) => [table, name]));
    world.outside.before = ({ name, input }) => {
      const { TableName, RequestItems = {} } = Object(input);
      const tables = [TableName ?? Object.keys(RequestItems)].flat().map((table) => names.get(table));
      reads.push(`${name} ${tables.join(' and ')}`);
    };
    const { body } = await ask(ann, 'GET getMissedEvents');
    expect(Object(body).events[0].processes[0].messages).toBe(100);
    const [token, ...own] = reads;
    expect(token).toBe('BatchGetItemCommand sessions and accounts');
    expect(own.toSorted()).toEqual(['GetItemCommand processes', 'QueryCommand accounts', 'QueryCommand processes']);
  });

  it('stays so until it is acknowledged, and what comes later is missed then', async () => {
    const { ann, col, con, contractor, createOrder, missed, acknowledge, world } = await setUp();
    const order = await createOrder(ann, contractor);
    const first = await missed(col);
    expect(await missed(col)).toEqual(first);
    await order.change({ messages: { text: 'one' } }, con);
    expect(await acknowledge(col, first.cursor)).toMatchObject({ status: 200 });
    expect((await missed(col)).events).toMatchObject([{ processes: [{ messages: 1, processStatus: 0 }] }]);
    expect(await acknowledge(col, 'nonsense')).toMatchObject({ status: 400 });
    await acknowledge(col, (await missed(col)).cursor);
    expect((await missed(col)).events).toEqual([]);
    // An older page is acknowledged again, and nothing comes back.
    world.clock.advance(hour);
    await acknowledge(col, first.cursor);
    expect((await missed(col)).events).toEqual([]);
    expect((await missed(con)).events).not.toEqual([]);
  });

  it('is nothing to members who left, nor to an account of the same name', async () => {
    const { ann, col, eve, contractor, createOrder, missed, organize } = await setUp();
    await createOrder(ann, contractor);
    await organize('Printers', ['con', 'eve']);
    expect((await missed(col)).events).toEqual([]);
    expect((await missed(eve)).events).toHaveLength(1);
  });

  it('comes in pages: the first one of ten thousand takes three reads', async () => {
    const { ann, world, missed, ask } = await setUp();
    const [row] = (await world.rows.accounts()).filter(({ account }) => account === 'ann');
    const scope = eventsScope(clientAudience(accountIdOf(row as unknown as Parameters<typeof accountIdOf>[0])));
    const rows = Array.from({ length: 10_000 }, (_, index): MissedEventRow => {
      const at = world.clock.now() + index;
      const item = `${timeKey(at)}#q#${index + 1}`;
      return {
        scope,
        item,
        projectID: 'p',
        processID: 'q',
        key: 'messages',
        by: 'con',
        content: '',
        at,
        removeAt: 1e10,
      };
    });
    for (const page of pagesOf(rows, 25)) {
      const requests = page.map((Item) => ({ PutRequest: { Item } }));
      await world.context.db.send(new BatchWriteCommand({ RequestItems: { [world.tables.processes]: requests } }));
    }
    world.clock.advance(hour);
    const reads: unknown[] = [];
    world.outside.before = async ({ input }) => void reads.push(input);
    let page = await missed(ann);
    world.outside.before = async () => {};
    expect(page.events[0].processes[0].messages).toBe(100);
    expect(page.more).toBe(true);
    // Two more are for the token, as with every request.
    expect(reads).toHaveLength(2 + 3);
    let seen = 100;
    while (page.more) {
      page = await missed(ann, `?cursor=${page.cursor}`);
      seen += page.events[0]?.processes[0].messages ?? 0;
    }
    expect(seen).toBe(10_000);
    await ask(ann, 'POST acknowledgeMissedEvents', { cursor: page.cursor });
    expect((await missed(ann)).events).toEqual([]);
  }, 60_000);

  it('comes whole, by addresses that are short enough, though much of it is new', async () => {
    const { ann, world, missed } = await setUp();
    const [row] = (await world.rows.accounts()).filter(({ account }) => account === 'ann');
    const scope = eventsScope(clientAudience(accountIdOf(row as unknown as Parameters<typeof accountIdOf>[0])));
    const rows = Array.from({ length: 250 }, (_, index): MissedEventRow => {
      const at = world.clock.now() + index;
      const processID = newId();
      const item = `${timeKey(at)}#${processID}#7`;
      return { scope, item, projectID: 'p', processID, key: 'messages', by: 'con', content: '', at, removeAt: 1e10 };
    });
    for (const page of pagesOf(rows, 25)) {
      const requests = page.map((Item) => ({ PutRequest: { Item } }));
      await world.context.db.send(new BatchWriteCommand({ RequestItems: { [world.tables.processes]: requests } }));
    }
    const shown: string[] = [];
    let page = { cursor: '', more: true };
    while (page.more) {
      const next = await missed(ann, page.cursor && `?cursor=${page.cursor}`);
      const processes = next.events.flatMap((project: { processes: { processID: string }[] }) => project.processes);
      shown.push(...processes.map(({ processID }: { processID: string }) => processID));
      expect(next.cursor.length).toBeLessThan(7_000);
      page = next;
      world.clock.advance(minute);
    }
    expect(shown).toEqual(rows.map(({ processID }) => processID));
  });

  it('is pushed as it happens, in the same shape, to all but its actor', async () => {
    const { ann, con, eve, contractor, createOrder, world, organize } = await setUp();
    const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
    const pushAll = async () => {
      while (await pushUnpublished(live.context));
    };
    const features = ['resume'];
    const [client, member, stranger] = [
      await live.open(ann.token, { features }),
      await live.open(con.token, { features }),
      await live.open(eve.token, { features }),
    ];
    const order = await createOrder(ann, contractor);
    const { projectID, processID } = order;
    await order.change({ messages: { text: 'Which colour?' } }, con);
    await pushAll();
    const events = async (connection: typeof client) =>
      (await received(connection)).flatMap((message) => (message.action === 'projectEvent' ? [message.events] : []));
    const change = (field: object) => [
      { projectID, processes: [{ processID, messages: 0, processStatus: 0, ...field }] },
    ];
    expect(await events(client)).toContainEqual(change({ messages: 1 }));
    expect(await events(member)).toEqual([change({ processStatus: 1 })]);
    expect(await events(stranger)).toEqual([]);
    await organize('Printers', ['eve']);
    await pushAll();
    await order.change({ messages: { text: 'Blue' } });
    await pushAll();
    expect(await events(stranger)).toEqual([change({ messages: 1 })]);
    expect(await events(member)).toEqual([]);
  }, 60_000);

  it('is pushed to the members of now, although the index of organizations lags behind', async () => {
    const { ann, con, eve, contractor, createOrder, world, organize } = await setUp();
    const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
    const [member, stranger] = [await live.open(con.token), await live.open(eve.token)];
    const order = await createOrder(ann, contractor);
    while (await pushUnpublished(live.context));
    const db = laggingIndex(live.context.db, await allOrganizations(live.context));
    await organize('Printers', ['eve']);
    while (await pushUnpublished({ ...live.context, db }));
    await received(member);
    await order.change({ messages: { text: 'Blue' } });
    while (await pushUnpublished({ ...live.context, db }));
    expect(await received(stranger)).toMatchObject([{ action: 'projectEvent' }]);
    expect(await received(member)).toEqual([]);
  }, 60_000);

  it('is missed, listed and read by the members of now, although the index of organizations lags behind', async () => {
    const { ask, ann, con, contractor, createOrder, missed, world, organize } = await setUp();
    const [order, gone] = [await createOrder(ann, contractor), await createOrder(ann, contractor)];
    await order.change({ messages: { text: 'Blue' } });
    await gone.press('REJECTED_BY_CONTRACTOR', con);
    await ask(ann, `DELETE deleteProcesses/${gone.projectID}?processIDs=${gone.processID}`);
    const db = laggingIndex(world.context.db, await allOrganizations(world.context));
    const lagging = createProcessesApi({ ...world, context: { ...world.context, db } });
    const see = async () => ({
      missed: JSON.stringify((await lagging.ask(con, 'GET events/all/get')).body).includes('Blue'),
      listed: Object((await lagging.ask(con, 'GET getFlatProjects')).body).projects.length,
      project: (await lagging.ask(con, `GET getProject/${order.projectID}`)).status,
      history: (await lagging.ask(con, `GET getProcessHistory/${gone.processID}`)).status,
    });
    expect(await see()).toEqual({ missed: true, listed: 1, project: 200, history: 200 });
    await organize('Printers', ['eve']);
    expect(await see()).toEqual({ missed: false, listed: 0, project: 404, history: 404 });
    expect(await missed(con)).toMatchObject({ events: [] });
  });

  it('has a sign-in look for organizations once', async () => {
    const { ann, world } = await setUp();
    const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
    let looks = 0;
    live.outside.before = ({ input }) => {
      if (JSON.stringify(input).includes(`"${organizationIndex.indexName}"`)) looks += 1;
    };
    await received(await live.open(ann.token, { features: ['resume'] }));
    expect(looks).toBe(1);
  });
});

/** A database whose index of organizations still has the rows of before. */
function laggingIndex(db: Database, before: readonly OrganizationRow[]): Database {
  const send = async (command: object) =>
    command instanceof QueryCommand && command.input.IndexName === organizationIndex.indexName
      ? { Items: before }
      : db.send(command as Parameters<Database['send']>[0]);
  return { send: send as Database['send'] };
}
