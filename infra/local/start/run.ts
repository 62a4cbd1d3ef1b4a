import { systemClock } from '../../../shared/platform/time.ts';
import { createPortal } from '../../../shared/portal/client.ts';
import { commandLine, defaultStack, shellWord } from '../../cli/command-line.ts';
import { findResources, type Target } from '../../cli/target/find-stack.ts';
import { openGateway as openOperations } from '../../cli/target/gateway.ts';
import type { PortalAccess } from '../../cli/target/portal-variables.ts';
import { printable, stepLine, timeOfDay } from '../../terminal/render.ts';
import type { Screen } from '../../terminal/screen.ts';
import { firstAdminFile } from '../first-admin.ts';
import type { Invocation } from '../lambda/functions.ts';
import type { MachineError } from '../machine-errors.ts';
import { type Gateway, startGateway } from '../runner.ts';
import { checkedLines, lookLines, plannedLines } from './announce.ts';
import { copyAssembly } from './assembly.ts';
import { readContext } from './context.ts';
import { openDiary } from './diary.ts';
import { openDirectory } from './directory.ts';
import { longestWait, untilDrained } from './drained.ts';
import { readLogLine } from './events.ts';
import { watch } from './health.ts';
import { liveThrough, type Play } from './live.ts';
import { createNotices } from './notices.ts';
import type { StartOptions } from './options.ts';
import { setStage } from './play.ts';
import { summarize, summaryLines } from './summary.ts';
import { root, synthesize } from './synthesize.ts';
import { openTables, type Tables } from './tables.ts';
import { createView } from './view.ts';

/** How a run ended. */
export interface Ending {
  /** What went wrong, in words; nothing when all is well. */
  problems: string[];
  /** Whether what is left to do needs a person. */
  needsPerson?: boolean;
}

/** A gateway that runs, and how to look into it. */
interface Running {
  gateway: Gateway;
  where: Target;
  tables: Tables;
  portal: PortalAccess;
  /** How many messages the latest poll saw. */
  listed: { latest: number | undefined };
}

/**
 * Runs the gateway until it has reached its goal or is stopped.
 *
 * @param stop ends it early, which is no failure
 * @throws PermanentError when a part of it ends unexpectedly
 */
export async function run(options: StartOptions, screen: Screen, stop: AbortSignal): Promise<Ending> {
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
  if (gateway.endpoints.api)
    screen.print(`The HTTP API is at ${gateway.endpoints.api.url}, described in /openapi.json there`);
  screen.print(`Name and first password of the first admin are in ${firstAdminFile(directory)}`);
  for (const warning of gateway.warnings) screen.print(`Warning: ${warning}.`);
  const where = { dataDirectory: directory, stack: defaultStack };
  started.use(view).begin(tables, createNotices({ gateway: openOperations(await findResources(where)), where }));
  if (play) for (const line of plannedLines(play, play.diary)) screen.print(line);
  const tell = tellFailures(screen);
  gateway.events.on('invocation', tell).on('machineError', tellMachineErrors(screen));
  started.defer(() => void gateway.events.off('invocation', tell));

  stop.addEventListener('abort', () => screen.print('Stopping…'));
  const running = { gateway, where, tables, portal, listed };
  const ending = await untilOver(running, play, stop, (signal) => reachGoal(options, running, play, screen, signal));
  await view.settled();
  for (const line of ['', ...summaryLines(await summarize(tables, since)), '']) screen.print(line);
  if (play && !stop.aborted) {
    if (ending.problems.length === 0) for (const line of checkedLines(play)) screen.print(line);
    await afterwards(options, running, play, screen, stop);
  }
  return ending;
}

/** Tells what can be looked at now that the day is over, and goes on for that if asked to. */
async function afterwards(
  { stay, dataDirectory }: StartOptions,
  running: Running,
  play: Play,
  screen: Screen,
  stop: AbortSignal,
): Promise<void> {
  if (!stay) {
    const options = ['--stay', ...(dataDirectory === undefined ? [] : ['--data-dir', shellWord(dataDirectory)])];
    screen.print(`To try the operators' commands on such a day: npm start -- ${options.join(' ')}`);
    return;
  }
  const [projectNo = ''] = play.day.ending.projects;
  screen.print("The gateway goes on until Ctrl-C. In another terminal, the operators' commands:");
  for (const line of lookLines(running.where, projectNo)) screen.print(`  ${line}`);
  await untilOver(running, play, stop, () => new Promise(() => {}));
}

/** Shows what an embedded service met that only this machine can be blamed for, each error once a minute. */
function tellMachineErrors(screen: Screen) {
  const told = new Map<string, number>();
  return ({ at, service, error }: MachineError) => {
    if (at - (told.get(`${service} ${error}`) ?? 0) < 60_000) return;
    told.set(`${service} ${error}`, at);
    screen.print(printable(`${timeOfDay(at)}  ${'this machine'.padEnd(20)}  ${service}: ${error}`));
  };
}

/** Shows invocations that end in an error, such as those of a poll that the portal refuses: the log has no words for them. */
function tellFailures(screen: Screen) {
  return ({ name, outcome: { functionError: error } }: Invocation) => {
    if (!error) return;
    screen.print(printable(`${timeOfDay(Date.now())}  ${name} failed: ${error.errorType}: ${error.errorMessage}`));
  };
}

async function prepareDay(directory: string, started: AsyncDisposableStack): Promise<Play> {
  const diary = openDiary(directory, Date.now());
  return { diary, ...started.use(await setStage(diary)) };
}

async function untilOver(
  running: Running,
  play: Play | undefined,
  stop: AbortSignal,
  goal: (signal: AbortSignal) => Promise<Ending>,
): Promise<Ending> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const none: Ending = { problems: [] };
  const stopped = new Promise<Ending>((resolve) => stop.addEventListener('abort', () => resolve(none)));
  try {
    return await Promise.race([stop.aborted ? none : stopped, watch(servicesOf(running, play), signal), goal(signal)]);
  } catch (error) {
    if (stop.aborted) return none;
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
  { gateway, where, tables, portal, listed }: Running,
  play: Play | undefined,
  screen: Screen,
  signal: AbortSignal,
): Promise<Ending> {
  if (play) {
    const onStep = (step: string) => screen.print(stepLine(Date.now(), step));
    return { problems: await liveThrough(play, gateway, tables, onStep, signal) };
  }
  if (!ends) return new Promise(() => {});
  const client = createPortal({
    baseUrl: portal.url,
    apiKey: async () => portal.currentKey?.() ?? portal.apiKey,
    clock: systemClock,
  });
  const onHeld = () => {
    screen.print(`Nothing is left but what needs a person: ${commandLine(where, ['incidents'])}`);
    screen.print(`This ends in ${longestWait / 1_000} s, with exit code 3, unless something is decided until then.`);
  };
  const end = await untilDrained({ gateway, tables, portal: client, listed, signal, onHeld });
  return { problems: [], needsPerson: end === 'held' };
}
