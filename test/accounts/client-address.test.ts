import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressLimit } from '../../shared/accounts/attempt-limit.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { networkOf } from '../../shared/accounts/network.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { clientAddress } from '../../shared/api/client-address.ts';
import { http } from '../../shared/api/http.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import { send } from '../api/requests.ts';
import { useWorlds } from '../support/setup.ts';
import { passwordSecret } from '../support/world.ts';

const createWorld = useWorlds();
const secret = 'canary-of-the-origin';
const readSecret = async () => secret;
/** That of API Gateway's event in these tests: a server of CloudFront's, or a client's own. */
const sender = '192.0.2.1';

/** An API behind CloudFront. @returns tries to sign in as somebody nobody knows, with headers */
async function createApi() {
  const world = await createWorld();
  const context = {
    ...world.context,
    settings: { hideUnknownUsers: false },
    service: { name: 'DST Gateway', domain: 'centre.example', origins: [] },
    keys: passwordKeys(async () => JSON.stringify(passwordSecret)),
    liveUrl: 'wss://live.centre.example',
  };
  const handler = http(
    { ...context, authenticate: authenticator(context), readOriginSecret: readSecret },
    accountRoutes,
  );
  let tried = 0;
  const signIn = (headers: Record<string, string>) =>
    send(handler, {
      method: 'POST',
      path: '/accounts/authenticate',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ username: `nobody-${tried++}`, password: 'wrong' }),
    });
  const counted = async () =>
    (await world.rows.all('attempts'))
      .map(({ subject }) => String(subject))
      .filter((subject) => /^address/.test(subject));
  return { world, signIn, counted };
}

describe('a sign-in', () => {
  it("counts by the viewer's address when it comes through CloudFront, and logs that address", async () => {
    const { world, signIn, counted } = await createApi();
    await signIn({ 'x-origin-verify': secret, 'true-client-ip': '198.51.100.7' });
    expect(await counted()).toEqual(['address#198.51.100.7']);
    expect(world.logs.find(({ message }) => message === 'sign-in refused')).toMatchObject({ address: '198.51.100.7' });
    expect(JSON.stringify([world.logs, await world.rows.all('attempts')])).not.toContain(secret);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['the address alone', { 'true-client-ip': '198.51.100.7' }],
    ['a guessed secret', { 'true-client-ip': '198.51.100.7', 'x-origin-verify': `${secret}?` }],
    ['an empty secret', { 'true-client-ip': '198.51.100.7', 'x-origin-verify': '' }],
    ['the secret twice', { 'true-client-ip': '198.51.100.7', 'x-origin-verify': `${secret},${secret}` }],
    ["a proxy's headers", { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' }],
    ["CloudFront's own header", { 'cloudfront-viewer-address': '198.51.100.7:443' }],
  ])('counts by its own address when a client sends %s', async (_what, headers) => {
    const { signIn, counted } = await createApi();
    await signIn(headers);
    expect(await counted()).toEqual([`address#${sender}`]);
  });

  it('of one viewer waits after many failures, that of another one at the same server of CloudFront does not', async () => {
    const { signIn } = await createApi();
    const from = (address: string) => signIn({ 'x-origin-verify': secret, 'true-client-ip': address });
    for (let index = 0; index < addressLimit.free; index++) await from('198.51.100.7');
    expect((await from('198.51.100.7')).status).toBe(429);
    expect((await from('198.51.100.8')).status).not.toBe(429);
  });

  it('waits although its client takes another address of its own IPv6 network each time', async () => {
    const { signIn } = await createApi();
    const from = (address: string) => signIn({ 'x-origin-verify': secret, 'true-client-ip': address });
    for (let index = 0; index < addressLimit.free; index++) await from(`2001:db8:0:7::${index.toString(16)}`);
    expect((await from('2001:db8:0:7:ffff::1')).status).toBe(429);
    expect((await from('2001:db8:0:8::1')).status).not.toBe(429);
  });
});

describe('the address of a client', () => {
  const headers = fc.record(
    { 'x-origin-verify': fc.string(), 'true-client-ip': fc.oneof(fc.ipV4(), fc.string()) },
    { requiredKeys: [] },
  );

  it('is that of the sender, whatever the sender says', async () => {
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        expect(await clientAddress(sender, sent, readSecret)).toBe(sender);
      }),
    );
  });

  it('is always an address', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), async (viewer) => {
        const sent = { 'x-origin-verify': secret, 'true-client-ip': viewer };
        const address = await clientAddress(sender, sent, readSecret);
        expect(address).toBe(isIP(viewer) ? viewer : sender);
      }),
    );
  });

  it('belongs to one network, however it is written', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        const text = (numbers: number[]) => numbers.map((number) => number.toString(16)).join(':');
        const padded = one.map((number) => number.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const neighbour = text([...one.slice(0, 4), ...other.slice(4)]);
        expect(networkOf(text(one))).toBe(`${text(one.slice(0, 4))}::/64`);
        expect(networkOf(padded)).toBe(networkOf(text(one)));
        expect(networkOf(neighbour)).toBe(networkOf(text(one)));
      }),
    );
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  });
});
