import { describe, expect, it } from 'vitest';
import { type Health, problemsOf } from '../../infra/operate/health.ts';

const minute = 60_000;
const now = 1_000 * minute;
const poll = { counter: 7, startedAt: now - minute, succeededAt: now - minute, pollSeconds: 60 };
const well: Health = {
  portal: { url: 'https://portal.example', problem: undefined },
  pause: undefined,
  poll,
  messages: { lines: 1, states: { held: 1 }, oldest: undefined },
  transfers: { waiting: { delivery: 1 }, slotsInUse: 0 },
  queues: { CreateProject: 5 },
  deadLetters: { CreateProject: 0 },
  failedRuns: { Poll: 3 },
  incidents: {},
};

describe('a gateway', () => {
  it.each<[Partial<Health>, string[]]>([
    [{}, []],
    [{ poll: { ...poll, succeededAt: now - 8 * minute } }, []],
    [{ poll: { ...poll, succeededAt: now - 9 * minute } }, ['the last poll that went well was 9 min 00 s ago']],
    [{ poll: { ...poll, succeededAt: now - 60 * minute, pollSeconds: 1_200 } }, []],
    [{ poll: { counter: 1, startedAt: now } }, ['no poll has gone well yet']],
    [{ poll: undefined }, ['no poll has gone well yet']],
    [{ poll: undefined, pause: { since: 1, by: 'ann', reason: 'a move' } }, ['paused by ann: a move']],
    [{ portal: { url: undefined, problem: 'no answer' } }, ['the portal: no answer']],
    [
      { deadLetters: { CreateProject: 2 }, incidents: { mismatch: 1 } },
      ['2 dead letters of CreateProject', '1 open incidents: mismatch'],
    ],
  ])('with %j has the problems %j', (changes, problems) => {
    expect(problemsOf({ ...well, ...changes }, now)).toEqual(problems);
  });
});
