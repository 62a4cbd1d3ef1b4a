import { describe, expect, it } from 'vitest';
import { commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planRetries } from '../../shared/decisions/retry-many.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { type IncidentRow, isOpen, raiseIncident } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { create, play, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();
const decision = { by: 'ann', reason: 'DST says so' };
const deskOf = ({ context, tables }: World): OperatorContext => ({ ...context, tables });
const openOf = async (world: World) =>
  (await Array.fromAsync(scan<IncidentRow>(world.context.db, world.tables.incidents))).filter(isOpen);

/** A held delivery, so many files of which failed. */
async function withFailed(count: number): Promise<World> {
  const world = await newWorld();
  await play(world, create('1001'));
  const files = Array.from({ length: count }, (_, index) => ({
    fileId: `f-${index}`,
    fileSize: 1,
    fileChecksum: '0'.repeat(32),
  }));
  await send(world, ['DataDeliveryReady', { projectNo: '1001', dataDeliveryId: 'd', files }]);
  await world.poll();
  await world.work();
  const { line, position } = await world.rows.message('m-2');
  await world.rows.change('messages', { messageId: 'm-2' }, { state: 'held', heldFrom: 'working' });
  await world.rows.change('lines', { line, position }, { state: 'held' });
  for (const row of await world.rows.all<FileRow>('files')) {
    await world.rows.change('files', { fileId: row.fileId }, { state: 'failed' });
    await world.rows.delete('lines', { line: 'transfers', position: row.position });
    const incident = { kind: 'file-failed', subject: row.fileId, messageId: 'm-2', expected: '', found: '' } as const;
    await raiseIncident(world.context, incident);
  }
  return world;
}

const transfers = async (world: World) =>
  (await world.rows.all<{ line: string }>('lines')).filter(({ line }) => line === 'transfers').length;

describe('retrying many failed files', () => {
  it('takes those of a delivery together, and has it go on with the last', async () => {
    const world = await withFailed(45);
    const { actions, refused } = await planRetries(deskOf(world), await openOf(world));
    expect([actions.length, refused]).toEqual([1, []]);
    expect(actions[0]?.planned).toEqual([
      '45 files will be fetched again, with all attempts.',
      'Delivery m-2 will go on.',
    ]);
    const done = await Promise.all(actions.map((action) => commitAction(deskOf(world), action, decision)));
    expect(done).toEqual([true]);

    expect(await world.rows.message('m-2')).toMatchObject({ state: 'working', attempts: 0 });
    expect([(await openOf(world)).length, await transfers(world)]).toEqual([0, 45]);
    const states = (await world.rows.all<FileRow>('files')).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['pending']));
    expect(await world.rows.history('file#f-44')).toMatchObject([
      { event: 'registered' },
      { event: 'retried', details: decision },
    ]);
  });

  it('leaves the delivery held for a file that is not among them', async () => {
    const world = await withFailed(3);
    const two = (await openOf(world)).filter(({ subject }) => subject !== 'f-1');
    const { actions } = await planRetries(deskOf(world), two);
    expect(actions[0]?.planned.join(' ')).toContain('stay held, because 1 other file of it failed');
    for (const action of actions) await commitAction(deskOf(world), action, decision);
    expect([(await world.rows.message('m-2')).state, await transfers(world)]).toEqual(['held', 2]);
  });

  it('leaves what is left as it was when somebody is faster in between', async () => {
    const world = await withFailed(25);
    const { actions } = await planRetries(deskOf(world), await openOf(world));
    const last = (await openOf(world)).at(-1)?.subject ?? '';
    await world.rows.change('files', { fileId: last }, { version: 9 });
    for (const action of actions) expect(await commitAction(deskOf(world), action, decision)).toBe(false);
    expect((await world.rows.message('m-2')).state).toBe('held');
    expect([25 - (await openOf(world)).length, await transfers(world)]).toEqual([20, 20]);
  });

  it('tells why some can not be tried again', async () => {
    const world = await withFailed(1);
    await world.rows.change('files', { fileId: 'f-0' }, { state: 'stored' });
    const { actions, refused } = await planRetries(deskOf(world), await openOf(world));
    expect([actions, refused.map(({ why }) => why)]).toEqual([[], ['File f-0 is stored: not failed']]);
  });
});
