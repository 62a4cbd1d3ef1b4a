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
import { type LocalGateway, startGateway } from '../runner.ts';
import { checkedLines, lookLines, plannedLines } from './announce.ts';
import { copyAssembly } from './assembly.ts';
import { readContext } from './context.ts';
import { openDirectory } from './directory.ts';
import { readLogLine } from './events.ts';
import { watch } from './health.ts';
import { createNotices } from './notices.ts';
import type { StartOptions } from './options.ts';
import { prepareScenario } from './play-scenario.ts';
import { type Play, runScenario } from './run-scenario.ts';
import { openScenarioRun } from './scenario-run.ts';
import { summarize, summaryLines } from './summary.ts';
import { root, synthesize } from './synthesize.ts';
import { type OpenedTables, openTables } from './tables.ts';
import { longestWait, untilDrained } from './until-drained.ts';
import { createView } from './view.ts';

/** How a run ended. */
export interface RunEnding {
  /** Texts; none if all is well. */
  problems: string[];
  /** Whether the work that is left needs a person. */
  needsPerson?: boolean;
}

/** A running gateway and its tables. */
interface Running {
  gateway: LocalGateway;
  where: Target;
  tables: OpenedTables;
  portal: PortalAccess;
  /** Number of messages in the list of the latest poll. */
  listed: { latest: number | undefined };
}

/**
 * Runs the gateway until it has reached its goal or is stopped.
 *
 * @param stop ends it early, which is no failure
 * @throws PermanentError when a part of it ends unexpectedly
 */
export async function run(options: StartOptions, screen: Screen, stop: AbortSignal): Promise<RunEnding> {
  await using started = new AsyncDisposableStack();
  const directory = openDirectory(options.dataDirectory, started);
  screen.print('Synthesizing the CDK app…');
  const synthesizing = synthesize(stop, readContext(options.settings, root));
  synthesizing.catch(() => {}); // Thrown below, when what is started here is known to whoever ends it.
  const play = options.portal ? undefined : await prepareRun(directory, started);
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
  if (gateway.endpoints.console) screen.print(`The console is at ${gateway.endpoints.console.url}`);
  screen.print(`Name and first password of the first admin are in ${firstAdminFile(directory)}`);
  for (const warning of gateway.warnings) screen.print(`Warning: ${warning}.`);
  const where = { dataDirectory: directory, stack: defaultStack };
  started.use(view).begin(tables, createNotices({ gateway: openOperations(await findResources(where)), where }));
  if (play) for (const line of plannedLines(play, play.run)) screen.print(line);
  const report = reportFailures(screen);
  gateway.events.on('invocation', report).on('machineError', reportMachineErrors(screen));
  started.defer(() => void gateway.events.off('invocation', report));

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

/** Prints the commands to inspect the gateway after the scenario, and keeps it running if requested. */
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
  const [projectNo = ''] = play.scenario.expectedState.projects;
  screen.print("The gateway goes on until Ctrl-C. In another terminal, the operators' commands:");
  for (const line of lookLines(running.where, projectNo)) screen.print(`  ${line}`);
  await untilOver(running, play, stop, () => new Promise(() => {}));
}

/** Prints errors of embedded services that are caused by this machine, each once a minute. */
function reportMachineErrors(screen: Screen) {
  const reported = new Map<string, number>();
  return ({ at, service, error }: MachineError) => {
    if (at - (reported.get(`${service} ${error}`) ?? 0) < 60_000) return;
    reported.set(`${service} ${error}`, at);
    screen.print(printable(`${timeOfDay(at)}  ${'this machine'.padEnd(20)}  ${service}: ${error}`));
  };
}

/** Prints invocations that end in an error, such as polls that the portal refuses: they are not in the log. */
function reportFailures(screen: Screen) {
  return ({ name, outcome: { functionError: error } }: Invocation) => {
    if (!error) return;
    screen.print(printable(`${timeOfDay(Date.now())}  ${name} failed: ${error.errorType}: ${error.errorMessage}`));
  };
}

async function prepareRun(directory: string, started: AsyncDisposableStack): Promise<Play> {
  const scenarioRun = openScenarioRun(directory, Date.now());
  return { run: scenarioRun, ...started.use(await prepareScenario(scenarioRun)) };
}

async function untilOver(
  running: Running,
  play: Play | undefined,
  stop: AbortSignal,
  goal: (signal: AbortSignal) => Promise<RunEnding>,
): Promise<RunEnding> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const none: RunEnding = { problems: [] };
  const stopped = new Promise<RunEnding>((resolve) => stop.addEventListener('abort', () => resolve(none)));
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
): Promise<RunEnding> {
  if (play) {
    const onStep = (step: string) => screen.print(stepLine(Date.now(), step));
    return { problems: await runScenario(play, gateway, tables, onStep, signal) };
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
