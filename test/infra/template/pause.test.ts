import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commitAction } from '../../../shared/decisions/context.ts';
import { planPause, planResume } from '../../../shared/decisions/pause.ts';
import type { Write } from '../../../shared/platform/transaction.ts';
import { create, send } from '../../support/messages.ts';
import { useWorlds } from '../../support/setup.ts';
import type { World } from '../../support/world.ts';
import { synthesize } from './synthesis.ts';

const newWorld = useWorlds();
const decision = { by: 'ann', reason: 'maintenance' };
const deskOf = ({ context, tables }: World) => ({ ...context, tables });
const tablesOf = (writes: readonly Write[]) =>
  writes.flatMap(({ Put, Update, Delete }) => (Put ?? Update ?? Delete)?.TableName ?? []);

/**
 * A deployment sets every resource to what the template says. A pause that disabled the schedule would therefore end with the
 * next deployment, without anybody having decided that. So it is an item in a table, which no deployment touches.
 */
describe('a pause survives a deployment', () => {
  const before = synthesize();
  const after = synthesize({ pollMinutes: 5, maxAttempts: 3, holdTypes: 'DeleteProject' });

  it('because it is an item in the table control, noted in the history, with what a history takes, and nothing else', async () => {
    const world = await newWorld();
    for (const plan of [planPause, planResume]) {
      const action = await plan(deskOf(world));
      const tables = new Set((await action.transactions(decision)).flatMap(tablesOf));
      expect(tables).toContain(world.tables.control);
      for (const table of tables) expect(Object.values(world.tables)).toContain(table);
      expect(await commitAction(deskOf(world), action, decision)).toBe(true);
    }
  });

  it('because polls ask for it each time, whatever invokes them', async () => {
    const world = await newWorld();
    await commitAction(deskOf(world), await planPause(deskOf(world)), decision);
    await send(world, create('p'));

    await world.poll();

    expect(await world.rows.lines()).toEqual([]);
  });

  it('because every template has the schedules enabled: a deployment has nothing to turn on again', () => {
    for (const synthesis of [before, after]) {
      const schedules = Object.values(synthesis.resources('AWS::Scheduler::Schedule'));
      expect(schedules.length).toBeGreaterThan(1);
      for (const { Properties } of schedules) expect(Properties.State).toBe('ENABLED');
    }
  });

  it('because the table stays the same and is kept, and nothing in a deployment runs that could write to it', () => {
    const id = before.idOf('ControlTable');
    expect(after.idOf('ControlTable')).toBe(id);
    const table = before.resources('AWS::DynamoDB::Table')[id];
    expect(after.resources('AWS::DynamoDB::Table')[id]).toEqual(table);
    expect(table).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const types = z.record(z.string(), z.object({ Type: z.string() })).parse(after.template.toJSON().Resources);
    // The console's files are put into their bucket by a function that has no rights on tables.
    for (const { Type } of Object.values(types))
      expect(Type).not.toMatch(/^Custom::(?!CDKBucketDeployment)|CustomResource/);
    const policies = Object.entries(after.resources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('CustomCDK'));
    expect(policies).toHaveLength(1);
    expect(JSON.stringify(policies)).not.toContain('dynamodb');
  });
});
