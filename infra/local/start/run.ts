import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPortal } from '../../../shared/portal/client.ts';
import type { PortalAccess } from '../../operate/portal-variables.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { removeEndpoints } from '../endpoints.ts';
import type { Invocation } from '../functions.ts';
import { lock } from '../lock.ts';
import { type Gateway, startGateway } from '../runner.ts';
import { copyAssembly } from './assembly.ts';
import { checkDay } from './check.ts';
import { readContext } from './context.ts';
import { type DiaryEntry, openDiary } from './diary.ts';
import { isIdle, untilDrained } from './drained.ts';
import { readLogLine } from './events.ts';
import { gatherEvidence } from './evidence.ts';
import { watch } from './health.ts';
import type { StartOptions } from './options.ts';
import { playDay, type Stage, setStage } from './play.ts';
import { printable, timeOfDay } from './render.ts';
import { putResult } from './results.ts';
import type { Screen } from './screen.ts';
import { summarize, summaryLines } from './summary.ts';
import { root, synthesize } from './synthesize.ts';
import { openTables, type Tables } from './tables.ts';
import { createView } from './view.ts';

/** How long a day may take, in milliseconds: some of what happens waits for the next polls. */
const longestDay = ({ pollSeconds }: Pick<Gateway, 'pollSeconds'>) => 120_000 + 20_000 * pollSeconds;

/** A gateway that runs, and how to look into it. */
interface Running {
  gateway: Gateway;
  tables: Tables;
  portal: PortalAccess;
  /** How many messages the latest poll saw. */
  listed: { latest: number | undefined };
}

/** A day that is played at a simulated portal. */
type Play = Stage & { diary: DiaryEntry };

/**
 * Runs the gateway until it has reached its goal or is stopped.
 *
 * @param stop ends it early, which is no failure
 * @returns what went wrong, in words; nothing when all is well
 * @throws PermanentError when a part of it ends unexpectedly
 */
export async function run(options: StartOptions, screen: Screen, stop: AbortSignal): Promise<string[]> {
  await using started = new AsyncDisposableStack();
  const directory = openDirectory(options.dataDirectory, started);
  screen.print('Synthesizing the CDK app…');
  const synthesizing = synthesize(stop, readContext(options.settings, root));
  synthesizing.catch(() => {}); // Thrown below, when what is started here is known to whoever ends it.
  const play = options.portal ? undefined : await prepareDay(directory, started);
  const assembly = await synthesizing;
  const portal: PortalAccess = options.portal ?? { url: play?.portal.url ?? '', apiKey: play?.apiKey ?? '' };

  const since = Date.now();
  const view = createView(screen);
  const listed: Running['listed'] = { latest: undefined };
  const gateway = await startGateway({
    assembly: copyAssembly(assembly, directory),
    dataDirectory: directory,
    ...(options.pollSeconds === undefined ? {} : { pollSeconds: options.pollSeconds }),
    environment: {
      PORTAL_URL: portal.url,
      ...(options.pollSeconds === undefined ? {} : { POLL_SECONDS: String(options.pollSeconds) }),
    },
    secrets: { PortalApiKeySecret: portal.apiKey },
    secretSources: portal.currentKey ? { PortalApiKeySecret: portal.currentKey } : {},
    onLog(line) {
      listed.latest = readLogLine(line)?.listed ?? listed.latest;
      view.onLog(line);
    },
  });
  started.defer(() => gateway.stop());
  const tables = started.use(openTables(gateway.endpoints));
  screen.print(`The gateway asks ${portal.url} every ${gateway.pollSeconds} s; its state is in ${directory}`);
  for (const warning of gateway.warnings) screen.print(`Warning: ${warning}.`);
  started.use(view).begin(tables);
  const tell = tellFailures(screen);
  gateway.events.on('invocation', tell);
  started.defer(() => void gateway.events.off('invocation', tell));

  stop.addEventListener('abort', () => screen.print('Stopping…'));
  const problems = await untilOver(options, { gateway, tables, portal, listed }, play, stop);
  await view.settled();
  for (const line of ['', ...summaryLines(await summarize(tables, since)), '']) screen.print(line);
  if (play && !stop.aborted && problems.length === 0) screen.print('The day went exactly as expected.');
  return problems;
}

/** Shows invocations that end in an error, such as those of a poll that the portal refuses: the log has no words for them. */
function tellFailures(screen: Screen) {
  return ({ name, outcome: { functionError: error } }: Invocation) => {
    if (!error) return;
    screen.print(printable(`${timeOfDay(Date.now())}  ${name} failed: ${error.errorType}: ${error.errorMessage}`));
  };
}

function openDirectory(given: string | undefined, started: AsyncDisposableStack): string {
  if (given !== undefined) {
    const directory = prepareDataDirectory(given);
    forgetLastRun(directory);
    return directory;
  }
  const directory = mkdtempSync(join(tmpdir(), 'dst-gateway-'));
  started.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Whoever waits for this run's endpoints must not find those of one that was killed. @throws ConfigurationError when it is in use */
function forgetLastRun(directory: string): void {
  using _ours = lock(directory);
  removeEndpoints(directory);
}

async function prepareDay(directory: string, started: AsyncDisposableStack): Promise<Play> {
  const diary = openDiary(directory, Date.now());
  return { diary, ...started.use(await setStage(diary)) };
}

async function untilOver(
  options: StartOptions,
  running: Running,
  play: Play | undefined,
  stop: AbortSignal,
): Promise<string[]> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const stopped = new Promise<string[]>((resolve) => stop.addEventListener('abort', () => resolve([])));
  try {
    return await Promise.race([
      stop.aborted ? [] : stopped,
      watch(servicesOf(running, play), signal),
      reachGoal(options, running, play, signal),
    ]);
  } catch (error) {
    if (stop.aborted) return [];
    throw error;
  } finally {
    over.abort();
  }
}

function servicesOf({ gateway: { endpoints }, portal }: Running, play: Play | undefined): Record<string, string> {
  const { dynamodb, s3, sqs } = endpoints;
  return {
    'embedded DynamoDB': dynamodb.endpoint,
    'embedded S3': s3.endpoint,
    'embedded SQS': sqs.endpoint,
    ...(play && { 'simulated portal': portal.url }),
  };
}

async function reachGoal(
  { untilDrained: ends }: StartOptions,
  { gateway, tables, portal, listed }: Running,
  play: Play | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (play) return liveThrough(play, gateway, tables, longestDay(gateway), signal);
  if (!ends) return new Promise(() => {});
  const client = createPortal({ baseUrl: portal.url, apiKey: async () => portal.currentKey?.() ?? portal.apiKey });
  await untilDrained(gateway, tables, client, listed, signal);
  return [];
}

/** Plays the day to its end and judges it. */
async function liveThrough(
  play: Play,
  gateway: Gateway,
  tables: Tables,
  limit: number,
  signal: AbortSignal,
): Promise<string[]> {
  const { portal, day, files, results, diary } = play;
  const late = AbortSignal.timeout(limit);
  const problems: string[] = [];
  try {
    await playDay(play, (result) => putResult(gateway.endpoints, result), AbortSignal.any([signal, late]));
    while (!(await isIdle(gateway, tables))) await delay(100, undefined, { signal: late });
  } catch (error) {
    if (!late.aborted) throw error;
    problems.push(`the day was not over after ${limit / 1_000} s`);
  }
  const projects = new Set(files.map(({ projectNo }) => projectNo));
  const evidence = await gatherEvidence(tables, gateway.endpoints, await portal.snapshot(), projects, diary.startedAt);
  problems.push(...checkDay({ ending: day.ending, files, results, resumed: diary.resumed }, evidence));
  if (problems.length === 0) diary.close();
  return problems;
}
