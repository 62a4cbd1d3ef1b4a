import { describe, expect, it } from 'vitest';
import { noteAction } from '../../shared/decisions/audit.ts';
import { commitAction } from '../../shared/decisions/context.ts';
import { createProcessesApi } from '../processes/processes-api.ts';
import { create, disable, enable, grant, play, remove, reset, revoke } from '../support/messages.ts';
import { minute } from '../support/world.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();

/** Events as `subject event`, by message. */
const told = async (world: OperatedWorld, ...args: string[]) =>
  (await world.json('history', ...args)).map(
    ({ subject, event, messageId }) => `${subject} ${event}${messageId === undefined ? '' : ` by ${messageId}`}`,
  );

/** A project that is gone, with all that it had, beside one that is not. */
async function liveThroughProject(): Promise<OperatedWorld> {
  const world = await newWorld();
  for (const step of [
    create('p'),
    create('q'),
    grant('p', 'a'),
    grant('q', 'c'),
    grant('p', 'b'),
    disable('a'),
    enable('a'),
    reset('b'),
    revoke('a'),
    remove('p'),
  ]) {
    await play(world, step);
  }
  return world;
}

const ofProject = [
  'project#p created by m-1',
  'access#a created by m-3',
  'access#b created by m-5',
  'access#a disabled by m-6',
  'access#a enabled by m-7',
  'access#b password reset by m-8',
  'access#a deleted by m-9',
  'project#p deletion begun by m-10',
  'access#b deleted by m-10',
  'project#p deleted by m-10',
];

describe('npm run operator -- history', () => {
  it('takes a UUID in whatever letters', async () => {
    const world = await newWorld();
    const id = 'AB8FAD5B-D9CB-469F-A165-7086772895EF';
    await play(world, create('p'), grant('p', id));
    expect(await told(world, `access#${id}`)).toEqual([`access#${id.toLowerCase()} created by m-2`]);
  });

  it('tells values that are lists or objects, and is silent about empty lists', async () => {
    const world = await newWorld();
    const note = { subject: 'gateway', event: 'signing key rotated' } as const;
    for (const details of [
      { keyId: 'a', dropped: [] },
      { keyId: 'b', dropped: ['x', 'y'], old: { n: 1 } },
    ]) {
      const desk = { ...world.context, tables: world.tables };
      await commitAction(desk, noteAction(desk, { ...note, details }), { by: 'ann', reason: 'each year' });
    }
    const { output } = await world.operate('history', 'gateway');
    expect(output).toMatch(/each year, keyId: a\n/);
    expect(output).toContain('dropped: x, y');
    expect(output).toContain('old: {"n":1}');
  });

  it('tells page after page what happened to an access, and by which message', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), disable('a'), revoke('a'), grant('p', 'a'));
    const first = await world.operate('history', 'access#a', '--limit', '3');
    expect(first.output).toMatch(
      /^EVENT +WHEN +WHAT +BY +DETAILS\n1 .* created +message m-2 .*\n2 .*disabled +message m-3\n/,
    );
    expect(first.output).toContain('3 events; there are more: --after 3\n');
    expect(await world.json('history', 'access#a', '--after', '3')).toMatchObject([
      { sequence: 4, event: 'created', messageId: 'm-5' },
    ]);
  });

  it('tells of a project all that happened to it, its accesses and files, also after the deletion', async () => {
    const world = await liveThroughProject();
    const events = await told(world, 'project#p');
    expect(events.slice(0, 7)).toEqual(ofProject.slice(0, 7));
    expect(events.toSorted()).toEqual(ofProject.toSorted());
    expect(await told(world, 'access#a')).toEqual(ofProject.filter((event) => event.startsWith('access#a')));
    const { output } = await world.operate('history', 'project#p');
    expect(output).toMatch(/^WHEN +SUBJECT +WHAT +BY +DETAILS\n.*project#p +created +message m-1\n/);
    expect(output).toMatch(/10 events\n$/);
  });

  it('tells of a process and its project who did what, from which value to which, also after their deletion', async () => {
    const world = await newWorld();
    const api = createProcessesApi(world);
    const order = await api.createProcess(await api.signUp('ann'));
    await order.change({ serviceType: 1 });
    await api.ask(order.owner, `DELETE deleteProjects?projectIDs=${order.projectID}`);
    const subject = `process#${order.processID}`;
    expect(await world.json('history', subject)).toMatchObject([
      { event: 'created', details: { by: 'ann', projectID: order.projectID } },
      { event: 'changed', details: { by: 'ann', key: 'serviceType', data: '1', old: '0' } },
      { event: 'status changed', details: { key: 'processStatus', data: '201', old: '0' } },
      { event: 'deleted', details: { by: 'the gateway' } },
    ]);
    expect((await world.operate('history', subject)).output).toMatch(/\n2 .*changed +ann .*key: serviceType/);
    expect(await world.json('history', `process-project#${order.projectID}`)).toMatchObject([
      ...[{ event: 'created' }, { event: 'deletion begun', details: { by: 'ann' } }, { event: 'deleted' }],
    ]);
  });

  it('says that nothing is known of what never was', async () => {
    const world = await newWorld();
    for (const subject of ['project#7', 'access#a', 'file#f', 'gateway']) {
      const { code, output, errors } = await world.operate('history', subject);
      expect([code, output]).toEqual(subject === 'gateway' ? [0, 'No events.\n'] : [1, '']);
      if (subject !== 'gateway') expect(errors).toBe(`There is no event of ${subject}\n`);
    }
  });

  it('refuses a subject without an id', async () => {
    const world = await newWorld();
    for (const subject of ['project#', 'access#', 'account#', 'organization#']) {
      const { code, errors } = await world.operate('history', subject);
      expect([code, errors]).toEqual([2, `subject: an id is missing after ${subject}\n`]);
    }
    expect(await world.operate('history', 'unicorn#1')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^subject: must be gateway or begin with one of project#, /),
    });
  });

  it('tells page after page, none twice, whatever happened at the same moment', async () => {
    const world = await liveThroughProject();
    const whole = await told(world, 'project#p');
    const paged: string[] = [];
    for (let after: string[] = []; ; ) {
      const [event] = await world.json('history', 'project#p', '--limit', '1', ...after);
      if (!event) break;
      paged.push(`${event.subject} ${event.event} by ${event.messageId}`);
      after = ['--after', `${event.at}/${event.sequence}/${event.subject}`];
    }
    expect(paged).toEqual(whole);
    expect(await world.operate('history', 'project#p', '--after', '7')).toMatchObject({ code: 2 });
    expect((await world.operate('history', 'project#p', '--limit', '3')).output).toMatch(/--after \d+\/1\/access#b\n$/);
  });

  it('tells of the project what people decided about its accesses, and of what was made anew', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await play(world, grant('p', 'a'));
    const [incident] = await world.json('incidents');
    world.clock.advance(minute);
    const sure = ['--reason', 'a test', '--yes'];
    expect(await world.operate('incidents', 'dismiss', String(incident?.incidentId), ...sure)).toMatchObject({
      code: 0,
    });
    await play(world, remove('p'));
    await play(world, create('p'));
    const events = await world.json('history', 'project#p');
    expect(events.filter(({ event }) => event === 'incident dismissed')).toMatchObject([
      { details: { reason: 'a test' } },
    ]);
    expect(events.at(-1)).toMatchObject({ subject: 'project#p', event: 'created', messageId: 'm-5' });
  });
});
