import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packJson } from '../../shared/platform/packed-json.ts';
import { password } from '../end-to-end/api-client.ts';
import { adminOf, expectPage, signIn, useConsole } from './console-fixture.ts';

/** In place of Python: finds a port that is free, and serves a page that says what came with the request. */
const python = `
import { createServer } from 'node:http';
const [first, ...options] = process.argv.slice(2);
const port = options.find((option) => option.startsWith('--ServerApp.port='))?.split('=')[1];
if (first === '-c') {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    console.log(probe.address().port);
    probe.close();
  });
} else {
  createServer(({ url, headers }, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Laboratory</title><h1>' + url + '</h1><p>' + Object.keys(headers).join(' ') + '</p>');
  }).listen(Number(port), '127.0.0.1');
}
`;
const path = mkdtempSync(join(tmpdir(), 'python-'));
afterAll(() => rmSync(path, { recursive: true }));
writeFileSync(join(path, 'python.mjs'), python);
writeFileSync(join(path, 'python3'), `#!/bin/sh\nexec '${process.execPath}' '${join(path, 'python.mjs')}' "$@"\n`);
chmodSync(join(path, 'python3'), 0o755);

const workspaces = {
  available_job_types: {
    jupyter_lab: { name: 'Jupyter Lab', job_type: 'jupyter_lab', environment_details: { local: { path } } },
  },
};
const running = useConsole({ environment: { WORKSPACES: packJson(workspaces) } });

it('is opened in a tab of its own by a ticket that is good for once, and by nobody else', async () => {
  const { open, faults } = running();
  await adminOf(running());
  const page = await open('/console/workspaces/new');
  await signIn(page, 'administrator', password);
  await expectPage(page, 'New workspace');
  await page.getByLabel('Name').fill('laboratory');
  await page.getByRole('button', { name: 'Create workspace', exact: true }).click();
  await expectPage(page, 'laboratory');
  await page.getByRole('button', { name: 'Start a job', exact: true }).first().click();
  await page.getByRole('button', { name: 'Start a job', exact: true }).last().click();
  await expectPage(page, 'Job 1');
  const connection = page.waitForResponse((response) => response.url().endsWith('/uws/jobs/1/connection'));
  const [tab] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Open', exact: true }).click(),
  ]);
  await tab.getByRole('heading', { name: '/passthrough/1/lab' }).waitFor();
  expect(await tab.title()).toBe('Laboratory');
  const address = new URL(tab.url());
  expect(address.hostname).toMatch(/^job-1\./);
  expect(address.search).toBe('');
  expect(await tab.evaluate('opener')).toBeNull();

  // The server has the proxy's secret, and no cookie of the gateway.
  const headers = (await tab.locator('p').innerText()).split(' ');
  expect(headers).toContain('authorization');
  expect(headers).not.toContain('cookie');
  const cookies = await page.context().cookies(address.href);
  expect(cookies).toMatchObject([
    { domain: address.hostname, path: '/passthrough/1/', httpOnly: true, sameSite: 'Lax' },
  ]);
  expect(await tab.evaluate('document.cookie')).toBe('');
  await tab.reload();
  await tab.getByRole('heading', { name: '/passthrough/1/lab' }).waitFor();

  // Neither the address nor the ticket opens the job to another person.
  const { data } = Object(await (await connection).json());
  const { url_domain: domain, url_path: used } = data.connection_details;
  const stranger = await open();
  for (const each of [address.href, `${domain}${used}`]) expect((await stranger.goto(each))?.status()).toBe(401);

  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Complete', { exact: true }).waitFor();
  expect((await tab.reload())?.status()).toBe(410);
  expect(faults.filter((fault) => !fault.startsWith(`request to ${address.origin}/`))).toEqual([]);
});
