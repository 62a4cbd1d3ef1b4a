import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { openTables } from '../../infra/local/start/tables.ts';
import { type Ask, askOf, becomeAdmin } from '../end-to-end/api-client.ts';
import { useTemporaryDirectories } from '../infra/local/local-fixture.ts';
import { Browser } from './browser.ts';
import { runCell } from './kernel.ts';

const temporaryDirectory = useTemporaryDirectories();
const dataDirectory = temporaryDirectory();
const path = join(z.string().parse(process.env.JUPYTER_DIRECTORY), 'bin');
const workspaces = {
  available_job_types: {
    jupyter_lab: { name: 'Jupyter Lab', job_type: 'jupyter_lab', environment_details: { local: { path } } },
  },
};

const cell = 'open("answer.txt", "w").write("42"); print(6 * 7)';
const notebook = {
  cells: [{ cell_type: 'code', source: [cell], metadata: {}, outputs: [], execution_count: null }],
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
};

let gateway: LocalGateway;
let ask: Ask;
let token = '';

beforeAll(async () => {
  const assembly = await synthesize(AbortSignal.timeout(240_000), { workspaces });
  gateway = await startGateway({ assembly, dataDirectory, pollSeconds: 3600 });
  const plain = askOf(z.string().parse(gateway.endpoints.api?.url), () => token);
  token = await becomeAdmin(plain, dataDirectory);
  ask = (request, body) => plain(request, body, { 'uws-authorization': `Token ${token}` });
});
afterAll(() => gateway.stop());

const created = z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) });
const started = z.object({ data: z.object({ job: z.object({ id: z.number() }) }) });
const connected = z.object({ url_domain: z.string(), url_path: z.string() });

async function startJob() {
  // The last one would break Python if it was taken for its own module.
  const files = [
    { name: 'a.ipynb', content: JSON.stringify(notebook) },
    { name: 'socket.py', content: 'raise SystemExit(9)' },
  ];
  const body = { name: 'n', description: '', workspace_details: { files } };
  const workspace = created.parse((await ask('POST /uws/workspaces/', body)).body).data.workspace.id;
  const start = { job_type: 'jupyter_lab', job_details: {}, resource_options: { memory_mb: 4_096 } };
  const job = started.parse((await ask(`PUT /uws/workspaces/${workspace}/start/`, start)).body).data.job.id;
  const view = async () => Object((await ask(`GET /uws/jobs/${job}/`)).body).data.jobs[0];
  return { workspace, job, view };
}

/** The server of the job, as the table has it. */
async function serverOf(job: number) {
  using tables = openTables(gateway.endpoints);
  const rows = await Array.fromAsync(tables.rows('workspaces'));
  const proxy = z.object({ hostname: z.string(), port: z.number(), token: z.string() });
  const found = rows.flatMap((row) => z.object({ jobId: z.literal(job), proxy }).safeParse(row).data ?? []);
  return z.tuple([z.object({ proxy })]).parse(found)[0].proxy;
}

/** Text of all logs of the gateway. */
const logs = () =>
  readdirSync(join(dataDirectory, 'logs'))
    .map((name) => join(dataDirectory, 'logs', name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

it('is opened by its owner, runs a notebook over the WebSocket of its kernel, and shows its secret to nobody', async () => {
  const { workspace, job, view } = await startJob();
  const details = async () => (await view()).job_details.current_job_details;
  await vi.waitFor(async () => expect(await details()).toHaveProperty('connection_details'), {
    timeout: 180_000,
    interval: 500,
  });
  const { url_domain, url_path } = connected.parse((await details()).connection_details);
  const base = `/passthrough/${job}/`;
  const server = await serverOf(job);
  const shown: string[] = [];

  // As the documented client opens a notebook.
  const browser = new Browser(url_domain);
  const page = await browser.open(url_path.replace('?', '/tree/a.ipynb?'));
  expect(page.status).toBe(200);
  expect(page.body).toContain('JupyterLab');
  const configuration = JSON.parse(/id="jupyter-config-data"[^>]*>([^<]*)</.exec(page.body)?.[1] ?? '{}');
  expect(configuration).toMatchObject({ baseUrl: base, token: '' });
  expect(JSON.stringify(configuration.disabledExtensions)).toContain('@jupyterlab/filebrowser-extension:download');
  const script = /src="([^"]+\.js[^"]*)"/.exec(page.body)?.[1] ?? '';
  expect(await browser.open(script)).toMatchObject({ status: 200 });

  const opened = await browser.open(`${base}api/contents/a.ipynb?content=1`);
  const source = Object(JSON.parse(opened.body)).content.cells[0].source;
  expect(source).toBe(cell);
  expect(await browser.open(`${base}files/a.ipynb`)).toMatchObject({ status: 403 });
  expect(await browser.open(`${base}api/kernels`, { method: 'POST' })).toMatchObject({ status: 403 });
  const kernel = await browser.post(`${base}api/kernels`, { name: 'python3', path: 'a.ipynb' });
  expect(kernel.status).toBe(201);
  const socket = await browser.connect(
    `${base}api/kernels/${Object(JSON.parse(kernel.body)).id}/channels?session_id=test`,
  );
  expect(await runCell(socket, source)).toEqual({ printed: '42\n', status: 'ok' });
  // Everything that code in the job may look at.
  const environments = [
    'import os, glob, re',
    'def show(f):',
    '  try: print(f, re.sub(r"[^ -~]", " ", open(f, "rb").read(9999999).decode("latin1")) if os.path.isfile(f) else "")',
    '  except OSError as e: print(e)',
    'print(dict(os.environ))',
    'for f in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"): show(f)',
    'for d, _, fs in os.walk(os.environ["TMPDIR"]):',
    '  for f in fs: show(os.path.join(d, f))',
  ];
  const { printed, status } = await runCell(socket, environments.join('\n'));
  expect(status, printed.slice(-500)).toBe('ok');
  expect(printed).toContain('class ProxyOnly');
  shown.push(page.body, opened.body, printed);

  // Without the proxy.
  const direct = `http://127.0.0.1:${server.port}${base}api/contents`;
  for (const headers of [{}, { authorization: `token ${token}` }, { authorization: 'token ' }, { cookie: 'a=b' }]) {
    expect((await fetch(direct, { headers: headers as Record<string, string> })).status).toBe(403);
  }
  expect((await fetch(`${direct}?token=`)).status).toBe(403);

  const closed = once(socket, 'close');
  await ask(`PUT /uws/jobs/${job}/stop/`);
  await closed;
  await vi.waitFor(async () => expect((await view()).status).toBe('complete'), { timeout: 60_000, interval: 500 });
  expect(await browser.open(`${base}lab`)).toMatchObject({ status: 410 });
  const { body: seen } = await ask(`GET /uws/workspaces/${workspace}/`);
  const names = Object(seen).data.workspaces[0].workspace_details.current_workspace_details.files;
  expect(names).toContainEqual({ name: '/answer.txt' });
  const { body: log } = await ask(`GET /uws/jobs/${job}/log/`);
  shown.push(JSON.stringify(log), JSON.stringify(await view()), logs());
  const visit = browser.cookies.get('dst-gateway-job') ?? '';
  const ticket = new URLSearchParams(url_path.split('?')[1]).get('ticket') ?? '';
  for (const secret of [server.token, visit, ticket, token]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
  }
});
