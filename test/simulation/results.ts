import { outboxPrefix } from '../../shared/files/file.ts';
import type { Random } from './random.ts';

/** What becomes of an object of the outbox by somebody's hand. */
export interface ResultDeed {
  /** Milliseconds after the beginning. */
  at: number;
  by: 'researcher' | 'operator';
  projectNo: string;
  fileName: string;
  /** What is put; nothing takes away what is there. */
  content?: string;
}

const names = ['results.csv', 'table 1+2 (æ).csv', '100%.txt'];

export const resultKey = ({ projectNo, fileName }: Pick<ResultDeed, 'projectNo' | 'fileName'>) =>
  `${outboxPrefix(projectNo)}${fileName}`;

/**
 * What researchers, and an operator for them, have sent to DST: mostly nothing.
 *
 * @param lasts for how long they do so, in milliseconds
 */
export function drawResults(random: Random, projects: readonly string[], lasts: number): ResultDeed[] {
  if (random.chance(0.6)) return [];
  return Array.from({ length: random.integer(1, 8) }, (_, index) => {
    const projectNo = random.chance(0.05) ? 'unknown' : random.pick(projects);
    const deed: ResultDeed = {
      at: random.next() * lasts,
      by: random.chance(0.3) ? 'operator' : 'researcher',
      projectNo,
      fileName: random.pick(names),
    };
    if (random.chance(0.1)) return deed;
    const content = `result ${random.chance(0.8) ? index : 0} of ${projectNo}, ${deed.fileName}`;
    return { ...deed, content: content.padEnd(random.pick([0, 60, 200]), '.') };
  }).toSorted((one, other) => one.at - other.at);
}
