import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileChecksum } from '../portal/content.ts';
import { startSimulatorProcess } from '../portal/process.ts';
import type { PortalSimulator } from '../portal/simulator.ts';
import type { ExpectedFile, SentResult } from './check.ts';
import { contentOf } from './results.ts';
import {
  type Cue,
  createScenario,
  plannedFaults,
  type Scenario,
  type ScenarioResult,
  scenarioFiles,
  scenarioResults,
} from './scenario.ts';
import type { ScenarioRun } from './scenario-run.ts';

const interval = 100;

/** A simulated portal with a scenario to play. */
export interface PreparedScenario extends AsyncDisposable {
  portal: PortalSimulator;
  apiKey: string;
  scenario: Scenario;
  files: ExpectedFile[];
  results: SentResult[];
}

/** Starts a simulated portal with the files of a scenario. Planned faults occurred before an interruption. */
export async function prepareScenario({ number, startedAt, resumed }: ScenarioRun): Promise<PreparedScenario> {
  const apiKey = randomBytes(16).toString('hex');
  const portal = await startSimulatorProcess({ apiKey });
  const dayFiles = scenarioFiles(number, resumed ? 0 : 1);
  const details = await Promise.all(dayFiles.map(({ behaviour, ...file }) => portal.addFile(file, behaviour)));
  if (!resumed) await portal.setFaults({ rules: plannedFaults });
  const files = dayFiles.map((file, index) => ({ ...file, fileChecksum: details[index]?.fileChecksum ?? '' }));
  const results = await Promise.all(
    scenarioResults(number).map(async (result) => ({ ...result, md5: await fileChecksum(contentOf(result)) })),
  );
  return {
    portal,
    apiKey,
    scenario: createScenario(number, startedAt, details),
    files,
    results,
    [Symbol.asyncDispose]: () => portal.stop(),
  };
}

export interface Acts {
  putResult: (result: ScenarioResult) => Promise<void>;
  /** Resolves when the researcher is at work. */
  researcherAtWork: Promise<unknown>;
}

/**
 * Sends the messages of a scenario and puts its results, each at its cue, and waits until all messages are marked and the portal
 * has all results.
 */
export async function playScenario(
  { portal, scenario, results: expected }: Pick<PreparedScenario, 'portal' | 'scenario' | 'results'>,
  { putResult, researcherAtWork }: Acts,
  signal: AbortSignal,
): Promise<void> {
  for (const { cue, researcherWorks, messages, results = [] } of scenario.scenes) {
    while (cue && !(await hasCome(portal, cue))) await delay(interval, undefined, { signal });
    if (researcherWorks) await researcherAtWork;
    await Promise.all([portal.sendMany(messages), ...results.map(putResult)]);
  }
  while ((await portal.pending()) > 0 || !(await haveCome(portal, expected))) {
    await delay(interval, undefined, { signal });
  }
}

async function haveCome(portal: PortalSimulator, results: readonly ScenarioResult[]): Promise<boolean> {
  const { received } = await portal.snapshot();
  return results.every((result) =>
    received.some(({ projectNo, fileName }) => projectNo === result.projectNo && fileName === result.fileName),
  );
}

async function hasCome(portal: PortalSimulator, cue: Cue): Promise<boolean> {
  const { messages, served } = await portal.snapshot();
  const isMarked = (id: string) => messages.some(({ messageId, marked }) => messageId === id && marked);
  if ('messagesMarked' in cue) return cue.messagesMarked.every(isMarked);
  return (served.get(cue.fileBegun)?.bytes ?? 0) >= cue.bytes || isMarked(cue.messageId);
}
