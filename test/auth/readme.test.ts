import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../../infra/local/services/listen.ts';
import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { useWorlds } from '../support/setup.ts';
import { type AuthApi, createAuthApi } from './auth-api.ts';

const createWorld = useWorlds();
const folder = join(import.meta.dirname, '../../shared/auth');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

/** Serves the routes of `/auth` that are asked by GET without a body. @returns the URL of `/auth` */
async function serve({ ask }: AuthApi): Promise<string> {
  const server = createServer(async (request, response) => {
    const { status, body } = await ask(`GET ${request.url?.replace('/auth', '')}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  onTestFinished(() => void server.close());
  return `${await listen(server)}/auth`;
}

type Greet = (body: { token: unknown }) => Promise<unknown>;
const exampleSchema = z.object({ greet: z.custom<Greet>((value) => typeof value === 'function') });

/** The example of the document as a module. */
async function loadExample(url: string) {
  const [, code = ''] = /```ts\n([\s\S]+?)```/.exec(readme) ?? [];
  const directory = mkdtempSync(join(tmpdir(), 'example-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'service.ts');
  const here = code
    .replace('./auth-client.ts', join(folder, 'auth-client.ts'))
    .replace('https://api.centre.example/auth', url);
  expect(here).toContain(url);
  writeFileSync(file, here);
  const { greet } = exampleSchema.parse(await import(/* @vite-ignore */ file));
  return (token: unknown) => greet({ token });
}

it('has an example that verifies tokens of the gateway in another service', async () => {
  const world = await createWorld();
  world.clock.advance(Date.now() - world.clock.now());
  const api = await createAuthApi(world);
  const greet = await loadExample(await serve(api));
  const token = await api.token();
  const client = { code: 'bob@centre.example', uid: token.id, belongs: [], isUser: true, permissions: 0 };
  expect(await greet(token)).toEqual({ success: true, ...client });
  expect(await greet({ ...token, perm: 1 })).toEqual({ success: false, comment: 'VerificationFailed' });
  expect(await greet({ ...token, time: 1 })).toEqual({ success: false, comment: 'Expired' });
  expect(await greet('text')).toEqual({ success: false, comment: 'InvalidToken' });
});

it('has all routes in its table', () => {
  const rows = [...readme.matchAll(/^\| (`[A-Z`, ]+ \/auth\S*`)/gm)].map(([, cell = '']) => cell.replaceAll('`', ''));
  const routes = rows.flatMap((row) => {
    const [path = ''] = row.match(/\/\S+$/) ?? [];
    return row.match(/[A-Z]{3,}/g)?.map((method) => `${method} ${path}`) ?? [];
  });
  expect(routes.toSorted()).toEqual(authRoutes.map(({ method, path }) => `${method} ${path}`).toSorted());
});
