import { describe, expect, it } from 'vitest';
import { translate } from '../../infra/console/src/texts/da/server-texts.ts';
import { type Health, problemsOf } from '../../shared/operate/status/health.ts';

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
  lasting: {},
  hours: [],
};

const oldest = { messageId: 'm', type: 'CreateProject', state: 'open', receivedAt: 0 };
const lists = { ...poll, finishedAt: now, listedAt: now - 20 * minute };
const found = { since: 0, failures: 0, retryAt: 0 };

const cases: [Partial<Health>, string[]][] = [
  [{}, []],
  [{ poll: { ...poll, succeededAt: now - 8 * minute } }, []],
  [{ poll: { ...poll, succeededAt: now - 9 * minute } }, ['the last poll that went well was 9 min 00 s ago']],
  [{ poll: { ...poll, succeededAt: now - 60 * minute, pollSeconds: 1_200 } }, []],
  [{ poll: { counter: 1, startedAt: now } }, ['no poll has gone well yet']],
  [{ poll: undefined }, ['no poll has gone well yet']],
  [{ poll: undefined, pause: { since: 1, by: 'ann', reason: 'a move' } }, ['paused by ann: a move']],
  [{ portal: { url: undefined, problem: 'no answer' } }, ['the portal: no answer; no complete list came yet']],
  [
    { poll: lists, portal: { url: 'u', problem: undefined, found: { ...found, state: 'unreachable' } } },
    ['the portal: it gives polls no list; the last complete list came 20 min 00 s ago'],
  ],
  [
    { poll: lists, portal: { url: 'u', problem: undefined, found: { ...found, state: 'unauthorized' } } },
    ['the portal: it refuses the API key; the last complete list came 20 min 00 s ago'],
  ],
  [{ poll: lists }, ['the portal: its lists are not complete; the last complete list came 20 min 00 s ago']],
  [{ poll: { ...lists, listedAt: now - minute } }, []],
  [
    { messages: { ...well.messages, oldestInQueue: { ...oldest, receivedAt: now - 61 * minute } } },
    ['CreateProject m came 1 h 01 min ago and is open'],
  ],
  [{ messages: { ...well.messages, oldestInQueue: { ...oldest, receivedAt: now - 60 * minute } } }, []],
  [{ lasting: { 'message-id-reused': 1 } }, []],
  [
    { deadLetters: { CreateProject: 2 }, incidents: { mismatch: 1 } },
    ['2 dead letters of CreateProject', '1 open incident: mismatch'],
  ],
  [
    { deadLetters: { CreateProject: 1 }, incidents: { mismatch: 2 } },
    ['1 dead letter of CreateProject', '2 open incidents: mismatch'],
  ],
  [
    { poll: undefined, portal: { url: 'u', problem: undefined, found: { ...found, state: 'unauthorized' } } },
    ['the portal: it refuses the API key; no complete list came yet', 'no poll has gone well yet'],
  ],
  [
    { poll: undefined, portal: { url: 'u', problem: undefined, found: { ...found, state: 'unreachable' } } },
    ['the portal: it gives polls no list; no complete list came yet', 'no poll has gone well yet'],
  ],
  [{ poll: { ...poll, finishedAt: now } }, ['the portal: its lists are not complete; no complete list came yet']],
  [
    { portal: { url: undefined, problem: 'no answer' }, poll: lists },
    ['the portal: no answer; the last complete list came 20 min 00 s ago'],
  ],
  [
    { machine: [{ at: now - minute, service: 's3', error: 'the disk is full' }] },
    ['this machine: s3: the disk is full (1 min 00 s ago)'],
  ],
];

describe('a gateway', () => {
  it.each(cases)('with %j has the problems %j', (changes, problems) => {
    expect(problemsOf({ ...well, ...changes }, now)).toEqual(problems);
  });

  it('has its problems in Danish, too', () => {
    const problems = cases.flatMap(([, problems]) => problems);
    expect(problems.filter((problem) => translate(problem) === undefined)).toEqual([]);
    expect(translate('CreateProject m came 1 h 01 min ago and is open')).toBe(
      'CreateProject m kom for 1 h 01 min siden og er åben',
    );
  });
});
