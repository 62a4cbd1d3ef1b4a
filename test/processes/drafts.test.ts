import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { http } from '../../shared/api/http.ts';
import { logOf } from '../../shared/live/events/audience.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { saveProjectsAtSignIn, saveProjectsViaWebsocket } from '../../shared/processes/drafts/adopt-at-sign-in.ts';
import { sessionIn } from '../../shared/processes/drafts/session.ts';
import { sweep } from '../../shared/processes/sweep.ts';
import { bobPassword, createAccountsApi } from '../accounts/api.ts';
import { send } from '../api/requests.ts';
import { TestClock } from '../support/clock.ts';
import { useWorlds } from '../support/setup.ts';
import { hour } from '../support/world.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

const day = 24 * hour;

async function useDrafts() {
  const world = await createWorld();
  const api = createProcessesApi(world);
  const listed = async (asker: Asker) =>
    Object((await api.ask(asker, 'GET getFlatProjects')).body).projects.map(
      ({ projectID }: { projectID: string }) => projectID,
    ) as string[];
  return { world, api, listed };
}

describe('a draft', () => {
  it('is kept under a cookie that no script and no other site gets at', async () => {
    const { api } = await useDrafts();
    const { cookies = [] } = await api.ask({}, 'GET createProjectID');
    expect(cookies).toEqual([
      expect.stringMatching(
        /^__Host-dst-gateway-drafts=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
      ),
    ]);
    const [, value = ''] = /=([\w-]+)/.exec(cookies[0] ?? '') ?? [];
    expect(await api.world.rows.text()).not.toContain(value);
  });

  it('stays in the session of its cookie, which lasts as long as the newest draft', async () => {
    const { api, listed } = await useDrafts();
    const one = await api.createProcess({});
    const again = await api.ask(one.owner, 'GET createProjectID');
    expect(again.cookies?.[0]).toContain(one.owner.cookie);
    expect(await listed(one.owner)).toHaveLength(2);
    expect(await listed({})).toEqual([]);
    expect(await listed({ cookie: `__Host-dst-gateway-drafts=${'x'.repeat(43)}` })).toEqual([]);
    expect((await api.ask(await api.signUp('ann'), 'GET createProjectID')).cookies).toBeUndefined();
  });

  it('is sent by nobody who has not signed in', async () => {
    const { api } = await useDrafts();
    const clinic = await api.organize('Clinic', []);
    const draft = await api.createProcess({});
    await draft.change({ serviceType: 1, serviceDetails: { model: 'm', material: 'PLA' } });
    await draft.change({ provisionalContractor: clinic });
    expect(await draft.press('VERIFYING')).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Process-Client' }] },
    });
    for (const request of ['PATCH verifyProject', 'PATCH sendProject']) {
      expect(await api.ask(draft.owner, request, draft.ids)).toMatchObject({
        status: 401,
        body: { message: 'Not logged in' },
      });
    }
    const ann = await api.signUp('ann');
    await api.ask({ ...ann, ...draft.owner }, 'GET saveProjects');
    expect(await draft.press('VERIFYING', ann)).toMatchObject({ status: 200 });
  });

  it('is adopted at sign-in, whole and once, and the browser forgets the session', async () => {
    const { world, api, listed } = await useDrafts();
    const keys = passwordKeys(async () => JSON.stringify({ current: '1', '1': 'k'.repeat(32) }));
    const accounts = await createAccountsApi(world);
    await accounts.create('bob');
    const context = {
      ...world.context,
      keys,
      settings: { hideUnknownUsers: false },
      service: { name: 'test', domain: 'centre.example', origins: [] },
      liveUrl: 'wss://live.centre.example',
      onSignIn: saveProjectsAtSignIn(api.context),
    };
    const handler = http({ ...context, authenticate: authenticator(context) }, accountRoutes);
    const draft = await api.createProcess({});
    await draft.change({ serviceType: 1, serviceDetails: { model: 'm' }, messages: { text: 'before' } });
    const before = await draft.read();
    const signIn = (cookie: string) =>
      send(handler, {
        method: 'POST',
        path: '/accounts/authenticate',
        headers: { 'content-type': 'application/json', host: 'api.centre.example' },
        cookies: [cookie],
        body: JSON.stringify({ username: 'bob', password: bobPassword }),
      });
    const { cookie = '' } = draft.owner;
    const { status, body, cookies } = await signIn(cookie);
    expect({ status, cookies }).toEqual({ status: 200, cookies: [expect.stringContaining('=; Path=/; Max-Age=0;')] });
    const bob = { token: Object(body).token as string };
    const { client, createdWhen, ...after } = await draft.read(bob);
    expect({ ...after, project: expect.anything(), createdWhen, client: 'anonymous' }).toEqual({
      ...before,
      project: expect.anything(),
    });
    expect(client).toMatch(/^[\w-]{43}$/);
    expect(await listed({ cookie })).toEqual([]);
    expect(await api.ask({ cookie }, `GET getProject/${draft.projectID}`)).toMatchObject({ status: 404 });
    await signIn(cookie);
    const history = await world.rows.history(`process-project#${draft.projectID}`);
    expect(history.map(({ event }) => event)).toEqual(['created', 'adopted']);
    expect((await draft.history(bob)).map(({ event }) => event)).toEqual([
      ...['created', 'changed', 'changed', 'message sent', 'status changed'],
    ]);
  });

  it('is adopted by one of many who try at the same time, and no change beside it is lost', async () => {
    const { world, api } = await useDrafts();
    const [ann, eve] = [await api.signUp('ann'), await api.signUp('eve')];
    const draft = await api.createProcess({});
    const { cookie = '' } = draft.owner;
    const asking = [ann, eve, ann, eve, ann, eve].map((each) => api.ask({ ...each, cookie }, 'GET saveProjects'));
    const changing = Array.from({ length: 6 }, (_, n) => draft.change({ messages: { text: `note ${n}` } }));
    const [saved, changed] = await Promise.all([Promise.all(asking), Promise.all(changing)]);
    expect(saved.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
    const owners = [];
    for (const asker of [ann, eve]) {
      if ((await api.ask(asker, `GET getProject/${draft.projectID}`)).status === 200) owners.push(asker);
    }
    expect(owners).toHaveLength(1);
    const { messages } = (await draft.read(owners[0])).messages;
    // The first to adopt has shut the visitor out.
    expect(messages).toHaveLength(changed.filter(({ status }) => status === 200).length);
    const history = await world.rows.history(`process-project#${draft.projectID}`);
    expect(history.filter(({ event }) => event === 'adopted')).toHaveLength(1);
  });

  it('of an account and of a visitor are one list, of which adoption takes the visitor’s alone', async () => {
    const { world, api, listed } = await useDrafts();
    const ann = await api.signUp('ann');
    const own = await api.createProcess(ann);
    await own.change({ messages: { text: 'newer' } });
    world.clock.advance(1_000);
    const draft = await api.createProcess({});
    const both = { ...ann, ...draft.owner };
    expect(await listed(both)).toEqual([draft.projectID, own.projectID]);
    await api.ask(both, 'GET saveProjects');
    expect(await listed(ann)).toEqual([draft.projectID, own.projectID]);
    expect((await own.read()).messages.messages).toHaveLength(1);
  });

  it('is adopted when a connection gets its owner or ends, by the account that it was', async () => {
    const { world, api, listed } = await useDrafts();
    const ann = await api.signUp('ann');
    const row = await readAccount(api.context.db, api.context.tables.accounts, 'ann');
    if (!row) throw new Error('There is no account');
    const save = saveProjectsViaWebsocket(api.context);
    const identity = {
      ...{ id: 'ann', code: 'ann', belongs: [], isUser: true, permissions: [], validUntil: 0 },
      channel: logOf(row),
      account: { name: 'ann', generation: 'first', sessionId: 's' },
    };
    const [one, two] = [await api.createProcess({}), await api.createProcess({})];
    await save(identity, sessionIn(one.owner) ?? '');
    expect(await listed(ann)).toEqual([one.projectID]);
    world.clock.advance(1_000);
    await world.rows.delete('accounts', { account: 'ann' });
    const later = await api.signUp('ann');
    await save(identity, sessionIn(two.owner) ?? '');
    expect(await listed(later)).toEqual([]);
    expect(await listed(two.owner)).toEqual([two.projectID]);
  });

  it('keeps nobody from signing in when the table fails, and is adopted later', async () => {
    const { world, api, listed } = await useDrafts();
    const ann = await api.signUp('ann');
    const draft = await api.createProcess({});
    const account = await readAccount(api.context.db, api.context.tables.accounts, 'ann');
    if (!account) throw new Error('There is no account');
    const origin = { headers: { cookie: draft.owner.cookie }, address: '', requestId: '' };
    world.outside.failAt(1, 'before');
    expect(await saveProjectsAtSignIn(api.context)(account, origin)).toEqual([]);
    expect(await saveProjectsAtSignIn(api.context)(account, origin)).toHaveLength(1);
    expect(await listed(ann)).toEqual([draft.projectID]);
  });

  it('expires after thirty days with all that is in it, unless it was adopted', async () => {
    const { world, api, listed } = await useDrafts();
    const ann = await api.signUp('ann');
    const [gone, kept] = [await api.createProcess({}), await api.createProcess({})];
    await gone.change({ messages: { text: 'hello' } });
    await api.ask({ ...ann, ...kept.owner }, 'GET saveProjects');
    const run = () => sweep(api.context, Number.POSITIVE_INFINITY);
    world.clock.advance(30 * day - 1_000);
    await run();
    expect(await listed(gone.owner)).toEqual([gone.projectID]);
    world.clock.advance(2_000);
    expect(await listed(gone.owner)).toEqual([]);
    expect(await gone.change({ messages: { text: 'too late' } })).toMatchObject({ status: 404 });
    expect(await api.ask({ ...(await api.signIn('ann')), ...gone.owner }, 'GET saveProjects')).toMatchObject({
      status: 200,
    });
    await run();
    const left = (await world.rows.all('processes')).map(({ scope }) => String(scope));
    expect(left.filter((scope) => !scope.endsWith(kept.projectID) && !scope.startsWith('owners'))).toEqual(
      [expect.stringMatching(/^client#/), `process#${kept.processID}`].toSorted(),
    );
    expect((await world.rows.history(`process#${gone.processID}`)).map(({ event }) => event)).toEqual([
      ...['created', 'message sent', 'deleted'],
    ]);
    expect(await listed(await api.signIn('ann'))).toEqual([kept.projectID]);
  });

  it('stays with who adopts it as it expires', async () => {
    const { world, api } = await useDrafts();
    // The clock of another function may be behind.
    const clock = new TestClock();
    const { ask, createProcess, signUp, signIn } = createProcessesApi(world, undefined, clock);
    await signUp('ann');
    for (let call = 1; ; call++) {
      const draft = await createProcess({});
      clock.advance(30 * day - 1_000);
      world.clock.advance(30 * day + 1_000);
      const ann = await signIn('ann');
      const show = async () => (await ask(ann, `GET getProject/${draft.projectID}`)).status;
      let shown = 0;
      const at = world.outside.beforeCall(call, async () => {
        await ask({ ...ann, ...draft.owner }, 'GET saveProjects');
        shown = await show();
      });
      await sweep(api.context, Number.POSITIVE_INFINITY);
      world.outside.heal();
      if (!at()) break;
      expect(await show(), `call ${call}`).toBe(shown);
    }
  });
});

describe('the session of a request', () => {
  it('is that of a cookie of its form, and nothing else', () => {
    const value = 'v'.repeat(43);
    const own = `__Host-dst-gateway-drafts=${value}`;
    const session = sessionIn({ cookie: `a=b; ${own}; c=d` });
    expect(session).toMatch(/^[\w-]{43}$/);
    expect(session).not.toBe(value);
    for (const cookie of [undefined, '', `x-${own}`, `${own}x`, '__Host-dst-gateway-drafts']) {
      expect(sessionIn({ cookie })).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (cookie) => void sessionIn({ cookie })));
  });

  it('is none that another host of the centre, such as that of a job, has set', () => {
    const cookie = `dst-gateway-drafts=${'v'.repeat(43)}`;
    expect(sessionIn({ cookie, host: 'api.centre.example' })).toBeUndefined();
    // Without TLS there is no cookie of this host alone.
    expect(sessionIn({ cookie, host: 'localhost:8080' })).toBeDefined();
  });
});
