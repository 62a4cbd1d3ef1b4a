import { describe, expect, it } from 'vitest';
import { create, grant, play, send } from '../support/messages.ts';
import { useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();
const sure = ['--reason', 'a test', '--yes'];

describe('the beginning of an id', () => {
  it('stands for the message that alone begins so, first of those that are not marked yet', async () => {
    const world = await newWorld({ holdTypes: ['CreateProjectAccess'] });
    await world.portal.sendMany([
      { messageType: 'CreateProject', data: { projectNo: 'p' }, messageId: 'aa-1' },
      { messageType: 'CreateProject', data: { projectNo: 'q' }, messageId: 'ab-1' },
      { messageType: 'CreateProjectAccess', data: { projectNo: 'p', accessIdentifier: 'x' }, messageId: 'ab-2' },
    ]);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'aa-1': 'marked', 'ab-1': 'marked', 'ab-2': 'held' });

    expect(await world.json('messages', 'aa')).toMatchObject([{ messageId: 'aa-1' }]);
    expect(await world.json('messages', 'ab')).toMatchObject([{ messageId: 'ab-2' }]);
    expect(await world.json('messages', 'ab-1')).toMatchObject([{ messageId: 'ab-1' }]);
    expect(await world.operate('messages', 'a')).toMatchObject({ code: 0 });
    expect(await world.operate('messages', 'b')).toEqual({ code: 1, output: '', errors: 'There is no message b\n' });
    expect(await world.operate('approve', 'ab', ...sure)).toMatchObject({ code: 0, errors: '' });
  });

  it('may be in other letters, where ids are UUIDs', async () => {
    const world = await newWorld();
    const access = '0B9D1F0E-6a3c-4f5e-9a51-3c0d7c1e2f4a';
    await play(world, create('p'), grant('p', access));
    for (const text of [access, access.toUpperCase(), '0B9D', '0b9d1f0e']) {
      expect(await world.json('users', text)).toMatchObject([{ accessIdentifier: access.toLowerCase() }]);
    }
    const project = 'F3C1A0DE-6a3c-4f5e-9a51-3c0d7c1e2f4a';
    await play(world, create(project));
    expect(await world.json('projects', project)).toMatchObject([{ projectNo: project.toLowerCase() }]);
    expect(await world.operate('users', '0B9E')).toMatchObject({ code: 1, errors: 'There is no access 0B9E\n' });
  });

  it('may be in capital letters for an incident', async () => {
    const world = await newWorld();
    await play(world, create('p'), create('p'));
    const [incident] = await world.json('incidents');
    const id = String(incident?.incidentId).toUpperCase().slice(0, 12);
    expect(await world.json('incidents', id)).toMatchObject([{ incidentId: incident?.incidentId }]);
  });

  it('stands for an id that could control the terminal, which no error prints as it is', async () => {
    const world = await newWorld();
    await world.portal.sendMany([
      { messageType: 'CreateProject', data: { projectNo: 'p' }, messageId: 'escape-\u001b]0;x\u0007\u009b2J' },
    ]);
    await world.run();
    const { errors } = await world.operate('messages', 'requeue', 'escape', ...sure);
    expect(errors).toMatch(/^Message escape-\ufffd\]0;x\ufffd\ufffd2J .*\n$/);
  });

  it('that several have is answered with all of them', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'), grant('p', 'b'));
    await world.poll();
    expect(await world.operate('messages', 'requeue', 'm-', ...sure)).toEqual({
      code: 1,
      output: '',
      errors: "Several begin with m-: give more of the message's id\n  m-2\n  m-3\n",
    });
  });
});
