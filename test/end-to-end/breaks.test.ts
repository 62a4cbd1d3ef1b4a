import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { processesNaming } from '../infra/local/start/start-process.ts';
import { useGateway } from './setup.ts';

const MiB = 2 ** 20;
const breaks = Number(process.env.BREAKS ?? 12);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const size = Number(process.env.MEBIBYTES ?? 96) * MiB;
const waitOptions = { timeout: 60_000 + breaks * 5_000, interval: 10 };
/** Most bytes fetched and not stored yet: the default of the setting. */
const inFlight = 64 * MiB;

const file = { fileId: 'large', size };
const key = 'projects/1001/files/large';
const endToEnd = useGateway();

type Break = { at: number } & (
  | { kind: 'cut' }
  | { kind: 'kill'; later: number }
  | { kind: 'refusal'; status: number; times: number }
  | { kind: 'slow part'; delay: number }
);
/** In bytes of the file. What is left behind the last one makes it likely that all meet a copy under way. */
const at = fc.noBias(fc.nat(Math.floor(size * 0.6)));
const kinds: fc.Arbitrary<Break>[] = [
  fc.record({ kind: fc.constant('cut'), at }),
  fc.record({ kind: fc.constant('kill'), at, later: fc.noBias(fc.nat(8 * MiB)) }),
  // The SDK by itself sends a part three times.
  fc.record({
    kind: fc.constant('refusal'),
    at,
    status: fc.constantFrom(500, 503),
    times: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ kind: fc.constant('slow part'), at, delay: fc.nat(1_000) }),
];
const planned = kinds
  .flatMap((kind, index) =>
    fc.sample(kind, { numRuns: Math.ceil((breaks - index) / kinds.length), seed: seed + index }),
  )
  .sort((one, other) => one.at - other.at);
const plannedOf = (kind: Break['kind']) => planned.filter((one) => one.kind === kind);

/** How much of the file was stored, whenever somebody looked. */
const progress: number[] = [];

it(`brings a file through ${breaks} breaks (SEED=${seed})`, { timeout: waitOptions.timeout }, async ({ annotate }) => {
  const { portal, drain, rows, sumsOf, uploads, failures } = endToEnd();
  const dropAt = plannedOf('cut').map((cut) => cut.at);
  const details = await portal.addFile(file, { bytesPerSecond: 6 * MiB, dropAt });
  await portal.send('CreateProject', { projectNo: 1001 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: 1001, files: [details] });

  const begin = performance.now();
  await Promise.all([drain(0, waitOptions.timeout), breakIt()]);
  const seconds = (performance.now() - begin) / 1_000;

  const { bytes = 0, requests = 0 } = (await portal.snapshot()).served.get('large') ?? {};
  const kills = failures.length;
  await annotate(
    `${breaks} breaks, ${kills} of them kills, of ${size / MiB} MiB in ${seconds.toFixed(1)} s: ` +
      `${(bytes / size).toFixed(3)} times its size in ${requests} requests`,
  );
  const { read, kept } = await sumsOf(key);
  expect(read.md5).toBe(details.fileChecksum);
  expect(kept).toEqual(read);
  expect(await rows('files')).toMatchObject([{ fileId: 'large', state: 'stored', size }]);
  expect(await uploads()).toEqual([]);
  expect(await rows('incidents')).toEqual([]);
  expect(kills).toBeGreaterThan(0);
  expect(progress).toEqual(progress.toSorted((one, other) => one - other));
  const lost = (kills + plannedOf('refusal').length) * inFlight;
  expect(bytes).toBeLessThanOrEqual(1.2 * size + lost);
});

/** Breaks what is planned as soon as so much of the file is stored. The portal has been told of the cuts. */
async function breakIt(): Promise<void> {
  const { gateway } = endToEnd();
  for (const next of planned) {
    await vi.waitFor(async () => expect(await stored()).toBeGreaterThanOrEqual(next.at), waitOptions);
    if (next.kind === 'kill') await kill(next.later);
    if (next.kind === 'refusal') {
      gateway.s3Faults.inject('UploadPart', { status: next.status, code: 'InternalError' }, next.times);
    }
    if (next.kind === 'slow part') gateway.s3Faults.inject('UploadPart', { delay: next.delay });
  }
}

async function stored(): Promise<number> {
  const [row] = await endToEnd().rows('files');
  const bytes = row?.state === 'stored' ? size : row && 'resume' in row ? (row.resume?.bytes ?? 0) : 0;
  progress.push(bytes);
  return bytes;
}

/** Kills what copies the file when so many bytes more have come, unless they all came before. */
async function kill(bytes: number): Promise<void> {
  const { portal, dataDirectory, failures } = endToEnd();
  const served = async () => (await portal.snapshot()).served.get('large')?.bytes ?? 0;
  const orAllIsStored = (condition: () => Promise<boolean>) =>
    vi.waitFor(async () => expect((await condition()) || (await stored()) === size).toBe(true), waitOptions);
  const [before, failed] = [await served(), failures.length];
  await orAllIsStored(async () => (await served()) > before + bytes);
  const copying = new Set(processesNaming('TransferCopyFunction'));
  for (const pid of processesNaming(dataDirectory)) if (copying.has(pid)) process.kill(pid, 'SIGKILL');
  await orAllIsStored(async () => failures.length > failed);
}
