import { usage as reckoned } from '../../infra/cost/cost.ts';
import type { PortalFaults } from '../../infra/local/portal/faults.ts';
import { type Load, measureApi } from './api.ts';
import * as big from './big-poll.ts';
import { measureBundles } from './bundles.ts';
import { listedMessages, measureConsole } from './console/measure.ts';
import { measureStages } from './file-stages.ts';
import { type LiveLoad, measureLive } from './live/measure.ts';
import { measureProcesses } from './processes.ts';
import { type GatewayTime, timeGateway, timeSequential, type Work, warmUpWith } from './runs.ts';
import { measureStaging } from './staging.ts';
import { measureUsage } from './usage.ts';
import { fill, messages, projects } from './workload.ts';
import { measureWorkspaces } from './workspaces.ts';

/** A line of the table: what was measured, and what was asked for. */
interface Result {
  what: string;
  gateway: string;
  sequential?: string;
  ratio?: string;
  target: string;
  reached: boolean;
}

const MB = 1e6;
const MiB = 2 ** 20;
const maxMemory = 256 * MB;
const sections = {
  api,
  bundles,
  console: consolePages,
  drain,
  file,
  large,
  live,
  many,
  poll,
  processes,
  staging,
  usage,
  workspaces,
};
type Section = keyof typeof sections;

const results: Result[] = [];

function sectionsNamed(names: string[]): Section[] {
  const all = Object.keys(sections) as Section[];
  const unknown = names.filter((name) => !all.some((section) => section === name));
  if (unknown.length > 0) throw new RangeError(`No section ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return names.length === 0 ? all : all.filter((section) => names.includes(section));
}

/** The HTTP API on this machine beside a server on Express that reads the same tables. */
async function api(): Promise<void> {
  for (const { what, gateway, express } of await measureApi()) {
    const ratio = gateway.rate / express.rate;
    const show = ({ rate, p50, p99 }: Load) => `${rounded(rate)}/s, p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms`;
    report({
      what: `${what}, beside Express`,
      gateway: show(gateway),
      sequential: show(express),
      ratio: ratio.toFixed(2),
      target: '≥ 0.8',
      reached: ratio >= 0.8,
    });
  }
}

/** Size and load time, which delay a function's first invocation. Functions behind the HTTP API check more, and have more room. */
async function bundles(): Promise<void> {
  for (const { entry, size, coldImport } of await measureBundles()) {
    const [kilobytes, milliseconds] = entry.endsWith('/api') || entry.startsWith('api/') ? [700, 90] : [500, 70];
    report({
      what: `bundle of ${entry}`,
      gateway: `${rounded(size / 1000)} kB, ${rounded(coldImport)} ms`,
      target: `≤ ${kilobytes} kB, ≤ ${milliseconds} ms`,
      reached: size <= kilobytes * 1_000 && coldImport <= milliseconds,
    });
  }
}

/** The console's page in a browser. Its times are those of a machine that does nothing else. */
async function consolePages(): Promise<void> {
  const time = await measureConsole();
  if (!time) return;
  const { firstLoad, scroll, changes, load } = time;
  const size = firstLoad.bytes / 1_000;
  report({
    what: 'first load of the console',
    gateway: `${rounded(size)} kB`,
    target: '≤ 350 kB',
    reached: size <= 350,
  });
  const scaled = firstLoad.seconds['Fast 3G, scaled'];
  report({
    what: `console until it can be used, a quarter of a processor (load ${rounded(load)})`,
    gateway: `${scaled.toFixed(2)} s; Fast 3G as it is ${firstLoad.seconds['Fast 3G'].toFixed(2)} s`,
    target: '≤ 1.5 s',
    reached: scaled <= 1.5,
  });
  report({
    what: `console: frames of a list of ${listedMessages} messages, ${scroll.rows} rows scrolled`,
    gateway: `p99 ${rounded(scroll.p99)} ms, longest ${rounded(scroll.longest)} ms, ${scroll.long} of ${scroll.frames} over 50 ms`,
    target: '≤ 50 ms',
    reached: scroll.longest <= 50,
  });
  for (const [messages, { p50, p95 }] of Object.entries(changes)) {
    report({
      what: `console: a change in a table until its number is shown, ${messages} messages not marked`,
      gateway: `p50 ${rounded(p50)} ms, p95 ${rounded(p95)} ms`,
      target: 'p95 ≤ 300 ms',
      reached: p95 <= 300,
    });
  }
}

async function drain(): Promise<void> {
  const work: Work = (portal) => fill(portal, 1001);
  for (const [milliseconds, target] of [
    [0, 0.2],
    [40, 8],
  ] as const) {
    const what = `${messages} messages of ${projects} projects, ${milliseconds} ms latency`;
    await compare(what, latency(milliseconds), work, {
      amount: messages,
      unit: 'messages/s',
      target,
      warmUp: warmUpWith(projects),
    });
  }
}

async function file(): Promise<void> {
  const size = 512 * MiB;
  await compare('one file of 512 MiB', {}, deliver(size), { amount: size / MB, unit: 'MB/s', target: 1.3 });
  const stages = await measureStages(size);
  console.log('Seconds of a processor for it, each stage by itself:');
  console.table(
    stages.map(({ copying, services, ...stage }) => ({
      ...stage,
      copying: copying.toFixed(2),
      'portal and S3': services.toFixed(2),
    })),
  );
}

async function large(): Promise<void> {
  const size = 4096 * MiB;
  const measure = { amount: size / MB, unit: 'MB/s' };
  const limited = { downloads: { bytesPerSecond: 40 * MB } };
  const warmUp = warmUpWith(10);
  reportMemory('100 MB', await timeGateway({}, deliver(100 * MB), warmUp));
  reportMemory('4 GiB', await compare('one file of 4 GiB', {}, deliver(size), { ...measure, target: 1 }));
  await compare('4 GiB, 40 MB/s a connection', limited, deliver(size), { ...measure, target: 2 });
}

/** The WebSocket API on this machine, where every push is stored, beside a server on socket.io, which stores none. */
async function live(): Promise<void> {
  const times = await measureLive();
  for (const { what, gateway, socketIo } of times) {
    const ratio = gateway.rate / socketIo.rate;
    const show = ({ rate, p50, p99, memory }: LiveLoad) =>
      `${rounded(rate)}/s, p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms, ${rounded(memory / MiB)} MiB`;
    report({
      what: `${what}, beside socket.io`,
      gateway: show(gateway),
      sequential: show(socketIo),
      ratio: ratio.toFixed(2),
      target: '≥ 0.5',
      reached: ratio >= 0.5,
    });
  }
  console.log('Milliseconds of a processor for a push:');
  console.table(
    times.map(({ what, gateway: { perPush } }) => ({
      what,
      ...Object.fromEntries(Object.entries(perPush).map(([part, time]) => [part, time.toFixed(1)])),
    })),
  );
}

async function many(): Promise<void> {
  const count = 2_000;
  await compare('2,000 files of 10 kB, 40 ms latency', latency(40), deliverSmall(999, count), {
    amount: count,
    unit: 'files/s',
    target: 10,
    // A batch for each slot, so that what copies them is warm.
    warmUp: deliverSmall(998, 1_000),
  });
}

async function poll(): Promise<void> {
  const { first, next, memory } = await big.measureBigPoll();
  const rows = [
    [`a poll of ${big.listed} messages, ${big.fresh} of them new`, next, 60],
    [`a poll of ${big.listed - big.fresh} messages, all of them new`, first, 174],
  ] as const;
  for (const [what, { seconds, requests }, most] of rows) {
    report({
      what,
      gateway: `${rounded(seconds)} s, ${rounded(memory / MiB)} MiB, ${requests} requests`,
      target: `≤ ${most} s, ≤ ${big.memorySize / MiB} MiB`,
      reached: seconds <= most && memory <= big.memorySize,
    });
  }
}

/** Beside what the page of costs reckons with. Times are those of this machine. */
async function usage(): Promise<void> {
  const { message, file, gigabyte } = await measureUsage();
  const lines = [
    ['a message', message, reckoned.message],
    ['a file, beside its message', file, reckoned.file],
    ['a gigabyte of a file', gigabyte, reckoned.gigabyte],
  ] as const;
  for (const [what, measured, most] of lines) {
    for (const unit of ['writeUnits', 'readUnits', 'events', 's3Writes', 'invocations'] as const) {
      const bound: number | undefined = { ...most }[unit as keyof typeof most];
      if (bound === undefined) continue;
      const used = measured[unit] ?? 0;
      report({ what: `${unit} of ${what}`, gateway: rounded(used), target: `≤ ${bound}`, reached: used <= bound });
    }
  }
}

/** Times in this process, and units: for a project of 1,000 processes no more than for one of ten. */
async function processes(): Promise<void> {
  const { times, scans } = await measureProcesses();
  // Each with the read of the token. A list has one project more when the second is measured.
  const bounds: [RegExp, number, number, number][] = [
    [/^the list/, 6, 4, 0],
    [/^one process/, 5, 3, 0],
    [/^a change/, 5, 2, 8],
    [/^a page/, 12, 3, 0],
    [/missed/, 12, 4, 0],
  ];
  for (const { what, p50, p99, readUnits, writeUnits, reads, readsOf } of times) {
    const [, read, most, write] = bounds.find(([pattern]) => pattern.test(what)) ?? [/./, 0, 0, 0];
    report({
      what,
      gateway: `p50 ${rounded(p50)} ms, p99 ${rounded(p99)} ms, ${rounded(reads)} reads of ${rounded(readUnits)} units, ${rounded(writeUnits)} write units`,
      target: `p99 ≤ 50 ms, ≤ ${most} reads of ≤ ${read} units, ≤ ${write}`,
      reached: p99 <= 50 && readUnits <= read && reads <= most && writeUnits <= write,
    });
    console.log(
      `${what}: ${Object.entries(readsOf)
        .map(([name, count]) => `${rounded(count)} of ${name}`)
        .join(', ')}`,
    );
  }
  report({ what: 'scans of tables for processes', gateway: String(scans), target: '0', reached: scans === 0 });
}

/** Time in this process, and units that DynamoDB charges for. The bounds on units are what the transactions need. */
/** Files of jobs beside what copies the same file from the same S3. */
async function staging(): Promise<void> {
  const time = await measureStaging(4 * 1024 * MiB);
  if (!time) return;
  const { size, gateway, awsCli, load } = time;
  const show = (seconds: number) => `${rounded(seconds)} s, ${rounded(size / MB / seconds)} MB/s`;
  const ratio = awsCli / gateway;
  report({
    what: `a file of 4 GiB into a local job, beside aws s3 cp (load ${rounded(load)})`,
    gateway: show(gateway),
    sequential: show(awsCli),
    ratio: ratio.toFixed(2),
    target: '≥ 0.8',
    reached: ratio >= 0.8,
  });
}

async function workspaces(): Promise<void> {
  const { times, scans } = await measureWorkspaces();
  const bounds = [
    { milliseconds: 200, readUnits: 150, writeUnits: 160 },
    { milliseconds: 30, readUnits: 10, writeUnits: 22 },
    { milliseconds: 2_500, readUnits: 900, writeUnits: 0 },
  ];
  for (const [index, { what, milliseconds, readUnits, writeUnits }] of times.entries()) {
    const bound = bounds[index] ?? { milliseconds: 0, readUnits: 0, writeUnits: 0 };
    report({
      what,
      gateway: `${rounded(milliseconds)} ms, ${rounded(readUnits)} read units, ${rounded(writeUnits)} write units`,
      target: `≤ ${bound.milliseconds} ms, ≤ ${bound.readUnits}, ≤ ${bound.writeUnits}`,
      reached: milliseconds <= bound.milliseconds && readUnits <= bound.readUnits && writeUnits <= bound.writeUnits,
    });
  }
  report({ what: 'scans of tables for workspaces', gateway: String(scans), target: '0', reached: scans === 0 });
}

const latency = (milliseconds: number): Partial<PortalFaults> =>
  milliseconds > 0 ? { rules: [{ kind: 'latency', milliseconds }] } : {};

const deliver =
  (size: number): Work =>
  async (portal) =>
    sendDelivery(portal, [await portal.addFile({ fileId: 'large', size })]);

const deliverSmall =
  (projectNo: number, count: number): Work =>
  async (portal) => {
    const ids = Array.from({ length: count }, (_, index) => `${projectNo}-${index}`);
    const files = await Promise.all(ids.map((fileId) => portal.addFile({ fileId, size: 10_000 })));
    await sendDelivery(portal, files, projectNo);
  };

async function sendDelivery(portal: Parameters<Work>[0], files: object[], projectNo = 999): Promise<void> {
  await portal.send('CreateProject', { projectNo });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'delivery', projectNo, files });
}

interface Measure {
  /** How much there is to do, in the unit without its `/s`. */
  amount: number;
  unit: string;
  /** How many times the sequential client's rate is asked for. */
  target: number;
  /** Work before the measurement: the days of some projects. */
  warmUp?: Work;
}

/** The sequential client beside the gateway. */
async function compare(
  what: string,
  faults: Partial<PortalFaults>,
  work: Work,
  { amount, unit, target, warmUp = warmUpWith(10) }: Measure,
): Promise<GatewayTime> {
  const sequential = amount / (await timeSequential(faults, work));
  const time = await timeGateway(faults, work, warmUp);
  const gateway = amount / time.seconds;
  const ratio = gateway / sequential;
  report({
    what,
    gateway: `${rounded(gateway)} ${unit}`,
    sequential: `${rounded(sequential)} ${unit}`,
    ratio: ratio.toFixed(2),
    target: `≥ ${target}`,
    reached: ratio >= target,
  });
  return time;
}

function reportMemory(what: string, { memory }: GatewayTime): void {
  report({
    what: `memory of the copying process, ${what}`,
    gateway: `${rounded(memory / MB)} MB`,
    target: `< ${maxMemory / MB} MB`,
    reached: memory < maxMemory,
  });
}

function report(result: Result): void {
  results.push(result);
  const { what, gateway, sequential, ratio } = result;
  console.log(`${what}: ${gateway}${ratio ? `, sequential ${sequential}, ratio ${ratio}` : ''}`);
}

const rounded = (value: number) => value.toFixed(value < 100 ? 1 : 0);

for (const section of sectionsNamed(process.argv.slice(2))) await sections[section]();
console.table(results.map(({ reached, ...result }) => ({ ...result, reached: reached ? 'yes' : 'no' })));
