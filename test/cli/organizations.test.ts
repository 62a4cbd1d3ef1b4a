import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { organizationKey } from '../../shared/accounts/organization.ts';
import { useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();
const agreed = ['--yes', '--reason', 'as agreed'];

async function withAccounts() {
  const world = await newWorld();
  for (const name of ['anna', 'bob']) await world.operate('accounts', 'create', name, ...agreed);
  return { ...world, organizations: (...args: string[]) => world.operate('organizations', ...args) };
}

const clinic = { name: 'Heart Clinic', supportedServices: [1, 2], members: ['anna', 'bob'], details: {}, version: 1 };

describe('npm run operator -- organizations', () => {
  it('creates, shows, changes, lists and deletes one', async () => {
    const { json, organizations } = await withAccounts();
    const created = ['create', 'Heart Clinic', '--services', '1, 2', '--members', 'Anna,bob', ...agreed];
    expect(await organizations(...created)).toMatchObject({ code: 0, errors: '' });
    expect(await json('organizations', 'show', 'heart clinic')).toEqual([clinic]);
    await organizations('change', 'Heart Clinic', '--remove-member', 'ANNA', ...agreed);
    expect(await json('organizations', 'list')).toEqual([{ ...clinic, members: ['bob'], version: 2 }]);
    await organizations('change', 'Heart Clinic', '--add-member', 'anna', '--remove-member', 'bob', ...agreed);
    expect(await json('organizations', 'list')).toEqual([{ ...clinic, members: ['anna'], version: 3 }]);
    await organizations('change', 'Heart Clinic', '--services', '3', ...agreed);
    expect((await organizations('show', 'Heart Clinic')).output).toMatch(/services +3/);
    expect(await organizations('delete', 'Heart Clinic', ...agreed)).toMatchObject({ code: 0 });
    expect(await json('organizations', 'list')).toEqual([]);
  });

  it('takes no more members than fit', async () => {
    const { context, json, organizations } = await withAccounts();
    await organizations('create', 'Heart Clinic', '--members', 'anna', ...agreed);
    await context.db.send(
      new UpdateCommand({
        TableName: context.tables.accounts,
        Key: { account: organizationKey('Heart Clinic') },
        UpdateExpression: 'SET members = :members',
        ExpressionAttributeValues: {
          ':members': Array.from({ length: 500 }, (_, n) => ({ account: `member-${n}`, createdAt: 1 })),
        },
      }),
    );
    const refused = await organizations('change', 'Heart Clinic', '--add-member', 'bob', ...agreed);
    expect(refused).toMatchObject({ code: 2, errors: expect.stringContaining('members must be at most 500') });
    expect(await json('organizations', 'show', 'Heart Clinic')).toMatchObject([{ version: 1 }]);
    const swap = ['--add-member', 'bob', '--remove-member', 'member-0'];
    expect(await organizations('change', 'Heart Clinic', ...swap, ...agreed)).toMatchObject({ code: 0 });
  });

  it('keeps in the history who did what, and why', async () => {
    const { json, organizations } = await withAccounts();
    await organizations('create', 'Heart Clinic', ...agreed);
    await organizations('change', 'Heart Clinic', '--add-member', 'bob', ...agreed);
    await organizations('delete', 'Heart Clinic', ...agreed);
    const events = await json('history', 'organization#Heart Clinic');
    expect(events.map(({ event }) => event)).toEqual(['created', 'changed', 'deleted']);
    for (const { details } of events) expect(details).toMatchObject({ by: expect.any(String), reason: 'as agreed' });
  });

  it('pages through them by name', async () => {
    const { json, organizations } = await withAccounts();
    for (const name of ['B', 'A', 'C']) await organizations('create', name, ...agreed);
    const names = async (...args: string[]) => (await json('organizations', 'list', ...args)).map((each) => each.name);
    expect(await names('--limit', '2')).toEqual(['A', 'B']);
    expect(await names('--after', 'B')).toEqual(['C']);
  });

  it.each([
    [['show', 'None'], 'There is no organization None'],
    [['change', 'None', '--services', '1', ...agreed], 'There is no organization None'],
    [['delete', 'None', ...agreed], 'There is no organization None'],
    [['create', 'Taken', ...agreed], 'There is an organization Taken already'],
    [['create', 'New', '--members', 'nobody', ...agreed], 'There is no account nobody'],
    [['change', 'Taken', '--add-member', 'email#a', ...agreed], 'There is no account email#a'],
    [['create', 'a#b', ...agreed], 'name: must have 1 to 64 letters, digits'],
    [['create', 'New', '--services', '1,x', ...agreed], '--services: must be whole numbers'],
    [['create', 'New', '--services', '0', ...agreed], '--services: must be whole numbers'],
    [['change', 'Taken', ...agreed], 'Give --services, --add-member or --remove-member'],
  ])('refuses %j', async (args, reason) => {
    const { organizations, json } = await withAccounts();
    await organizations('create', 'Taken', '--members', 'anna', ...agreed);
    const { code, errors } = await organizations(...args);
    expect(code).not.toBe(0);
    expect(errors).toContain(reason);
    expect(await json('organizations', 'list')).toMatchObject([{ name: 'Taken', members: ['anna'] }]);
  });
});
