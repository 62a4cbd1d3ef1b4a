import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { usageKey } from '../../shared/workspaces/keys.ts';
import { userOf } from '../../shared/workspaces/users.ts';
import { create, play } from '../support/messages.ts';
import { useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();
const agreed = ['--yes', '--reason', 'as agreed'];

async function withBob() {
  const world = await newWorld();
  await world.operate('accounts', 'create', 'bob', ...agreed);
  return world;
}

describe('npm run operator -- quotas', () => {
  it('lists what is used, and sets and removes limits', async () => {
    const { json, operate, context, tables } = await withBob();
    expect(await json('quotas', 'list')).toEqual([]);
    const set = await operate('quotas', 'set', 'account#bob', '--jobs', '2', '--core-hours', '1.5', ...agreed);
    expect(set).toMatchObject({ code: 0, errors: '' });
    const account = await readAccount(context.db, tables.accounts, 'bob');
    if (!account) throw new Error('There is no account');
    const { userId } = await userOf({ db: context.db, clock: context.clock, tables }, account);
    await context.db.send(
      new UpdateCommand({
        TableName: tables.workspaces,
        Key: usageKey({ userId }),
        UpdateExpression: 'ADD activeJobs :one, coreHours :hours, usedCoreHours :one, diskSpace :seven',
        ExpressionAttributeValues: { ':one': 1, ':hours': 50_001, ':seven': 7 },
      }),
    );
    const quota = {
      subject: 'account#bob',
      activeJobs: 1,
      diskSpace: 7,
      maxConcurrentJobs: 2,
      maxCoreHours: 1.5,
      usedCoreHours: 0.00001,
      reservedCoreHours: 0.5,
    };
    expect(await json('quotas', 'list')).toEqual([quota]);
    await operate('quotas', 'set', 'account#bob', '--jobs', 'none', ...agreed);
    const { maxConcurrentJobs: _, ...rest } = quota;
    expect(await json('quotas', 'list')).toEqual([rest]);
    const events = await json('history', 'gateway');
    expect(events).toMatchObject([
      { event: 'changed', details: { quota: 'account#bob', limits: 'jobs 2, core hours 1.5', reason: 'as agreed' } },
      { event: 'changed', details: { quota: 'account#bob', limits: 'jobs as in general' } },
    ]);
  });

  it('names the account or the project as the list does, in whatever letters', async () => {
    const world = await withBob();
    const project = '0B9D1F0E-6A3C-4F5E-9A51-3C0D7C1E2F4A';
    await play(world, create(project));
    for (const subject of ['account#BOB', `project#${project}`]) {
      const set = await world.operate('quotas', 'set', subject, '--jobs', '2', ...agreed);
      expect(set).toMatchObject({ code: 0, errors: '' });
    }
    const subjects = ['account#bob', `project#${project.toLowerCase()}`];
    expect(await world.json('quotas', 'list')).toMatchObject(
      subjects.map((subject) => ({ subject, maxConcurrentJobs: 2 })),
    );
    expect(await world.json('history', 'gateway')).toMatchObject(
      subjects.map((quota) => ({ event: 'changed', details: { quota } })),
    );
  });

  it.each([
    [['account#bob'], 'Give --jobs, --core-hours or --disk-space'],
    [['account#bob', '--jobs', '-1'], '--jobs: must be a number from 0, or none'],
    [['bob', '--jobs', '1'], 'subject: must be account#NAME or project#N'],
    [['account#eve', '--jobs', '1'], 'There is no account eve'],
    [['project#77', '--jobs', '1'], 'there never was a project 77 here'],
  ])('refuses %j', async (args, text) => {
    const { operate } = await withBob();
    const { code, errors } = await operate('quotas', 'set', ...args, ...agreed);
    expect(code).not.toBe(0);
    expect(errors).toContain(text);
  });
});
