import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { close, listen } from '../../infra/local/services/listen.ts';
import { deleteAccount } from '../../shared/accounts/manage-accounts.ts';
import { authenticate, beginSession } from '../../shared/accounts/session.ts';
import { parseConfiguration } from '../../shared/workspaces/configuration.ts';
import { removeOfGoneOwners } from '../../shared/workspaces/gone-owners.ts';
import { createGlobusClient } from '../../shared/workspaces/tokens/globus-client.ts';
import { createWorkspacesApi, exampleConfiguration, ok, refused, type WorkspacesApi } from './workspaces-fixture.ts';

interface Known {
  sub: string;
  email?: string;
  name?: string;
  client_id?: string;
  groups?: string[];
}

/** Globus on loopback: the two requests that a sign-in makes. */
async function startGlobus(known: Record<string, Known>) {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url === '/v2/oauth2/token/introspect' && request.method === 'POST') {
      const expected = `Basic ${Buffer.from('gateway:a%2Fsecret').toString('base64')}`;
      if (request.headers.authorization !== expected) return answer(401, {});
      const person = known[new URLSearchParams(await text(request)).get('token') ?? ''];
      if (!person) return answer(200, { active: false });
      const { groups: _, ...claims } = person;
      return answer(200, { active: true, client_id: 'gateway', scope: 'openid', ...claims });
    }
    if (request.url === '/v2/groups/my_groups') {
      const groups = known[request.headers.authorization?.replace('Bearer ', '') ?? '']?.groups;
      return groups
        ? answer(
            200,
            groups.map((id) => ({ id })),
          )
        : answer(403, {});
    }
    return answer(404, {});
  });
  const url = await listen(server);
  onTestFinished(() => close(server));
  return url;
}

const known: Record<string, Known> = {
  alice: { sub: 'sub-alice', email: 'alice@university.example', name: 'Alice B. Curie', groups: ['heart', 'lung'] },
  other: { sub: 'sub-other', email: 'alice@elsewhere.example', groups: ['other'] },
  stolen: { sub: 'sub-alice', email: 'alice@university.example', client_id: 'another program' },
  nameless: { sub: 'sub-nameless' },
};

const from = { refreshable: false, address: '192.0.2.1' };

let api: WorkspacesApi;
const incorrect = refused(401, 'Incorrect authentication credentials.');
const post = (auth_token: unknown, as: string | null = null) => api.ask('POST /tokens/', { auth_token }, as);
const whose = async (token: string) => {
  const { body } = await api.ask('GET /users/', undefined, token);
  expect(body).toMatchObject({ success: true });
  return token;
};

async function createApi(allowedGroups: string[] = [], secret = 'a/secret') {
  const url = await startGlobus(known);
  const globus = { client_id: 'gateway', client_secret: 'arn', auth_url: url, groups_url: url };
  const client = createGlobusClient({
    ...{ authUrl: url, groupsUrl: url, clientId: 'gateway', trustedClients: [] },
    readSecret: async () => secret,
  });
  return createWorkspacesApi(
    { ...exampleConfiguration, api_user_authentication: 'globus', globus },
    { globus: { client, allowedGroups } },
  );
}

describe('a token of Globus', () => {
  beforeEach(async () => {
    api = await createApi();
  });

  it('gives a token of one account, which is made at the first time', async () => {
    const [first, second] = [await post('alice'), await post('alice')];
    for (const answer of [first, second]) expect(answer).toMatchObject(ok('Successful authentication.'));
    const [one, other] = [first, second].map(({ body }) => String(Object(body).token));
    await api.ask('POST /workspaces/', { name: 'n', description: '' }, await whose(one ?? ''));
    const { body } = await api.ask('GET /workspaces/', undefined, await whose(other ?? ''));
    expect(Object(body).data.workspaces).toHaveLength(1);
    const looking = await api.person('looking');
    const users = Object((await api.ask('GET /users/?search=Curie', undefined, await operatorToken(looking))).body);
    expect(users.data.users).toMatchObject([
      { username: 'alice', first_name: 'Alice', last_name: 'Curie', email: 'alice@university.example' },
    ]);
  });

  it.each(['before', 'after'] as const)(
    'gives the account at last when calls end the gateway %s they take effect',
    async (when) => {
      for (let call = 1, crashed = true; crashed; call++) {
        api = await createApi();
        const hasCrashed = api.outside.crashAt(call, when);
        await post('alice');
        crashed = hasCrashed();
        api.outside.heal();
        expect(await post('alice'), `call ${call}`).toMatchObject(ok('Successful authentication.'));
      }
    },
  );

  it('gives the one account to two requests at once, whether or not they come from an account', async () => {
    for (const isSignedIn of [true, false]) {
      for (let call = 1, isOver = false; !isOver; call++) {
        api = await createApi();
        const token = isSignedIn ? (await api.person('bob')).token : null;
        const others: unknown[] = [];
        const at = api.outside.beforeCall(call, async () => others.push(await post('alice', token)));
        const answers = [await post('alice', token), ...others];
        isOver = !at();
        api.outside.heal();
        for (const answer of answers) {
          expect(answer, `call ${call}`).toMatchObject(ok('Successful authentication.'));
          const found = await authenticate(api.context, Object(Object(answer).body).token);
          expect(found?.account.account).toBe(isSignedIn ? 'bob' : 'alice');
        }
      }
    }
  });

  it('is linked to the first of two accounts that want it at once', async () => {
    for (let call = 1, isOver = false; !isOver; call++) {
      api = await createApi();
      const [bob, anna] = [await api.person('bob'), await api.person('anna')];
      const others: unknown[] = [];
      const at = api.outside.beforeCall(call, async () => others.push(await post('alice', anna.token)));
      const answer = await post('alice', bob.token);
      isOver = !at();
      api.outside.heal();
      if (isOver) break;
      expect([answer, ...others], `call ${call}`).toContainEqual(expect.objectContaining({ status: 401 }));
      const [linked] = [answer, ...others].filter((each) => Object(each).status === 200);
      const owner = (token: string) => authenticate(api.context, token).then((found) => found?.account.account);
      const later = Object((await post('alice')).body).token;
      expect(await owner(later), `call ${call}`).toBe(await owner(Object(Object(linked).body).token));
    }
  });

  it('gives no account that has the name: neither of another identity nor of the gateway', async () => {
    await post('alice');
    expect(await post('other')).toMatchObject(incorrect);
    api = await createApi();
    await api.researcher('alice', '1001', { email: 'alice@university.example' });
    expect(await post('alice')).toMatchObject(incorrect);
  });

  it('is linked to the account whose token comes along, for good', async () => {
    const bob = await api.researcher('bob', '1001');
    const anna = await api.researcher('anna', '1001');
    expect(await post('other', bob.token)).toMatchObject(ok('Successful authentication.'));
    const later = await post('other');
    expect(later).toMatchObject(ok('Successful authentication.'));
    await api.ask('POST /workspaces/', { name: 'of bob', description: '' }, bob);
    const { body } = await api.ask('GET /workspaces/', undefined, Object(later.body).token);
    expect(Object(body).data.workspaces).toMatchObject([{ name: 'of bob' }]);
    expect(await post('other', anna.token)).toMatchObject(incorrect);
    const eve = await api.researcher('eve', '1001', { changePassword: true });
    const { token } = await beginSession(api.context, eve.account, { ...from, restricted: true });
    expect(await post('alice', token)).toMatchObject(refused(403, 'Password must be changed'));
  });

  it.each([
    ['unknown', incorrect],
    ['stolen', incorrect],
    ['nameless', incorrect],
    ['', incorrect],
    ['x'.repeat(5_000), incorrect],
    [5, incorrect],
    [undefined, refused(400, 'Missing auth_token.')],
  ])('is refused as %j', async (token, answer) => {
    expect(await post(token)).toMatchObject(answer);
  });

  it('is refused for accounts that are blocked, have permissions, or are gone; a new account takes their place', async () => {
    const boss = await api.person('boss', { permissions: ['operator'] });
    expect(await post('other', boss.token)).toMatchObject(incorrect);
    const { db, tables } = api.context;
    await post('alice');
    await deleteAccount(api.context, 'alice', { by: 'test' });
    await removeOfGoneOwners(api.context, Number.POSITIVE_INFINITY);
    const rows = (await db.send(new ScanCommand({ TableName: tables.workspaces }))).Items ?? [];
    expect(JSON.stringify(rows)).not.toContain('sub-alice');
    expect(await post('alice')).toMatchObject(ok('Successful authentication.'));
  });

  it('is checked against the allowed groups', async () => {
    api = await createApi(['heart']);
    expect(await post('alice')).toMatchObject(ok('Successful authentication.'));
    expect(await post('other')).toMatchObject(
      refused(403, 'User is not a member of any allowed Globus groups. Please contact your administrator for access.'),
    );
  });

  it('is answered with 503 while Globus cannot be asked', async () => {
    api = await createApi([], 'wrong');
    expect(await post('alice')).toMatchObject({ status: 503 });
  });
});

async function operatorToken({ account }: { account: object }): Promise<string> {
  return (await api.person('watcher', { ...account, account: 'watcher', permissions: ['operator'] })).token;
}

describe('the configuration of Globus', () => {
  const globus = { client_id: 'gateway', client_secret: 'arn' };
  const problem = (value: object) =>
    parseConfiguration({ api_user_authentication: 'globus', ...value }).error?.issues[0]?.message;

  it('is needed for the sign-in, with addresses by HTTPS, except on the machine itself', () => {
    expect(problem({})).toBe('is needed for the sign-in by Globus');
    expect(problem({ globus })).toBeUndefined();
    for (const auth_url of ['https://auth.example', 'http://127.0.0.1:80', 'http://localhost/']) {
      expect(problem({ globus: { ...globus, auth_url } })).toBeUndefined();
    }
    for (const auth_url of ['http://auth.example', 'http://127.0.0.1.example', 'http://localhost.example/']) {
      expect(problem({ globus: { ...globus, auth_url } })).toBe('must be HTTPS');
    }
  });
});
