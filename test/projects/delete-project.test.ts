import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { MessageRecord } from '../../shared/messages/record.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { create, disable, grant, play, remove, reset, type Step, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';
import { deliver, finish, furnish } from './projects-fixture.ts';

const newWorld = useWorlds();

/** A field that nobody described, which makes a message too long for its item. */
const withNote = ([type, data]: Step): Step => [type, { ...data, note: 'x'.repeat(120_000) }];

async function keys({ context: { s3 } }: World, Bucket: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

const textsOf = async ({ rows }: World) =>
  new Map((await rows.all<MessageRecord>('messages')).map(({ messageId, raw, rawKey }) => [messageId, raw ?? rawKey]));

describe('the deletion of a project', () => {
  it('leaves nothing of it but its history, and nothing else is touched', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await furnish(world);
    await play(world, remove('p'));
    await finish(world);
    expect(await world.rows.projects()).toMatchObject([{ projectNo: 'q' }]);
    for (const table of ['users', 'members', 'files'] as const) {
      const projects = (await world.rows.all(table)).map(({ projectNo }) => projectNo);
      expect(new Set(projects)).toEqual(new Set(['q']));
    }
    const accounts = (await world.rows.accounts()).map(({ account }) => account);
    const wanted = (await world.rows.users()).map(({ loginName }) => loginName);
    expect(accounts.toSorted()).toEqual(wanted.toSorted());
    const stored = await keys(world, world.filesBucket);
    expect(stored).toEqual(['outbox/q/r', 'projects/q/files/q-1', 'projects/q/files/stray']);
    const { Uploads = [] } = await world.context.s3.send(
      new ListMultipartUploadsCommand({ Bucket: world.filesBucket }),
    );
    expect(Uploads.map(({ Key }) => Key)).toEqual(['projects/q/files/q-2']);
    const lines = await world.rows.lines();
    expect(lines.filter(({ line }) => line !== 'transfers').map(({ messageId }) => messageId)).toEqual(['m-8']);
    expect(lines.filter(({ line }) => line === 'transfers')).toHaveLength(2);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('is written into the history of all that goes', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await furnish(world);
    const [messageId] = await play(world, remove('p'));
    await finish(world);
    const events = async (subject: string) =>
      (await world.rows.history(subject)).map(({ sequence, event }) => `${sequence} ${event}`);
    expect(await events('project#p')).toEqual(['1 created', '2 deletion begun', '3 deleted']);
    expect(await events('access#p-1')).toEqual(['1 created', '2 deleted']);
    expect((await events('file#p-1')).at(0)).toBe('1 registered');
    expect((await events('file#p-1')).at(-1)).toMatch(/deleted$/);
    expect((await world.rows.history('access#p-2')).at(-1)).toMatchObject({ messageId });
  });

  it('supersedes what was still to be done, which is marked then', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await furnish(world);
    await world.portal.setFaults({
      rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
    });
    await play(world, reset('p-1'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'working', 'm-9': 'held' });
    await play(world, remove('p'));
    await finish(world);
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'marked', 'm-9': 'marked', 'm-10': 'marked' });
  });

  it('supersedes a message also when somebody is at work on it at that moment', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const calls = ['PATCH /user-accesses/{accessIdentifier}'] as const;
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls }] });
    await play(world, reset('a'));
    let changed = false;
    world.outside.before = async ({ name, input }) => {
      if (changed || name !== 'TransactWriteItemsCommand' || !JSON.stringify(input).includes('superseded')) return;
      changed = true;
      await world.rows.change('messages', { messageId: 'm-3' }, { version: 99 });
    };
    await play(world, remove('p'));
    await finish(world);
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect((await world.rows.message('m-3')).lastError).toContain('500');
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('waits for a transfer that begins at the very moment', async () => {
    const world = await newWorld();
    await play(world, create('p'), deliver('p', 'f'));
    await world.rows.change('files', { fileId: 'f' }, { state: 'pending', leaseUntil: undefined });
    const leaseUntil = world.clock.now() + 10 * minute;
    world.outside.before = async ({ name, input }) => {
      if (name !== 'UpdateItemCommand' || !/"fileId":"f".*"deleting"/.test(JSON.stringify(input))) return;
      world.outside.heal();
      await world.rows.change('files', { fileId: 'f' }, { state: 'copying', attempt: 2, leaseUntil });
    };

    await play(world, remove('p'));

    expect(await world.rows.all('files')).toMatchObject([{ state: 'deleting', attempt: 2, leaseUntil }]);
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'applying' });
    expect(await world.rows.message('m-1'), 'what the messages said goes last').toHaveProperty('raw');
    await finish(world);
    expect(await world.rows.all('files')).toEqual([]);
    expect(world.clock.now()).toBeGreaterThan(leaseUntil);
  });

  it('deletes objects whatever they are called', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    const odd = ['\u0001', 'a b', 'a+b', 'a%20b', '&<>"\'', '\r\n', '\t', '\uffff', '😀', 'é/', '..', ' '];
    for (const name of odd) {
      const Key = `outbox/p/${name}`;
      await world.context.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key, Body: 'x' }));
      await world.context.s3.send(new CreateMultipartUploadCommand({ Bucket: world.filesBucket, Key }));
    }
    await play(world, remove('p'));
    await finish(world);
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    const { Uploads } = await world.context.s3.send(new ListMultipartUploadsCommand({ Bucket: world.filesBucket }));
    expect([await keys(world, world.filesBucket), Uploads]).toEqual([[], undefined]);
  });

  it('of none is an incident and is marked', async () => {
    const world = await newWorld();
    await play(world, remove('p'), create('p'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
    const incident = { kind: 'mismatch', messageId: 'm-1', expected: 'project p', found: 'it does not exist' };
    expect(await world.rows.incidents()).toMatchObject([incident]);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'incident', ...incident }));
  });

  it('of one whose creation is held makes the creation moot', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, grant('p', 'a'), remove('p'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
    expect(await world.rows.incidents()).toHaveLength(1);
  });

  it('stops at its time and goes on with the next invocation', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    const accesses = Array.from({ length: 500 }, (_, index) => `a-${index}`);
    for (let from = 0; from < accesses.length; from += 25) await seedUsers(world, accesses.slice(from, from + 25));
    await play(world, disable('a-7'));
    world.outside.before = () => world.clock.advance(1_500);
    await play(world, remove('p'));
    world.outside.heal();
    await finish(world);
    expect(world.logs.filter(({ message }) => message === 'waiting').length).toBeGreaterThan(0);
    expect(await world.rows.users()).toEqual([]);
    expect(await world.rows.accounts()).toEqual([]);
    expect(await world.rows.all('members')).toEqual([]);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
    expect((await world.rows.message('m-3')).attempts).toBeLessThan(3);
    expect((await world.rows.all('history')).filter(({ event }) => event === 'deleted')).toHaveLength(501);
  });
});

describe('what the messages of a deleted project said', () => {
  it('is gone, from the tables and the bucket', async () => {
    const world = await newWorld();
    await play(world, create('p'), withNote(grant('p', 'a')), reset('a'), create('q'));
    await play(world, withNote(remove('p')));
    await finish(world);
    const texts = await textsOf(world);
    for (const messageId of ['m-1', 'm-2', 'm-3', 'm-5']) expect(texts.get(messageId)).toBeUndefined();
    expect(texts.get('m-4')).toBeDefined();
    expect(await keys(world, world.context.internalBucket)).toEqual([]);
    expect(await world.rows.message('m-2')).toMatchObject({ type: 'CreateProjectAccess', state: 'marked' });
  });

  it('is gone although DynamoDB has removed the oldest of them', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await world.rows.delete('messages', { messageId: 'm-1' });
    await play(world, remove('p'));
    await finish(world);
    expect(await world.rows.states()).toEqual({ 'm-2': 'marked', 'm-3': 'marked' });
    expect(await world.rows.all('members')).toEqual([]);
  });

  it('stays of a project that was made anew under the same number', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), remove('p'), create('p'), grant('p', 'a'));
    await finish(world);
    expect(await world.rows.projects()).toMatchObject([{ projectNo: 'p', state: 'active', version: 4 }]);
    expect(await world.rows.user('a')).toMatchObject({ version: 3 });
    const texts = await textsOf(world);
    expect([...texts.keys()].filter((messageId) => texts.get(messageId)).toSorted()).toEqual(['m-4', 'm-5']);
    const members = (await world.rows.all('members')).map(({ member }) => String(member).split('#')[0]);
    expect(members.toSorted()).toEqual(['message', 'message', 'user']);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('stays of a later message that a failed poll had made a member before', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.rows.change('members', { projectNo: 'p', member: 'message#0' }, { messageId: 'm-4' });
    await send(world, remove('p'), create('p'), grant('p', 'a'));
    await finish(world);
    expect(await world.rows.user('a')).toMatchObject({ projectNo: 'p' });
    expect(await world.rows.message('m-4')).toMatchObject({ state: 'marked', raw: expect.any(String) });
  });

  it('stays of a later message that says the same, however long it is', async () => {
    const world = await newWorld();
    const element = (messageId: string, [messageType, data]: Step) => ({
      messageType,
      data,
      messageId,
      timestamp: null,
    });
    const long = withNote(grant('p', 'a'));
    await world.portal.sendMany([
      element('creation', create('p')),
      element('first', long),
      element('deletion', remove('p')),
      element('new creation', create('p')),
      element('second', long),
    ]);
    await finish(world);
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
    expect(await world.rows.user('a')).toMatchObject({ version: 3 });
    expect(await keys(world, world.context.internalBucket)).toEqual(['messages/second']);
  });
});

/** Users as CreateProjectAccess leaves them, without the work. */
function seedUsers({ context, tables }: World, accesses: readonly string[]): Promise<unknown> {
  const { db, clock } = context;
  const row = { projectNo: 'p', enabled: true, passwordHash: '', version: 1 };
  const accountRow = { createdAt: 1, version: 0 };
  return transact(
    db,
    clock,
    accesses.flatMap((accessIdentifier) => [
      { Put: { TableName: tables.users, Item: { ...row, accessIdentifier, loginName: accessIdentifier } } },
      { Put: { TableName: tables.accounts, Item: { ...accountRow, account: accessIdentifier, accessIdentifier } } },
      { Put: { TableName: tables.members, Item: { projectNo: 'p', member: `user#${accessIdentifier}` } } },
      {
        Put: {
          TableName: tables.history,
          Item: { subject: `access#${accessIdentifier}`, sequence: 1, event: 'created' },
        },
      },
    ]),
  );
}
