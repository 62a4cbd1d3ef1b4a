import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from '../runner.ts';
import { checkDay } from './check.ts';
import type { DiaryEntry } from './diary.ts';
import { isIdle } from './drained.ts';
import { gatherEvidence } from './evidence.ts';
import { playDay, type Stage } from './play.ts';
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
  signal: AbortSignal,
): Promise<string[]> {
  const { portal, day, files, results, diary } = play;
  const limit = longestDay(gateway);
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
