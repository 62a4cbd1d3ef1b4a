import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { region } from '../../infra/local/resources.ts';
import { startS3 } from '../../infra/local/s3/start.ts';
import { anyCredentials } from '../../infra/local/services/guard.ts';
import { ChunkPool, chunksOf, partSizeFor } from '../../shared/files/copy/chunks.ts';
import { fetchChunks } from '../../shared/files/copy/fetch-chunks.ts';
import { FileHash } from '../../shared/files/copy/hash.ts';
import { PortalFile } from '../../shared/files/copy/portal-file.ts';
import { Upload } from '../../shared/files/copy/upload.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';

/** Seconds of a processor that a stage takes. */
export interface Stage {
  what: string;
  /** In the copying thread. */
  copying: number;
  /** In the portal simulator and the embedded S3. */
  services: number;
}

/** Most bytes of parts on their way to S3, as in a copy of one file with the default settings. */
const maxBytesInFlight = 24 * 2 ** 20;

/**
 * Measures each stage of copying one file by itself, with the gateway's own code: the fastest of two rounds.
 *
 * @param size of the file, in bytes
 */
export async function measureStages(size: number): Promise<Stage[]> {
  setFlagsFromString('--no-incremental-marking'); // As in the copying function.
  await using open = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'dst-gateway-stages-'));
  open.defer(() => rm(directory, { recursive: true }));
  const simulator = await startSimulatorProcess({ apiKey: 'key' });
  open.defer(() => simulator.stop());
  const { endpoint, createBucket } = open.use(await startS3(directory));
  await createBucket('files');
  await simulator.addFile({ fileId: 'large', size });
  const portal = createPortal({ baseUrl: simulator.url, apiKey: async () => 'key', clock: systemClock });
  const s3 = new S3Client({ endpoint, region, credentials: anyCredentials, forcePathStyle: true });
  const stages = stagesOf({ portal, s3, size, chunks: new ChunkPool() });

  const rounds: Stage[][] = [];
  for (let round = 0; round < 2; round++) {
    const measured: Stage[] = [];
    for (const [what, stage] of Object.entries(stages)) measured.push(await measure(what, stage));
    rounds.push(measured);
  }
  const [first = [], second = []] = rounds;
  return first.map((stage, index) => {
    const other = second[index] ?? stage;
    return stage.copying + stage.services < other.copying + other.services ? stage : other;
  });
}

interface Parts {
  portal: ReturnType<typeof createPortal>;
  s3: S3Client;
  size: number;
  chunks: ChunkPool;
}

function stagesOf({ portal, s3, size, chunks }: Parts): Record<string, () => Promise<unknown>> {
  const { signal } = new AbortController();
  const block = Buffer.alloc(2 ** 16, 7);
  async function* blocks() {
    for (let bytes = 0; bytes < size; bytes += block.length) yield block;
  }
  const received = () => {
    const source = new PortalFile(portal, systemClock, { fileId: 'large', size }, undefined, () => {});
    return fetchChunks(source, 0, false, { parallel: 4, chunks, signal });
  };
  const upload = async () => {
    const target = { Bucket: 'files', Key: 'large' };
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...checksum }));
    const partSize = partSizeFor(chunks.size, size);
    const write = <Output>(request: (signal: AbortSignal) => Promise<Output>) => request(signal);
    const common = { s3, chunks, total: size, partSize, maxBytesInFlight, write, stored() {} };
    return new Upload({ ...common, target: { ...target, UploadId } }, { parts: 0, bytes: 0 });
  };
  const giveBack = async (each: AsyncIterable<Buffer>) => {
    for await (const chunk of each) chunks.giveBack(chunk);
  };
  const send = async (each: AsyncIterable<Buffer>, hash: FileHash, isHashed: boolean) => {
    const parts = await upload();
    const { state } = hash;
    for await (const chunk of each) {
      if (isHashed) hash.add(chunk);
      await parts.add(chunk, state);
    }
    await parts.end(state);
    await parts.settled();
  };
  return {
    'copies into chunks': () => giveBack(chunksOf(blocks(), chunks, size)),
    'portal, and the copies': () => giveBack(received()),
    async 'MD5 and CRC32 of the file'() {
      const hash = await FileHash.begin();
      for (let bytes = 0; bytes < size; bytes += block.length) hash.add(block);
      hash.digest();
    },
    'S3, with a CRC32 of each part, and the copies': async () =>
      send(chunksOf(blocks(), chunks, size), await FileHash.begin(), false),
    'all together': async () => send(received(), await FileHash.begin(), true),
  };
}

async function measure(what: string, stage: () => Promise<unknown>): Promise<Stage> {
  const before = processorTime();
  await stage();
  const after = processorTime();
  return { what, copying: after.copying - before.copying, services: after.services - before.services };
}

/** Seconds of a processor so far: this thread's, and those of all other threads, with S3's, and of the portal's process. */
function processorTime(): Omit<Stage, 'what'> {
  const seconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;
  const copying = seconds(process.threadCpuUsage());
  return { copying, services: seconds(process.cpuUsage()) - copying + childrenTime() };
}

/** Seconds of a processor that child processes took (proc(5): in ticks, a hundred in a second). */
function childrenTime(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const ticks = children.map((id) => {
    const [, rest = ''] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ');
    const [user, system] = rest.split(' ').slice(11, 13);
    return Number(user) + Number(system);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}
