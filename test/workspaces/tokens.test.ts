import { beforeEach, describe, expect, it } from 'vitest';
import { requireFactor } from '../../shared/accounts/factors/requirement.ts';
import { hashPassword } from '../../shared/accounts/password-hash.ts';
import {
  createWorkspacesApi,
  exampleConfiguration,
  ok,
  type Person,
  refused,
  type WorkspacesApi,
} from './workspaces-fixture.ts';

let api: WorkspacesApi;
const password = 'canary kayak on the lake';
const passwordHash = hashPassword(password);

const incorrect = refused(401, 'Incorrect authentication credentials.');
const post = (body: unknown) => api.ask('POST /tokens/', body);

describe('an account of the gateway', () => {
  beforeEach(async () => {
    api = await createWorkspacesApi();
    await api.person('bob', { passwordHash: await passwordHash });
  });

  it('signs in by user name and password', async () => {
    const answer = await post({ username: 'Bob', password });
    expect(answer).toMatchObject(ok('Successful authentication.'));
    const { token } = Object(answer.body);
    expect(await api.ask('GET /workspaces/', undefined, token)).toMatchObject({ status: 200 });
  });

  it('signs in by a token that it has', async () => {
    const { token } = await api.person('anna');
    expect(await post({ auth_token: token })).toMatchObject({ status: 200, body: { token } });
  });

  it.each([
    ['', refused(400, "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')")],
    [{}, refused(400, 'Missing auth_token.')],
    [{ auth_token: 'x' }, incorrect],
    [{ auth_token: 5 }, incorrect],
    [{ username: 'bob', password: 'wrong' }, incorrect],
    [{ username: 'nobody', password }, incorrect],
    [{ username: 'bob' }, incorrect],
    [{ username: ['bob'], password }, incorrect],
  ])('is refused with %j', async (body, answer) => {
    expect(await post(body)).toMatchObject(answer);
  });

  it('with a second factor is told where to sign in', async () => {
    const totp = { secret: 'sealed', addedAt: 0 };
    await api.person('eve', { passwordHash: await passwordHash, totp } as object);
    expect(await post({ username: 'eve', password })).toMatchObject(refused(403));
  });
});

describe('a trusted client', () => {
  let client: Person;
  const info = (fields: object = {}) => ({ username: 'carl', email: 'carl@centre.example', ...fields });

  beforeEach(async () => {
    api = await createWorkspacesApi({ ...exampleConfiguration, api_user_authentication: 'api_clients' });
    client = await api.person('portal', { permissions: ['api_clients'] });
  });

  it('gets a token of an account that has user name and e-mail address, or of a new one', async () => {
    await api.person('bob');
    for (const user of [
      info(),
      info({ email: 'CARL@centre.example' }),
      info({ username: 'bob', email: 'bob@centre.example' }),
    ]) {
      const answer = await post({ client_token: client.token, user_info: user });
      expect(answer).toMatchObject(ok('Successful authentication.'));
      expect(await api.ask('GET /workspaces/', undefined, Object(answer.body).token)).toMatchObject({ status: 200 });
    }
  });

  it('gets none of another person, of a person with permissions, or without being a client', async () => {
    const bob = await api.person('bob');
    await api.person('root', { permissions: ['admin'] });
    await api.person('blocked', { blockLogin: true });
    const asClient = (user: object) => post({ client_token: client.token, user_info: user });
    expect(await asClient(info({ username: 'bob' }))).toMatchObject(incorrect);
    expect(await asClient(info({ username: 'new', email: 'bob@centre.example' }))).toMatchObject(incorrect);
    expect(await asClient(info({ username: 'root', email: 'root@centre.example' }))).toMatchObject(incorrect);
    expect(await asClient(info({ username: 'blocked', email: 'blocked@centre.example' }))).toMatchObject(incorrect);
    expect(await asClient({ username: 'x' })).toMatchObject(incorrect);
    expect(await asClient([])).toMatchObject(incorrect);
    expect(await post({ client_token: bob.token, user_info: info() })).toMatchObject(incorrect);
    expect(await post({ client_token: 'unknown', user_info: info() })).toMatchObject(incorrect);
    expect(await post({ user_info: info() })).toMatchObject(
      refused(400, 'Missing client_token. Please have admin generate a token for you.'),
    );
    expect(await post({ client_token: client.token })).toMatchObject(
      refused(400, 'Missing user_info. Please provide user_info to get user_token.'),
    );
  });

  it('gets none while it lacks a second factor that its permission requires', async () => {
    const asClient = () => post({ client_token: client.token, user_info: info() });
    await requireFactor(api.context, 'api_clients', true, { by: 'root' });
    expect(await asClient()).toMatchObject(incorrect);
    await requireFactor(api.context, 'api_clients', false, { by: 'root' });
    expect(await asClient()).toMatchObject(ok('Successful authentication.'));
  });
});
