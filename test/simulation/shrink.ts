import type { ScheduleResult, Simulate } from './schedule-result.ts';

/** Kind of a violation, without its subject. */
const kindsOf = ({ violations }: ScheduleResult) =>
  new Set(violations.map((violation) => violation.replaceAll(/\b\w*\d\w*\b/g, '')));

/** The fewest faults, found by leaving out more and more, that lead to a violation of the same kind. */
export async function shrink(simulate: Simulate, outcome: ScheduleResult): Promise<string[]> {
  const wanted = kindsOf(outcome);
  const fails = async (faults: readonly string[]) => {
    const kinds = kindsOf(await simulate(outcome.seed, new Set(faults)));
    return [...kinds].some((kind) => wanted.has(kind));
  };
  let kept = outcome.faults;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const fewer = kept.toSpliced(from, size);
      if (await fails(fewer)) kept = fewer;
      else from += size;
    }
  }
  return kept;
}
