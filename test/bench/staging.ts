import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { region } from '../../infra/local/resources.ts';
import { startS3 } from '../../infra/local/s3/start.ts';
import { anyCredentials } from '../../infra/local/services/guard.ts';
import { PermanentError } from '../../shared/platform/errors.ts';
import { stageIn } from '../../shared/workspaces/resources/local/stage-in.ts';
import { installAwsCli, Unavailable } from '../emulator/install.ts';

export interface StagingTime {
  /** Bytes of the file. */
  size: number;
  /** Seconds of the fastest round. */
  gateway: number;
  /** Seconds of `aws s3 cp`, which copies the file as it is. */
  awsCli: number;
  /** Processes that wanted a processor meanwhile, a minute's mean. */
  load: number;
}

const rounds = 2;
const [bucket, key] = ['files', 'projects/1001/files/large'];

/**
 * Fetches a delivered file into the directory of a local job, and copies the same file from the same S3 with AWS's command line, in
 * turns.
 *
 * @param size in bytes
 * @returns undefined where the command line cannot be installed
 */
export async function measureStaging(size: number): Promise<StagingTime | undefined> {
  const aws = findAwsCli();
  if (aws === undefined) return undefined;
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bench-staging-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const server = started.use(await startS3(join(directory, 's3')));
  const s3 = new S3Client({ endpoint: server.endpoint, region, credentials: anyCredentials, forcePathStyle: true });
  started.defer(() => s3.destroy());
  await server.createBucket(bucket);
  const Body = Readable.from(blocksOf(size));
  await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body }, partSize: 2 ** 26 }).done();

  const place = join(directory, 'job');
  const stage = async () => {
    const input = { path: 'data/large', bucket: 'files' as const, key, size, readOnly: true };
    await stageIn({ s3, buckets: { workspaces: bucket, files: bucket } }, place, jobWith(input));
  };
  const target = join(directory, 'copy');
  const copy = () =>
    run(aws, ['s3', 'cp', '--quiet', `s3://${bucket}/${key}`, target], environmentFor(server.endpoint));
  const times = { gateway: Number.POSITIVE_INFINITY, awsCli: Number.POSITIVE_INFINITY };
  await mkdir(place);
  for (let round = 0; round < rounds; round++) {
    times.gateway = Math.min(times.gateway, await secondsOf(stage));
    times.awsCli = Math.min(times.awsCli, await secondsOf(copy));
    for (const path of [join(place, 'work', 'data', 'large'), target]) {
      if ((await stat(path)).size !== size) throw new PermanentError(`${path} is not whole`);
      await rm(path);
    }
  }
  return { size, ...times, load: loadavg()[0] ?? 0 };
}

function findAwsCli(): string | undefined {
  try {
    return installAwsCli();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`!!! NOT MEASURED: AWS's command line cannot be installed: ${error.message} !!!`);
    return undefined;
  }
}

async function* blocksOf(size: number): AsyncGenerator<Buffer> {
  const block = Buffer.alloc(2 ** 20, 7);
  for (let left = size; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block;
}

const jobWith = (input: Parameters<typeof stageIn>[2]['inputs'][number]) => ({
  jobId: 1,
  workspaceId: 1,
  name: 'bench',
  script: '',
  environment: {},
  cores: 1,
  memoryMb: 1_024,
  gpus: 0,
  timeLimitMinutes: 60,
  inputs: [input],
});

const environmentFor = (endpoint: string) => ({
  PATH: process.env.PATH,
  HOME: tmpdir(),
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: anyCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: anyCredentials.secretAccessKey,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
});

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

async function run(program: string, parameters: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, parameters, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [[code], errors] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  if (code !== 0) throw new PermanentError(`${program} ended with ${code}: ${errors.slice(-500)}`);
}
