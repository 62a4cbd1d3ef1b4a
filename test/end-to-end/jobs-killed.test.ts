import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { openTables } from '../../infra/local/start/tables.ts';
import { processesNaming, start } from '../infra/local/start/start-process.ts';
import { type Ask, askOf, becomeAdmin } from './api-client.ts';
import { apiKey } from './setup.ts';

const kills = Number(process.env.KILLS ?? 2);
const jobs = Number(process.env.JOBS ?? 30);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const patience = { timeout: 600_000, interval: 250 };

/** Milliseconds from the start of a run to its kill. */
const moments = fc.sample(fc.integer({ min: 500, max: 12_000 }), { numRuns: kills, seed });

const endpointsSchema = z.looseObject({ api: z.object({ url: z.string() }) });
const startedSchema = z.object({ data: z.object({ job: z.object({ id: z.number() }) }) });
const jobSchema = z.object({
  id: z.number(),
  status: z.string(),
  job_details: z.object({
    current_job_details: z.object({ exit_code: z.number().optional(), reason: z.string().optional() }),
  }),
});
const listSchema = z.object({
  data: z.object({ jobs: z.array(jobSchema), next: z.union([z.string(), z.number()]).optional() }),
});

const usageSchema = z.object({ activeJobs: z.number(), coreHours: z.number(), usedCoreHours: z.number() });

const order = ['pending', 'running', 'complete'];

it(`ends every job, although the gateway is killed meanwhile (SEED=${seed})`, {
  timeout: 2 * patience.timeout + kills * 60_000,
}, async () => {
  const portal = await startSimulatorProcess({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'jobs-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
  const latest = new Map<number, string>();
  let token = '';

  async function startAgain() {
    const gateway = start(['--data-dir', directory, '--poll-seconds', '60'], variables);
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
    const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'));
    const ask = askOf(endpointsSchema.parse(endpoints).api.url, () => token);
    token ||= await becomeAdmin(ask, directory);
    return { gateway, ask: asClient(ask, () => token), endpoints };
  }

  /** Looks at all jobs. Their states never go back. @returns how many have not ended */
  async function look(ask: Ask): Promise<number> {
    for (const { id, status, job_details } of await listJobs(ask)) {
      const before = latest.get(id) ?? 'pending';
      const { reason } = job_details.current_job_details;
      expect(order.indexOf(status), `job ${id}: ${before} → ${status} (${reason})`).toBeGreaterThanOrEqual(
        order.indexOf(before),
      );
      if (status === 'complete') expect(job_details.current_job_details.exit_code).toBe(0);
      latest.set(id, status);
    }
    expect(latest.size).toBe(jobs);
    return [...latest.values()].filter((status) => status !== 'complete').length;
  }

  let { gateway, ask, endpoints } = await startAgain();
  const files = [{ name: 'run.sh', content: 'echo "$JOB_ID" >>ran.txt; cp ran.txt "job-$JOB_ID.txt"; sleep 0.2' }];
  const created = await ask('POST /uws/workspaces/', { name: 'n', description: '', workspace_details: { files } });
  const workspace = z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) }).parse(created.body);
  for (let count = 0; count < jobs; count++) {
    const body = { job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: {} };
    const answer = await ask(`PUT /uws/workspaces/${workspace.data.workspace.id}/start/`, body);
    latest.set(startedSchema.parse(answer.body).data.job.id, 'pending');
  }
  const began = performance.now();
  for (const moment of moments) {
    await delay(moment);
    await look(ask);
    await gateway.killGroup();
    ({ gateway, ask, endpoints } = await startAgain());
  }
  await vi.waitFor(async () => expect(await look(ask)).toBe(0), patience);
  console.log(`${jobs} jobs, ${kills} kills: ${Math.round((performance.now() - began) / 1000)} s`);

  using tables = openTables(endpoints);
  const rows = await vi.waitFor(async () => {
    const found = await Array.fromAsync(tables.rows('workspaces'));
    // The execution of a job that has ended still cleans up.
    expect(found.filter(({ scope }) => scope === 'work')).toEqual([]);
    return found;
  }, patience);
  const usage = rows.filter(({ item }) => item === 'usage').map((row) => usageSchema.parse(row));
  expect(usage.length).toBeGreaterThan(0);
  for (const { activeJobs, coreHours, usedCoreHours } of usage) {
    expect(activeJobs).toBe(0);
    expect(coreHours).toBe(usedCoreHours);
  }
  expect(rows.filter(({ item }) => /^file#job-/.test(String(item)))).toHaveLength(jobs);
  expect(processesNaming(join(directory, 'jobs'))).toEqual([]);
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended, gateway.output()).toBe(0);
});

/** With the header of the documented API. */
const asClient =
  (ask: Ask, token: () => string): Ask =>
  (request, body, headers = {}) =>
    ask(request, body, { 'uws-authorization': `Token ${token()}`, ...headers });

async function listJobs(ask: Ask): Promise<z.infer<typeof jobSchema>[]> {
  const found: z.infer<typeof jobSchema>[] = [];
  let before = '';
  for (;;) {
    // On a busy machine a function may take longer than its timeout.
    const list = async () => listSchema.parse((await ask(`GET /uws/jobs/?limit=100${before}`)).body);
    const { data } = await vi.waitFor(list, patience);
    found.push(...data.jobs);
    if (data.next === undefined) return found;
    before = `&before=${data.next}`;
  }
}
