import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../../shared/platform/errors.ts';
import type { LocalGateway } from '../runner.ts';
import { checkScenario } from './check.ts';
import { readFinalState } from './final-state.ts';
import { type PreparedScenario, playScenario } from './play-scenario.ts';
import { signInResearcher } from './researcher.ts';
import { putResult } from './results.ts';
import type { ScenarioResult } from './scenario.ts';
import type { ScenarioRun } from './scenario-run.ts';
import type { OpenedTables } from './tables.ts';
import { isIdle } from './until-drained.ts';

/** A scenario being played at a simulated portal. */
export type Play = PreparedScenario & { run: ScenarioRun };

/** Time limit for a scenario, in milliseconds: some of its steps wait for the next polls. */
const maxTime = ({ pollSeconds }: Pick<LocalGateway, 'pollSeconds'>) => 120_000 + 20_000 * pollSeconds;

/** Plays the scenario to its end and checks the final state. @returns the differences, as texts */
export async function runScenario(
  play: Play,
  gateway: LocalGateway,
  tables: OpenedTables,
  onStep: (step: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const { portal, scenario, files, results, run } = play;
  const limit = maxTime(gateway);
  const late = AbortSignal.timeout(limit);
  const problems: string[] = [];
  const research = beginResearch(play, gateway, tables, onStep, AbortSignal.any([signal, late]));
  try {
    const acts = {
      putResult: (result: ScenarioResult) => putResult(gateway.endpoints, result),
      researcherAtWork: research.atWork,
    };
    await playScenario(play, acts, AbortSignal.any([signal, late]));
    problems.push(...(await research.problems()));
    while (!(await isIdle(gateway, tables))) await delay(100, undefined, { signal: late });
  } catch (error) {
    if (!late.aborted) throw error;
    problems.push(`the day was not over after ${limit / 1_000} s`);
  }
  const projects = new Set(files.map(({ projectNo }) => projectNo));
  const finalState = await readFinalState(tables, gateway.endpoints, await portal.snapshot(), projects, run.startedAt);
  problems.push(
    ...checkScenario({ expectedState: scenario.expectedState, files, results, resumed: run.resumed }, finalState),
  );
  if (problems.length === 0) run.close();
  return problems;
}

interface Research {
  /** Resolves when the researcher is at work or has met a problem. */
  atWork: Promise<unknown>;
  /** Called when the revocation is marked. @returns the problems, as texts */
  problems(): Promise<string[]>;
}

/** A resumed scenario has no researcher: the portal that knew the one-time password is gone. */
function beginResearch(
  { portal, scenario: { researcher }, run }: Play,
  { endpoints }: LocalGateway,
  tables: OpenedTables,
  onStep: (step: string) => void,
  signal: AbortSignal,
): Research {
  const { accessIdentifier, revokedBy } = researcher;
  const api = endpoints.api?.url;
  if (run.resumed || api === undefined) return { atWork: Promise.resolve(), problems: async () => [] };
  const signingIn = signInResearcher({ portal, api, accessIdentifier, onStep, signal });
  const using = signingIn.then(async (signedIn) => {
    const use = await signedIn.workUntilRefused();
    const revocation = await tables.message(revokedBy);
    const lag = use.refusedAt - (revocation?.settledAt ?? 0);
    onStep(`${accessIdentifier} is shut out, ${lag} ms after the revocation and after ${use.answered} requests`);
    return use;
  });
  using.catch(() => {}); // Thrown by `problems`.
  return {
    atWork: signingIn.catch(() => {}),
    async problems() {
      try {
        const use = await using;
        const revocation = await tables.message(revokedBy);
        // The revocation is in effect before it is marked.
        if (use.lastSentAt <= (revocation?.markedAt ?? 0)) return [];
        return [`the API answered ${accessIdentifier} after the revocation was marked`];
      } catch (error) {
        if (signal.aborted) throw error;
        return [`${accessIdentifier} at the HTTP API: ${describeError(error)}`];
      }
    },
  };
}
