import { describe, expect, it } from 'vitest';
import { authenticateConnection } from '../../shared/accounts/factors/requirement.ts';
import { useWorlds } from '../support/setup.ts';
import { bobPassword, createAccountsApi } from './api.ts';

const createWorld = useWorlds();
const credentials = { username: 'bob', password: bobPassword };

/** Headers of the console's own page, as a browser sends them. */
const ofPage = { 'sec-fetch-site': 'same-origin', 'x-console': '1' };

/** Signs bob in as the page does. */
async function signInPage(host = 'api.centre.example') {
  const api = await createAccountsApi(await createWorld());
  await api.create('bob');
  const answer = await api.ask('POST /authenticate', { ...credentials, cookie: true }, null, { ...ofPage, host });
  const [set = ''] = answer.cookies ?? [];
  const [cookie = ''] = set.split(';');
  const askBy = (request: string, headers: Record<string, string>, body?: object) =>
    api.ask(request, body, null, { cookie, host, ...headers });
  return { api, answer, set, cookie, askBy };
}

describe("a page's session", () => {
  it('is in a cookie that no script reads and no other site sends, and not in the answer', async () => {
    const { answer, set } = await signInPage();
    expect(answer).toMatchObject({ status: 200, body: { exp: '2026-01-05T20:00:00Z' } });
    expect(answer.body).not.toHaveProperty('token');
    expect(set).toMatch(
      /^__Host-dst-gateway-session=[\w-]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    );
    const here = await signInPage('localhost:8080');
    expect(here.set).toMatch(/^dst-gateway-session=[\w-]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['the page itself', ofPage],
    ['a link of the page', { 'sec-fetch-site': 'same-origin' }],
  ])('lets %s read', async (_what, headers) => {
    const { askBy } = await signInPage();
    expect(await askBy('GET /session', headers)).toMatchObject({ status: 200, body: { username: 'bob' } });
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['another site', { ...ofPage, 'sec-fetch-site': 'cross-site' }],
    ['another origin of the site', { ...ofPage, 'sec-fetch-site': 'same-site' }],
    ['an address that somebody types', { ...ofPage, 'sec-fetch-site': 'none' }],
    ['a program that does not say', { 'x-console': '1' }],
  ])('is not of %s', async (_what, headers) => {
    const { askBy } = await signInPage();
    expect(await askBy('GET /session', headers)).toMatchObject({ status: 400, body: { message: 'No token header' } });
  });

  it("changes something only by the page's header, which a form cannot send", async () => {
    const { askBy } = await signInPage();
    const form = { 'sec-fetch-site': 'same-origin' };
    expect(await askBy('POST /sign-out', form)).toMatchObject({ status: 400 });
    expect(await askBy('GET /session', ofPage)).toMatchObject({ status: 200 });
    expect(await askBy('POST /sign-out', ofPage)).toMatchObject({
      status: 200,
      cookies: [expect.stringMatching(/^__Host-dst-gateway-session=; .*Max-Age=0;/)],
    });
    expect(await askBy('GET /session', ofPage)).toMatchObject({ status: 401 });
  });

  it('is not given to another page or a program', async () => {
    const { api } = await signInPage();
    const wish = { ...credentials, cookie: true };
    for (const headers of [{}, { ...ofPage, 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-origin' }]) {
      const answer = await api.ask('POST /authenticate', wish, null, headers);
      expect(answer.status).toBe(400);
      expect(answer.cookies ?? []).toEqual([]);
    }
  });

  it('gives way to a token that a request has besides', async () => {
    const { api, cookie } = await signInPage();
    const answer = await api.ask('GET /session', undefined, api.root, { ...ofPage, cookie });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).not.toMatchObject({ username: 'bob' });
  });
});

describe('a token for connections', () => {
  const tokenOf = async (askBy: Awaited<ReturnType<typeof signInPage>>['askBy']) => {
    const { body } = await askBy('POST /session/live-token', ofPage);
    expect(body).toMatchObject({ exp: '2026-01-05T08:01:00Z', url: 'wss://live.centre.example' });
    return String(Reflect.get(Object(body), 'token'));
  };

  it('opens a connection of the session, for a minute', async () => {
    const { api, askBy } = await signInPage();
    const { context, clock } = api.world;
    const token = await tokenOf(askBy);
    expect(await authenticateConnection(context, token)).toMatchObject({ account: { account: 'bob' } });
    clock.advance(59_999);
    expect(await authenticateConnection(context, token)).toBeDefined();
    clock.advance(1);
    expect(await authenticateConnection(context, token)).toBeUndefined();
  });

  it('opens nothing else', async () => {
    const { api, askBy } = await signInPage();
    const token = await tokenOf(askBy);
    expect(await api.ask('GET /session', undefined, token)).toMatchObject({ status: 401 });
    expect(await api.ask('POST /refresh', { refreshToken: token }, null)).toMatchObject({ status: 401 });
    expect((await api.ask('GET /user/bob/sessions')).body).toMatchObject({ sessions: [{}] });
  });

  it('ends with the session, and is of no use in another form', async () => {
    const { api, askBy } = await signInPage();
    const token = await tokenOf(askBy);
    const other = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`;
    expect(await authenticateConnection(api.world.context, other)).toBeUndefined();
    await askBy('POST /sign-out', ofPage);
    expect(await authenticateConnection(api.world.context, token)).toBeUndefined();
  });
});
