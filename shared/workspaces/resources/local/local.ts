import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { PermanentError, TransientError } from '../../../platform/errors.ts';
import { jobServerSchema } from '../job-server.ts';
import type { JobStatus, JobToRun, Launched, Resource } from '../resource.ts';
import { limits } from './limits.ts';
import { saveLogs, saveOutputs } from './outputs.ts';
import { stageIn } from './stage-in.ts';
import { supervisor } from './supervisor.ts';

export interface LocalOptions {
  /** Directory that keeps the directories of the jobs. */
  directory: string;
  /** Jobs that run at once; the others wait. */
  slots: number;
  s3: S3Client;
  buckets: { workspaces: string; files: string };
}

/**
 * Runs jobs as processes of this machine, each in a process group and, where the system allows it, in a PID namespace of its own,
 * so that it ends with all its processes. The supervisor of a job is no child of the gateway's end: the job goes on when the
 * gateway dies, and is found again by its directory. A job runs as the user of the gateway.
 */
export function localResource({ directory, slots, s3, buckets }: LocalOptions): Resource {
  const placeOf = (handle: string) => {
    if (!/^[0-9]+$/.test(handle)) throw new PermanentError('The handle of a local job is its number');
    return join(directory, handle);
  };
  const stop = async (handle: string) => {
    const place = placeOf(handle);
    await writeFile(join(place, 'stop'), '').catch(unlessMissing);
    const pid = Number(await readIfThere(join(place, 'pid')));
    // The lock tells that the process is the supervisor, and not another one that has its number now.
    if (pid > 0 && (await isLocked(place))) signal(pid, 'SIGTERM');
  };
  return {
    async launch(job) {
      const place = placeOf(`${job.jobId}`);
      const slotDirectory = join(directory, 'slots');
      await Promise.all([join(place, 'tmp'), slotDirectory].map((path) => mkdir(path, { recursive: true })));
      if (!(await exists(join(place, 'pid')))) {
        const staged = join(place, `staged-${randomUUID()}`);
        await stageIn({ s3, buckets }, staged, job);
        await startSupervisor({ place, staged, slotDirectory, slots }, job);
      }
      return launched(place, job.jobId);
    },
    async find({ jobId }) {
      const place = placeOf(`${jobId}`);
      // The script is written just before the supervisor begins.
      return (await exists(join(place, 'script'))) ? launched(place, jobId).catch(unlessTransient) : undefined;
    },
    status: (handle) => readStatus(placeOf(handle)),
    stop,
    // The gateway itself stores what a local job has left.
    kill: stop,
    async server(handle) {
      const text = await readIfThere(join(placeOf(handle), 'server'));
      return text === undefined ? undefined : jobServerSchema.parse(JSON.parse(text));
    },
    saveLogs: (handle) => saveLogs({ s3, bucket: buckets.workspaces }, placeOf(handle)),
    saveOutputs: (handle) => saveOutputs({ s3, bucket: buckets.workspaces }, placeOf(handle)),
    // A process of a stopped job may still write while it ends: ENOTEMPTY is tried again.
    remove: (handle) => rm(placeOf(handle), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
  };
}

/** Time for a supervisor to take its lock, in ms. */
const startTime = 5_000;

interface Places {
  place: string;
  /** The inputs, which the supervisor moves into the place. */
  staged: string;
  slotDirectory: string;
  slots: number;
}

async function startSupervisor({ place, staged, slotDirectory, slots }: Places, job: JobToRun): Promise<void> {
  const work = join(place, 'work');
  // At once whole: another launch may have begun the job.
  const script = `${staged}.script`;
  await writeFile(script, job.script, { mode: 0o600 });
  await rename(script, join(place, 'script'));
  const command = await limits(job, ['bash', join(place, 'script')]);
  const seconds = `${Math.max(1, Math.round(job.timeLimitMinutes * 60))}`;
  const child = spawn(
    '/bin/sh',
    ['-c', supervisor, 'job', place, staged, slotDirectory, `${slots}`, seconds, ...command],
    {
      cwd: place,
      detached: true,
      env: {
        ...job.environment,
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: work,
        TMPDIR: join(place, 'tmp'),
        LANG: 'C.UTF-8',
        JOB_ID: `${job.jobId}`,
        SERVER_FILE: join(place, 'server'),
      },
      stdio: 'ignore',
    },
  );
  await once(child, 'spawn');
  child.unref();
}

/** A gateway that was killed may have left a script without its supervisor. */
function unlessTransient(error: unknown): undefined {
  if (!(error instanceof TransientError)) throw error;
}

/** @throws TransientError if the supervisor does not take its lock */
async function launched(place: string, jobId: number): Promise<Launched> {
  const end = Date.now() + startTime;
  for (;;) {
    const pid = Number(await readIfThere(join(place, 'pid')));
    if (pid > 0) return { resourceJobId: pid, handle: `${jobId}` };
    if (Date.now() > end) throw new TransientError('The supervisor of the job did not start');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function readStatus(place: string): Promise<JobStatus> {
  // Whether the supervisor lives is read before its files: what it leaves is then complete.
  const alive = await isLocked(place);
  const [started, ended] = await Promise.all([readIfThere(join(place, 'started')), readIfThere(join(place, 'ended'))]);
  const startedAt = started === undefined ? {} : { startedAt: Number(started) * 1_000 };
  if (ended !== undefined) {
    const [code, at, ...reason] = ended.trim().split(' ');
    return { ...startedAt, ...outcome(Number(code), reason.join(' ')), endedAt: Number(at) * 1_000 };
  }
  if (alive) return { ...startedAt, state: started === undefined ? 'pending' : 'running' };
  return { ...startedAt, state: 'failed', reason: 'the job ended without an exit code', endedAt: Date.now() };
}

function outcome(exitCode: number, reason: string): JobStatus {
  if (reason !== '') return { state: 'complete', reason, ...(exitCode >= 0 && { exitCode }) };
  if (exitCode === 0) return { state: 'complete', exitCode };
  return { state: 'failed', exitCode, reason: `exit code ${exitCode}` };
}

/** Whether the job's supervisor lives. */
async function isLocked(place: string): Promise<boolean> {
  if (!(await exists(place))) return false;
  const child = spawn('flock', ['--nonblock', '--conflict-exit-code', '75', join(place, 'lock'), 'true'], {
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  return code === 75;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const exists = async (path: string) => (await readIfThere(path, 'isThere')) !== undefined;

async function readIfThere(path: string, only?: 'isThere'): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') return undefined;
      if (error.code === 'EISDIR' && only) return '';
    }
    throw error;
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
