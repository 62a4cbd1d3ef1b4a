import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { allTables, filesUnder, originSecret, secretsFile } from './secrets.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway({ work: false });

/** A try to sign in to a server on this machine, from another address of this machine. */
async function signIn(server: string | undefined, from: string, headers: Record<string, string> = {}): Promise<number> {
  const url = new URL('/accounts/authenticate', server);
  url.hostname = '127.0.0.1';
  const call = request(url, {
    method: 'POST',
    localAddress: from,
    headers: { 'content-type': 'application/json', ...headers },
  });
  call.end(JSON.stringify({ username: `nobody-${from}`, password: 'wrong' }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode ?? 0;
}

async function countedAddresses(): Promise<string[]> {
  const attempts = (await allTables(endToEnd().gateway.endpoints)).find(([name]) => name === 'attempts')?.[1] ?? '[]';
  const rows = z.array(z.object({ subject: z.string() })).parse(JSON.parse(attempts));
  return rows.map(({ subject }) => subject).filter((subject) => subject.startsWith('address#'));
}

it("counts tries to sign in by the viewer's address through CloudFront, by the client's own otherwise", async () => {
  const { api, console: page } = endToEnd().gateway.endpoints;
  const forged = {
    'true-client-ip': '127.0.0.66',
    'x-origin-verify': 'guessed',
    'x-forwarded-for': '127.0.0.66',
    'cloudfront-viewer-address': '127.0.0.66:1',
  };
  await signIn(page?.url, '127.0.0.2');
  await signIn(page?.url, '127.0.0.3', forged);
  await signIn(api?.url, '127.0.0.4');
  await signIn(api?.url, '127.0.0.5', forged);
  expect((await countedAddresses()).toSorted()).toEqual(
    ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'].map((address) => `address#${address}`),
  );
});

it('keeps what CloudFront vouches with in no log or table', async () => {
  const { gateway, dataDirectory } = endToEnd();
  const secret = originSecret(dataDirectory);
  await signIn(gateway.endpoints.console?.url, '127.0.0.7');
  const logged = () => filesUnder(dataDirectory).filter(([name]) => !name.endsWith(secretsFile));
  await vi.waitFor(() =>
    expect(logged().some(([, content]) => content.includes('POST /accounts/authenticate'))).toBe(true),
  );
  for (const [name, content] of [...logged(), ...(await allTables(gateway.endpoints))])
    expect(content.includes(secret), name).toBe(false);
});
