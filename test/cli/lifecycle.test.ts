import { describe, expect, it } from 'vitest';
import { messageTypes } from '../../shared/portal/message-schema.ts';
import { create, disable, enable, grant, play, remove, reset, revoke, type Step } from '../support/messages.ts';
import { minute } from '../support/world.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';
import { wordsOf } from './words.ts';

const newWorld = useOperatedWorlds();

/** All ten types about one project, as the public test server of the portal's owners sends them: with `0` for an MD5. */
const lifecycle: Step[] = [
  create('1001'),
  grant('1001', 'a'),
  disable('a'),
  enable('a'),
  reset('a'),
  [
    'DataDeliveryReady',
    { projectNo: '1001', dataDeliveryId: 'd', files: [{ fileId: 'f', fileSize: 10, fileChecksum: '0' }] },
  ],
  ['ReturnDataFile', { fileId: 'f' }],
  ['DeleteDataFile', { fileId: 'f' }],
  revoke('a'),
  remove('1001'),
];

/**
 * Does as an operator who knows nothing but the screen: looks at each incident that status counts, and dismisses it by the
 * command that is shown there.
 *
 * @returns how many decisions that took
 */
async function settleAll(world: OperatedWorld): Promise<number> {
  let decisions = 0;
  for (const { incidentId } of await world.json('incidents')) {
    const { output } = await world.operate('incidents', String(incidentId));
    const [, command = ''] = /npm run operator -- (incidents dismiss .*)/.exec(output) ?? [];
    const words = wordsOf(command).map((word) => (word === '…' ? 'the test server announces no MD5' : word));
    const here = words.indexOf('--data-dir');
    expect(await world.operate(...words.toSpliced(here, 2), '--yes')).toMatchObject({ code: 0, errors: '' });
    decisions += 1;
  }
  return decisions;
}

async function runAndSettle(world: OperatedWorld): Promise<number> {
  let decisions = 0;
  for (let round = 0; round < 10; round++) {
    await world.run();
    decisions += await settleAll(world);
    world.clock.advance(5 * minute);
  }
  return decisions;
}

describe('a project whose delivery announces no MD5', () => {
  it('has messages of all ten types', () => {
    expect(new Set(lifecycle.map(([type]) => type))).toEqual(new Set(messageTypes));
  });

  it('ends with two decisions of a person, by the commands that are shown', async () => {
    const world = await newWorld();
    let decisions = 0;
    for (const step of lifecycle) {
      await play(world, step);
      decisions += await runAndSettle(world);
    }
    await expectEnded(world);
    expect(decisions).toBe(2);
  });

  it('ends with two decisions, too, when its messages come all in one list', async () => {
    const world = await newWorld();
    await play(world, ...lifecycle);
    const decisions = await runAndSettle(world);
    await expectEnded(world);
    expect(decisions).toBe(2);
  });
});

async function expectEnded(world: OperatedWorld): Promise<void> {
  expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
  expect(await world.portal.pending()).toBe(0);
  expect([await world.rows.projects(), await world.rows.users(), await world.json('incidents')]).toEqual([[], [], []]);
}
