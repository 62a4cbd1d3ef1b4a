import { describe, expect, it } from 'vitest';
import { create, disable, enable, grant, play, reset, revoke, type Step } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

/** More calls to the outside than any message needs, and a poll with it. */
const [callsOfMessage, callsOfPoll] = [20, 15];

/** Ways to disturb a call: the process ends after it, it fails, its answer is lost. Each tells whether it came to that. */
const ways: readonly ((world: World, call: number) => () => boolean)[] = [
  ({ outside }, call) => outside.crashAt(call, 'after'),
  ({ outside }, call) => outside.failAt(call, 'before'),
  ({ outside }, call) => outside.failAt(call, 'after'),
];

interface Case {
  what: string;
  /** Preconditions. */
  before: (id: string) => Step[];
  step: (id: string) => Step;
  subject: (id: string) => string;
  /** How often the message is to be found not to fit. */
  mismatches?: number;
  /** Whether the poll that brings the message is to fail too, or only the handler. */
  withPoll?: boolean;
}

const access = (id: string) => `access#${id}`;
const granted = (id: string) => [grant('p', id)];
const cases: Case[] = [
  { what: 'CreateProject', before: () => [], step: create, subject: (id) => `project#${id}` },
  { what: 'CreateProjectAccess', before: () => [], step: (id) => grant('p', id), subject: access, withPoll: true },
  { what: 'ResetPassword', before: granted, step: reset, subject: access },
  { what: 'DisableProjectAccess', before: granted, step: disable, subject: access },
  { what: 'DeleteProjectAccess', before: granted, step: revoke, subject: access },
  { what: 'a message that does not fit', before: granted, step: enable, subject: access, mismatches: 1 },
];

/** Result of one message as comparable texts: without ids, times, salts, and the number of repeated calls. */
async function endState(world: World, id: string, subject: string) {
  const user = await world.rows.user(id);
  const project = (await world.rows.projects()).find(({ projectNo }) => projectNo === id);
  const history = await world.rows.history(subject);
  const sent = (await world.portal.snapshot()).credentials.get(id) ?? [];
  const state = {
    user: user && { ...user, passwordHash: user.passwordHash.length, createdAt: 0, loginName: '' },
    project: project && { ...project, createdAt: 0 },
    history: history.map(({ at: _, details: __, ...event }) => event),
    passwords: new Set(sent.map(({ method, oneTimePassword }) => `${method} ${oneTimePassword}`)).size,
    message: (await world.rows.message(`message of ${id}`)).state,
    line: await world.rows.lines(),
    incidents: (await world.rows.incidents()).filter(({ messageId }) => messageId === `message of ${id}`).length,
    pending: await world.portal.pending(),
  };
  const text = JSON.stringify(state).replaceAll(id, 'ID');
  return JSON.parse(text.replaceAll(/"m-\d+"/g, '"an earlier message"'));
}

/** Goes on until everything is marked, however long the leases of the dead still run. */
async function recover(world: World): Promise<void> {
  const unfinished = async () => (await world.portal.pending()) > 0 || (await world.rows.lines()).length > 0;
  for (let round = 0; round < 12 && (await unfinished()); round++) {
    world.clock.advance(6 * minute);
    await world.run();
  }
}

/**
 * Has message after message done, and disturbs the first call for the first, the second for the second, and so on until a
 * message needs no more calls than that.
 *
 * @returns what came of each, the undisturbed one last
 */
async function disturbEachCall(world: World, one: Case): Promise<unknown[]> {
  const most = one.withPoll ? callsOfPoll + callsOfMessage : callsOfMessage;
  const plan = Array.from({ length: most }, (_, index) => index + 1).flatMap((call) =>
    ways.map((disturb, way) => ({ id: `x${call}-${way}x`, disturb: () => disturb(world, call) })),
  );
  await play(world, create('p'), ...plan.flatMap(({ id }) => one.before(id)));
  const states: unknown[] = [];
  for (const { id, disturb } of plan) {
    const [messageType, data] = one.step(id);
    await world.portal.send(messageType, data, { messageId: `message of ${id}` });
    world.clock.advance(minute);
    if (!one.withPoll) await world.poll();
    const happened = disturb();
    await Promise.allSettled([one.withPoll ? world.poll().then(world.work) : world.work()]);
    world.outside.heal();
    await world.take();
    await recover(world);
    states.push(await endState(world, id, one.subject(id)));
    if (!happened()) return states;
  }
  throw new Error('it needs more calls than expected');
}

describe('whichever call its process ends after, fails, or has its answer lost', () => {
  it.each(cases)('$what takes effect once', async (one) => {
    const world = await newWorld({ mismatchesPerHour: 1_000 });
    const states = await disturbEachCall(world, one);
    const undisturbed = states.at(-1);
    expect(states.length).toBeGreaterThan(6);
    for (const state of states) expect(state).toEqual(undisturbed);
    const { mismatches = 0 } = one;
    expect(undisturbed).toMatchObject({ message: 'marked', line: [], incidents: mismatches, pending: 0 });
    const incidents = (await world.rows.incidents()).map(({ kind, count }) => `${kind} ${count}`);
    expect(incidents).toEqual(Array(mismatches * states.length).fill('mismatch 1'));
  });
});
