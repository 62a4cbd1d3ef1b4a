import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signInResearcher } from '../../../../infra/local/start/researcher.ts';

const accessIdentifier = '1003-david';

describe('the researcher of a day', () => {
  it('sets an own password, works with it and notices the refusal', async () => {
    const steps: string[] = [];
    let requests = 0;
    const api = await serve(({ method, url, token }) => {
      if (url === '/accounts/authenticate') return [200, token === undefined && tokenOf()];
      if (method === 'PUT') return [200, {}];
      if (token === 'first') return [403, {}];
      requests += 1;
      return [requests <= 4 ? 200 : 401, {}];
    });
    let signIns = 0;
    const tokenOf = () => (signIns++ === 0 ? { token: 'first', changePassword: true } : { token: 'own' });

    const researcher = await signInResearcher(propsOf(api, (step) => steps.push(step)));
    const use = await researcher.workUntilRefused();

    expect(use.answered).toBe(3);
    expect(use.refusedAt).toBeGreaterThanOrEqual(use.lastSentAt);
    expect(steps).toHaveLength(2);
    expect(steps.join()).not.toContain('the one-time password of the portal');
  });

  it.each([
    ['the one-time password opens more than its change', { token: 't' }, 403],
    ['GET /accounts/user/dstdavid answers 200, not 403', { token: 't', changePassword: true }, 200],
  ])('fails if %s', async (problem, signedIn, status) => {
    const api = await serve(({ url }) => (url === '/accounts/authenticate' ? [200, signedIn] : [status, {}]));
    await expect(signInResearcher(propsOf(api))).rejects.toThrow(problem);
  });
});

function propsOf(api: string, onStep: (step: string) => void = () => {}) {
  const sent = {
    method: 'POST' as const,
    loginName: 'dstdavid',
    oneTimePassword: 'the one-time password of the portal',
    at: 0,
  };
  const snapshot = async () => ({ credentials: new Map([[accessIdentifier, [sent]]]) });
  const signal = AbortSignal.timeout(10_000);
  return { portal: { snapshot }, api, accessIdentifier, onStep, signal };
}

type Answer = (request: { method: string; url: string; token: string | undefined }) => [status: number, body: unknown];

async function serve(answer: Answer): Promise<string> {
  const server = createServer(({ method = '', url = '', headers }, response) => {
    const [status, body] = answer({ method, url, token: headers.token?.toString() });
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
