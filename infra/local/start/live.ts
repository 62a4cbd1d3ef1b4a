import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../../shared/platform/errors.ts';
import type { Gateway } from '../runner.ts';
import { checkDay } from './check.ts';
import type { DayResult } from './day.ts';
import type { DiaryEntry } from './diary.ts';
import { isIdle } from './drained.ts';
import { gatherEvidence } from './evidence.ts';
import { playDay, type Stage } from './play.ts';
import { signInResearcher } from './researcher.ts';
import { putResult } from './results.ts';
import type { Tables } from './tables.ts';

/** A day that is played at a simulated portal. */
export type Play = Stage & { diary: DiaryEntry };

/** How long a day may take, in milliseconds: some of what happens waits for the next polls. */
const longestDay = ({ pollSeconds }: Pick<Gateway, 'pollSeconds'>) => 120_000 + 20_000 * pollSeconds;

/** Plays the day to its end and judges it. @returns what is not as it should be, in words */
export async function liveThrough(
  play: Play,
  gateway: Gateway,
  tables: Tables,
  onStep: (step: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const { portal, day, files, results, diary } = play;
  const limit = longestDay(gateway);
  const late = AbortSignal.timeout(limit);
  const problems: string[] = [];
  const research = beginResearch(play, gateway, tables, onStep, AbortSignal.any([signal, late]));
  try {
    const acts = {
      putResult: (result: DayResult) => putResult(gateway.endpoints, result),
      researcherAtWork: research.atWork,
    };
    await playDay(play, acts, AbortSignal.any([signal, late]));
    problems.push(...(await research.problems()));
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

interface Research {
  /** Resolves when the researcher is at work or has met a problem. */
  atWork: Promise<unknown>;
  /** @returns what was not as it should be, in words; called when the revocation is marked */
  problems(): Promise<string[]>;
}

/** A day that was broken off has no researcher: the portal that knew the one-time password is gone. */
function beginResearch(
  { portal, day: { researcher }, diary }: Play,
  { endpoints }: Gateway,
  tables: Tables,
  onStep: (step: string) => void,
  signal: AbortSignal,
): Research {
  const { accessIdentifier, revokedBy } = researcher;
  const api = endpoints.api?.url;
  if (diary.resumed || api === undefined) return { atWork: Promise.resolve(), problems: async () => [] };
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
