import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startJobProxy } from '../../../infra/local/job-proxy.ts';
import { readResources } from '../../../infra/local/resources.ts';
import { synthesize } from '../../../infra/local/start/synthesize.ts';
import { readAssembly } from '../../../infra/local/template.ts';
import { useTemporaryDirectories } from './local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

let assembly: string;
beforeAll(async () => {
  assembly = await synthesize(AbortSignal.timeout(240_000));
}, 240_000);

/** Starts the proxy of the gateway's own template. @param program in place of its own */
async function start(program?: string) {
  const { template, assets } = readAssembly(assembly);
  const resources = readResources(template, 'http://127.0.0.1:1');
  const dataDirectory = temporaryDirectory();
  const file = join(dataDirectory, 'program.mjs');
  if (program !== undefined) writeFileSync(file, program);
  const files = program === undefined ? assets : new Map([...assets.keys()].map((key) => [key, file]));
  const variables = { AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
  const started = new AsyncDisposableStack();
  onTestFinished(() => started.disposeAsync());
  const options = { assets: files, dataDirectory, variables, overrides: {}, onLog: undefined };
  const proxy = await startJobProxy(resources, options, started);
  const url = z.string().parse(proxy?.url).replace('localhost', '127.0.0.1');
  return { url, stop: () => started.disposeAsync() };
}

describe('the proxy to jobs on one machine', () => {
  it('runs the program of the template', async () => {
    const { url, stop } = await start();
    expect(await (await fetch(`${url}/health`)).text()).toBe('ok');
    expect((await fetch(`${url}/passthrough/1/lab`)).status).toBe(404);
    await stop();
    await expect(fetch(url)).rejects.toThrow();
  });

  it("gets the task's variables, listens on loopback alone, and is started again at the same port", async () => {
    const { url } = await start(`
      import { createServer } from 'node:http';
      import { parentPort } from 'node:worker_threads';
      const [host, port] = process.env.JOB_PROXY_ADDRESS.split(':');
      const server = createServer(({ url }, response) => {
        if (url === '/end') process.exit(1);
        response.end(JSON.stringify({ ...process.env, address: server.address().address }));
      });
      server.listen(Number(port), host, () => parentPort.postMessage({ port: server.address().port }));
    `);
    const seen: unknown = await (await fetch(url)).json();
    expect(seen).toMatchObject({
      address: '127.0.0.1',
      JOBS_URL: 'http://localhost',
      WORKSPACES_TABLE: expect.any(String),
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
    });
    await expect(fetch(`${url}/end`)).rejects.toThrow();
    await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), { timeout: 10_000 });
  });

  it('ends the start when it does not listen', async () => {
    await expect(start("throw new Error('no')")).rejects.toThrow(/job-proxy/);
  });
});
