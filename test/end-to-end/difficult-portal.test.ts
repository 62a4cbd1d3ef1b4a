import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../infra/local/portal/faults.ts';
import { allTables, expectNoSecrets, filesUnder } from './secrets.ts';
import { useGateway } from './setup.ts';
import { expectTold, type Story, tellStory } from './story.ts';

const endToEnd = useGateway();
const told: Story[] = [];

/** Tells a story, of which the portal sends nothing yet. */
async function tell(word: string): Promise<string[]> {
  const story = await tellStory(endToEnd().portal, (what) => `${word}-${what}`);
  told.push(story);
  return story.elements;
}

async function send(elements: readonly string[]): Promise<void> {
  for (const element of elements) await endToEnd().portal.sendRaw(element);
}

/** Nothing is left to do, all that was told is true, and nobody has to be asked. */
async function expectAllWell(): Promise<void> {
  await expectTold(endToEnd(), told);
  expect(await endToEnd().rows('lines')).toEqual([]);
  const incidents = await endToEnd().rows('incidents');
  expect(incidents.filter(({ state }) => state !== 'resolved')).toEqual([]);
}

beforeEach(() => endToEnd().portal.clearFaults());

describe('everything is done in its order and marked', () => {
  it('at a portal that insists on marking in order', async () => {
    const { portal, drain } = endToEnd();
    await portal.setFaults({ inOrderMarking: true });
    await send((await Promise.all([tell('a'), tell('b')])).flat());
    await drain();
    await expectAllWell();
  });

  it('at a portal whose answers to what it did are lost', async () => {
    const { portal, drain } = endToEnd();
    const rules: FaultRule[] = [
      { kind: 'applied-cut', calls: ['PATCH /messages/{id}'], times: 8 },
      { kind: 'applied-cut', calls: ['POST /user-accesses'], times: 2 },
      { kind: 'applied-cut', calls: ['PATCH /user-accesses/{accessIdentifier}'], times: 2 },
      { kind: 'applied-cut', calls: ['POST /data/{fileId}'], times: 1 },
    ];
    await portal.setFaults({ rules });
    await send(await tell('cut'));
    await drain();
    await expectAllWell();
  });

  it('at a portal that fails every fifth call', async () => {
    const { portal, drain } = endToEnd();
    const rules: FaultRule[] = [
      // A message's work fails for certain, which the test of the secrets searches for in the logs.
      { kind: 'status', status: 500, calls: ['POST /user-accesses'], times: 1 },
      { kind: 'status', status: 500, probability: 0.2 },
    ];
    await portal.setFaults({ inOrderMarking: true, rules });
    await send((await Promise.all([tell('c'), tell('d'), tell('e')])).flat());
    await drain();
    await portal.clearFaults();
    await expectAllWell();
  });
});

const calls = ['GET /messages'] as const;
const brokenLists: [what: string, rule: FaultRule, error: string][] = [
  ['an HTML page', { kind: 'html', status: 200, calls }, 'with an HTML page'],
  ['an HTML error page', { kind: 'html', status: 503, calls }, '503'],
  ['half a document that ends as if it were whole', { kind: 'half-list', ending: 'clean', calls }, 'closing bracket'],
  ['half a document and no more', { kind: 'half-list', ending: 'cut', calls }, 'no complete answer'],
  ['a redirect', { kind: 'redirect', calls }, 'redirects are not followed'],
];

describe('a list that the portal answers with', () => {
  it.each(brokenLists)('%s is an error of the poll alone', async (_, rule, error) => {
    const { portal, poll, drain } = endToEnd();
    const elements = await tell(error);
    await send(elements.slice(0, 6));
    await poll();
    await send(elements.slice(6));
    await portal.setFaults({ rules: [rule] });
    // A third one without an answer would be an outage, which is told by its incident.
    for (let time = 0; time < 2; time++) expect(await poll()).toContain(error);
    await portal.clearFaults();
    await drain();
    await expectAllWell();
  });

  it.each<[string, FaultRule]>([
    ['what it was before', { kind: 'stale-list', back: 2, calls }],
    ['its beginning alone', { kind: 'truncated-list', count: 1, calls }],
    ['nothing', { kind: 'truncated-list', count: 0, calls }],
  ])('%s loses nothing', async (what, rule) => {
    const { portal, poll, drain } = endToEnd();
    const elements = await tell(what);
    const refuse: FaultRule = { kind: 'status', status: 500, calls: ['PATCH /messages/{id}'] };
    await portal.setFaults({ rules: [refuse] });
    for (const element of elements) {
      await send([element]);
      expect(await poll()).toBeUndefined();
    }
    await portal.setFaults({ rules: [refuse, rule] });
    for (let time = 0; time < 3; time++) expect(await poll()).toBeUndefined();
    await portal.clearFaults();
    await drain();
    await expectAllWell();
  });
});

it('has kept every secret meanwhile', async () => {
  const { portal, gateway, dataDirectory } = endToEnd();
  const [files, tables] = [filesUnder(dataDirectory), await allTables(gateway.endpoints)];
  const searched = new Map([...files, ...tables]);

  await expectNoSecrets(portal, dataDirectory, searched);

  expect(searched.get('messages')).toContain('c-access');
  expect(searched.get(join(dataDirectory, 'dynamodb.sqlite'))).toContain('c-access');
  expect(searched.get(join(dataDirectory, 'logs', 'create-project-access.log'))).toContain('work failed');
});
