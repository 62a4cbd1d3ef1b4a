import { describe, expect, it } from 'vitest';
import { create, disable, grant, play, reset, send } from '../support/messages.ts';
import { useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();
const sure = ['--reason', 'a test', '--yes'];

describe('npm run operator -- projects, users and messages', () => {
  it('list page after page, by project and state, and no secret', async () => {
    const world = await newWorld();
    await play(world, create('p'), create('q'), grant('p', 'a'), grant('p', 'b'), grant('q', 'c'), disable('b'));

    const [first] = await world.json('projects', '--limit', '1');
    const rest = await world.json('projects', '--after', String(first?.projectNo));
    expect([first, ...rest].map((project) => project?.projectNo).sort()).toEqual(['p', 'q']);
    expect((await world.operate('projects', '--limit', '1')).output).toContain('1 project; there are more: --after');

    expect((await world.json('users')).map(({ accessIdentifier }) => accessIdentifier).sort()).toEqual(['a', 'b', 'c']);
    expect(await world.json('users', '--project', 'p', '--after', 'a')).toMatchObject([{ accessIdentifier: 'b' }]);
    expect(await world.json('users', '--state', 'disabled')).toMatchObject([{ accessIdentifier: 'b', enabled: false }]);
    const user = await world.rows.user('a');
    const shown = (await world.operate('users')).output + (await world.operate('users', '--json')).output;
    expect(shown).toContain(user?.loginName);
    expect(shown).not.toContain(user?.passwordHash);

    const ids = async (...args: string[]) => (await world.json('messages', ...args)).map(({ messageId }) => messageId);
    expect(await ids()).toEqual([]);
    expect(await ids('--project', 'p')).toEqual(['m-1', 'm-3', 'm-4', 'm-6']);
    expect(await ids('--project', 'p', '--after', 'm-3', '--limit', '1')).toEqual(['m-4']);
    expect(await ids('--project', 'p', '--type', 'CreateProject', '--state', 'marked')).toEqual(['m-1']);
  });

  it('list what is not marked yet, in the order of the portal', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await send(world, reset('a'), grant('p', 'b'));
    await world.poll();
    const { output } = await world.operate('messages');
    expect(output).toMatch(
      /^STATE +TYPE .*\nopen +ResetPassword .* p +m-3\nopen +CreateProjectAccess .* m-4\n2 messages\n$/,
    );
    expect(await world.json('messages', '--after', 'm-3')).toMatchObject([{ messageId: 'm-4', attempts: 0 }]);
    expect(await world.json('messages', 'm-1')).toMatchObject([{ messageId: 'm-1', state: 'marked' }]);
    expect(await world.operate('messages', 'm-9')).toMatchObject({ code: 1, errors: 'There is no message m-9\n' });
    expect(await world.operate('messages', '--state', 'marked')).toMatchObject({ code: 2 });
  });
});

describe('npm run operator -- pause, resume, approve, requeue and redrive', () => {
  it('pause and resume the gateway', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    const pause = ['pause', '--reason', 'a test'];
    expect(await world.asked(false, ...pause)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Nothing was'),
    });
    expect(await world.asked(true, ...pause)).toMatchObject({ code: 0, errors: '' });
    const paused = await world.operate('status');
    expect(paused).toMatchObject({ code: 1, output: expect.stringMatching(/paused by .*: a test/) });
    expect(await world.operate('pause', ...sure)).toMatchObject({ code: 1 });
    expect(await world.operate('resume', ...sure)).toMatchObject({ code: 0 });
    expect(await world.operate('status')).toMatchObject({ code: 0 });
    expect((await world.operate('history', 'gateway')).output).toMatch(/1 .* paused .*\n2 .* resumed /);
  });

  it('let go what waits for approval, and at once what waits after a failure', async () => {
    const world = await newWorld({ holdTypes: ['ResetPassword'] });
    await play(world, create('p'), grant('p', 'a'), reset('a'), grant('p', 'b'));
    expect((await world.operate('status')).output).toContain('1 open incident: needs-approval');
    expect(await world.operate('approve', 'm-3', ...sure)).toMatchObject({ code: 0, errors: '' });
    expect(await world.operate('messages', 'requeue', 'm-4', ...sure)).toMatchObject({ code: 0, errors: '' });
    world.clock.advance(Math.max(0, Date.now() - world.clock.now()));
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('put dead letters back', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    await world.take();
    for (let count = 0; count < 12; count++) await world.sendToDeadLetters('{"messageId":"m-1"}');
    expect((await world.operate('status')).output).toContain('12 dead letters of CreateProject');

    const dry = await world.operate('redrive', 'CreateProject', '--reason', 'x', '--dry-run');
    const done = await world.operate('redrive', 'CreateProject', ...sure);

    expect(dry.output).toContain('12 dead letters will go back into the queue CreateProject.');
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining(': 12 dead letters.\n') });
    expect(await world.work()).toBe(12);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
    expect((await world.operate('redrive', 'CreateProject', ...sure)).output).toContain('has no dead letters');
    expect(await world.operate('redrive', 'Nonsense', ...sure)).toMatchObject({ code: 2 });
    expect(await world.json('history', 'gateway')).toMatchObject([{ event: 'redriven', details: { count: 12 } }]);
  });
});
