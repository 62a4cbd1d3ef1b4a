import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { create, grant, play, reset } from '../support/messages.ts';
import { apiKey, minute } from '../support/world.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();

/** A gateway with a message that the portal has refused for good. */
async function withHeld(): Promise<OperatedWorld> {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'));
  await world.portal.setFaults({
    rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
  });
  await play(world, reset('a'), grant('p', 'b'));
  await world.portal.clearFaults();
  return world;
}

describe('npm run operator -- status', () => {
  it('tells that all is well, and ends with 0', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const { code, output, errors } = await world.operate('status');
    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain('Healthy.');
    expect(output).toContain(`${world.portal.url}  answers`);
    expect(output).toMatch(/last poll +number \d+, \d+ (s|min)/);
  });

  it('tells what a person should look into, and ends with 1', async () => {
    const world = await withHeld();
    const { code, output } = await world.operate('status', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      healthy: false,
      problems: ['1 open incident: attempts-used-up'],
      messages: { lines: 1, states: { held: 1, open: 1 }, oldest: { messageId: 'm-3', state: 'held' } },
      queues: { CreateProject: 0 },
      incidents: { 'attempts-used-up': 1 },
    });
    await world.portal.stop();
    expect((await world.operate('status')).output).toContain('the portal: no answer (');
  });
});

describe('npm run operator -- status while the portal is out', () => {
  it('does not say that the portal answers, and tells when its last complete list came', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['GET /messages'] }] });
    for (let count = 0; count < 4; count++) {
      world.clock.advance(minute);
      await world.poll().catch(() => {});
    }
    const { code, output } = await world.operate('status');
    expect(code).toBe(1);
    expect(output).not.toContain('answers');
    expect(output).toMatch(/portal +\S+ +it gives polls no list; the last complete list came \d+ (s|min)/);
  });
});

describe('npm run operator -- status of what the portal goes on listing', () => {
  it('shows what nobody could take, also when its incident was dismissed', async () => {
    const world = await newWorld();
    await world.portal.send('CreateProject', { projectNo: 'p' }, { messageId: 'x'.repeat(300) });
    await world.run();
    expect((await world.operate('status')).output).toContain('1 unreadable-message open');
    const [incident] = await world.json('incidents');
    const id = String(incident?.incidentId);
    expect(await world.operate('incidents', 'dismiss', id, '--reason', 'x', '--yes')).toMatchObject({ code: 0 });
    world.clock.advance(minute);
    await world.run();
    const { code, output } = await world.operate('status');
    expect(code).toBe(0);
    expect(output).toMatch(/dismissed +1 unreadable-message, whose cause lasts/);

    await world.portal.reset();
    for (let count = 0; count < 5; count++) await world.run();
    expect((await world.operate('status')).output).not.toContain('whose cause lasts');
  });
});

describe('npm run operator -- incidents', () => {
  it('lists them, and has one retried', async () => {
    const world = await withHeld();
    const list = await world.operate('incidents');
    const id = list.output.split('\n')[1]?.split(' ')[0] ?? '';

    const dry = await world.operate('incidents', 'retry', id, '--reason', 'why not', '--dry-run');
    const unasked = await world.operate('incidents', 'retry', id, '--reason', 'why not');
    expect((await world.rows.states())['m-3']).toBe('held');
    const done = await world.operate('incidents', 'retry', id, '--reason', 'fixed at DST', '--yes');
    const again = await world.operate('incidents', 'retry', id, '--reason', 'fixed at DST', '--yes');
    world.clock.advance(Math.max(0, Date.now() - world.clock.now()));
    await world.run();

    expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('Nothing was changed: --dry-run.') });
    expect(unasked).toMatchObject({
      code: 2,
      errors: expect.stringContaining('There is no terminal to ask at: give --yes'),
    });
    expect(unasked.output).toBe('');
    expect(done).toMatchObject({
      code: 0,
      errors: '',
      output: expect.stringContaining('goes on from where it was held'),
    });
    expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('is settled: retried') });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect((await world.operate('incidents')).output).toBe('No incidents with --state open.\n');
    expect(await world.json('incidents', '--state', 'retried')).toMatchObject([
      { subject: 'm-3', decidedBy: userInfo().username, reason: 'fixed at DST' },
    ]);
    const { output } = await world.operate('history', 'access#a');
    expect(output).toMatch(new RegExp(`retried +${userInfo().username} +fixed at DST, message m-3`));
    expect(list.output + done.output + output).not.toContain(apiKey);
  });

  it('has many retried, and tells which can not be', async () => {
    const world = await withHeld();
    await play(world, create('q'), create('q'));
    const sure = ['--reason', 'fixed', '--yes'];
    const none = await world.operate('incidents', 'retry', '--kind', 'file-failed', ...sure);
    const dry = await world.operate('incidents', 'retry', '--delivery', 'm-3', '--reason', 'fixed', '--dry-run');
    const refused = await world.operate('incidents', 'retry', '--kind', 'mismatch', ...sure);
    const done = await world.operate('incidents', 'retry', '--kind', 'attempts-used-up', ...sure);
    await world.run();

    expect(none).toMatchObject({ code: 1, output: 'Nothing can be tried again.\n' });
    expect(dry.output).toMatch(/ResetPassword m-3 will go on .*\nNothing was changed: --dry-run\.\n/);
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringMatching(/can't be tried again: Message m-6 is marked/),
    });
    expect(done).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('m-3 goes on from where') });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('dismisses one', async () => {
    const world = await withHeld();
    const [incident] = await world.json('incidents');
    const { code, output } = await world.operate(
      'incidents',
      'dismiss',
      String(incident?.incidentId),
      '--reason',
      'x',
      '--yes',
    );
    expect([code, output]).toEqual([0, expect.stringContaining('is dismissed')]);
    expect((await world.rows.states())['m-3']).toBe('dismissed');
  });

  it.each([
    [['incidents', 'retry', 'a'.repeat(12), '--reason', ' ', '--yes'], 2, '--reason: must be'],
    [['incidents', 'retry', 'a'.repeat(12), '--reason', 'x', '--yes'], 1, 'There is no incident aaaaaaaaaaaa'],
    [['incidents', 'retry', 'a'], 2, 'incidents retry --reason <TEXT> [options] [incidentId]'],
    [['incidents', 'retry', '--reason', 'x', '--yes'], 2, 'Give either an incidentId, or --delivery'],
    [['incidents', 'retry', 'a', '--kind', 'mismatch', '--reason', 'x', '--yes'], 2, 'Give either an incidentId'],
    [
      ['incidents', 'retry', '--kind', 'typo', '--reason', 'x', '--yes'],
      2,
      "argument 'typo' is invalid. The value must be one of mismatch, unknown-",
    ],
    [['incidents', '--kind', 'typo'], 2, "argument 'typo' is invalid. The value must be one of mismatch, unknown-"],
    [['incidents', 'retry', 'a', '--reason', '…', '--yes'], 2, '--reason: must be words'],
    [['pause', '--reason', 'x', '--yes', '--dry-run'], 2, '--yes does it, --dry-run does not'],
    [['messages', '--project', 'abc'], 2, '--project: there never was a project abc here; there is none yet'],
    [['users', '--project', 'abc'], 2, 'there never was a project abc'],
    [['files', '--project', 'abc'], 2, 'there never was a project abc'],
    [['verify-file', '--project', 'abc'], 2, 'there never was a project abc'],
    [['reconcile', '--project', 'abc'], 2, 'there never was a project abc'],
    [['incidents', '--limit', '0'], 2, '--limit: must be a whole number'],
    [['incidents', '--state', 'lost'], 2, "argument 'lost' is invalid. The value must be one of open, "],
    [['history', '1001'], 2, 'subject: must be gateway or begin with one of project#'],
  ])('ends %j with %i', async (args, code, message) => {
    const world = await newWorld();
    expect(await world.operate(...args)).toMatchObject({ code, errors: expect.stringContaining(message) });
  });
});
