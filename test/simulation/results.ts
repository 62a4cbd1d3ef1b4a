import { outboxPrefix } from '../../shared/files/object-key.ts';
import type { FileManner } from './file-kinds.ts';
import type { Random } from './random.ts';

/** A person's change of an object of the outbox. */
export interface ResultDeed {
  /** Milliseconds after the beginning. */
  at: number;
  by: 'researcher' | 'operator';
  projectNo: string;
  fileName: string;
  /** Content to put; undefined removes the object. */
  content?: string;
  /** When it was begun, if it is put in parts: milliseconds after the beginning. */
  begunAt?: number;
}

const names = ['results.csv', 'table 1+2 (æ).csv', '100%.txt'];

export const resultKey = ({ projectNo, fileName }: Pick<ResultDeed, 'projectNo' | 'fileName'>) =>
  `${outboxPrefix(projectNo)}${fileName}`;

/** The projects that results are of. */
export interface Occasions {
  projects: readonly string[];
  /** When projects are deleted, in milliseconds after the beginning. */
  deletions: readonly { projectNo: string; at: number }[];
  /** When the portal tells of files for projects, in milliseconds after the beginning. */
  deliveries: readonly { projectNo: string; at: number }[];
  /** For how long results are sent, in milliseconds. */
  lasts: number;
}

/** Results that researchers, and an operator for them, send to DST: mostly none. */
export function drawResults(random: Random, occasions: Occasions, manners: ReadonlySet<FileManner>): ResultDeed[] {
  const further = drawUnkind(random.fork('unkind'), occasions, manners);
  return [...drawUsual(random, occasions), ...further].toSorted((one, other) => one.at - other.at);
}

const seconds = 1_000;

/** Objects put at odd times, in great numbers, or under names that cannot be sent. */
function drawUnkind(
  random: Random,
  { projects, deletions, deliveries, lasts }: Occasions,
  manners: ReadonlySet<FileManner>,
): ResultDeed[] {
  const deeds: ResultDeed[] = [];
  const put = (projectNo: string, fileName: string, at: number, further: Partial<ResultDeed> = {}) => {
    const content = `${fileName} of ${projectNo}, put at ${at}`;
    deeds.push({ by: 'researcher', projectNo, fileName, at, content, ...further });
  };
  const project = () => random.pick(projects);
  if (manners.has('results before projects')) put(project(), 'early.csv', random.next() * 1.5 * seconds);
  if (manners.has('uploads across projects')) {
    const somewhere = { projectNo: project(), at: random.next() * lasts };
    for (const [index, { projectNo, at }] of [...deletions, somewhere].entries()) {
      const begunAt = at + random.next() * 90 * seconds;
      put(projectNo, `parts-${index}.csv`, begunAt + random.next() * 180 * seconds, { begunAt });
    }
  }
  if (manners.has('crowded outbox')) {
    const [projectNo, somewhen] = [project(), random.next() * lasts];
    // Mostly while files for another project are on their way.
    const others = deliveries.filter((delivery) => delivery.projectNo !== projectNo);
    const at =
      others.length > 0 && random.chance(0.7) ? random.pick(others).at + random.next() * 60 * seconds : somewhen;
    for (let index = 0; index < 40; index++) put(projectNo, `many-${index}.csv`, at + random.next() * 20 * seconds);
  }
  if (manners.has('bad names')) {
    const [projectNo, at] = [project(), random.next() * lasts];
    for (let index = 0; index < 15; index++) put(projectNo, `bad\\${index}.csv`, at + random.next() * 60 * seconds);
  }
  return deeds;
}

function drawUsual(random: Random, { projects, lasts }: Occasions): ResultDeed[] {
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
  });
}
