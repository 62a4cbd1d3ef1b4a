import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { commitAction, type OperatorContext } from '../../shared/decisions/context.ts';
import { planFetchAgain, problemOfFetching } from '../../shared/decisions/fetch-again.ts';
import { planRetry } from '../../shared/decisions/retry.ts';
import { type IncidentRow, isOpen } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';

const services = useServices();
const size = 20_000_000;

const deskOf = ({ context, tables, clock }: World): OperatorContext => ({ ...context, tables, clock });
const incidents = ({ db, tables }: World) => Array.fromAsync(scan<IncidentRow>(db, tables.incidents));

/** A project with a stored file of several parts, and a small one. */
async function setUp(options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  await world.sendDelivery([
    { fileId: 'a', size },
    { fileId: 'small', size: 1000 },
  ]);
  await world.settle();
  return world;
}

/** A file that is damaged, a return of it that is held, and one that waits behind that. */
async function setUpHeld(fileId = 'a', options: WorldOptions = {}) {
  const world = await setUp(options);
  const { size: length = 0, checksum, objectKey: Key } = (await world.file(fileId)) ?? {};
  const Metadata = { md5: checksum ?? '' };
  const Body = Buffer.alloc(length, 'x');
  await world.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key, Body, Metadata }));
  const returns = [
    await world.portal.send('ReturnDataFile', { fileId }),
    await world.portal.send('ReturnDataFile', { fileId }),
  ];
  await world.settle();
  expect(await world.message(returns[0] ?? '')).toMatchObject({ state: 'held' });
  return { world, returns };
}

async function fetchAgain(world: World, fileId: string) {
  const action = await planFetchAgain(deskOf(world), fileId);
  expect(await commitAction(deskOf(world), action, { by: 'an operator', reason: 'somebody replaced it' })).toBe(true);
  return action;
}

describe('a damaged file that is fetched again', () => {
  it.each(['a', 'small'])('takes the place of its object, and its returns go on: %s', async (fileId) => {
    const { world, returns } = await setUpHeld(fileId);

    const { planned } = await fetchAgain(world, fileId);
    await world.settleUntil(async () => (await world.portal.pending()) === 0);

    expect(planned).toContain(`Return ${returns[0]} will go on when the file is stored.`);
    for (const messageId of returns) expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    const { checksum, objectKey = '', state } = (await world.file(fileId)) ?? {};
    expect(state).toBe('stored');
    expect((await world.object(objectKey)).md5).toBe(checksum);
    expect((await world.portal.snapshot()).received).toMatchObject([
      { fileId, md5: checksum },
      { fileId, md5: checksum },
    ]);
    expect(await world.eventsOf(fileId)).toEqual(['registered', 'stored', 'retried', 'stored', 'returned', 'returned']);
    expect(await world.incidents()).toMatchObject([{ kind: 'file-damaged', state: 'retried' }]);
    expect(await world.transferEntries()).toEqual([]);
    expect(await world.uploads()).toEqual([]);
  });

  it('is fetched when nothing is left of its delivery, and of its object', async () => {
    const world = await setUp();
    const { objectKey: Key, messageId } = (await world.file('a')) ?? {};
    await world.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key }));
    await world.db.send(new DeleteCommand({ TableName: world.tables.messages, Key: { messageId } }));
    await fetchAgain(world, 'a');
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state: 'stored', size });
    expect(await world.objects()).toContain(Key);
  });

  it('has all its attempts, however often it was started over before', async () => {
    const { world } = await setUpHeld('a', { maxAttempts: 3 });
    const update = { UpdateExpression: 'SET restarts = :all', ExpressionAttributeValues: { ':all': 3 } };
    await world.db.send(new UpdateCommand({ TableName: world.tables.files, Key: { fileId: 'a' }, ...update }));
    await fetchAgain(world, 'a');
    await world.settleUntil(async () => (await world.portal.pending()) === 0);
    expect(await world.file('a')).toMatchObject({ state: 'stored' });
  });

  it('and that DST has no more leaves the file and its returns to a person, who may try again', async () => {
    const { world, returns } = await setUpHeld('a', { maxAttempts: 3 });
    const rules = [{ kind: 'status', status: 404, calls: ['GET /data/{fileId}'] } as const];
    await world.portal.setFaults({ rules });
    await fetchAgain(world, 'a');
    await world.settleUntil(async () => (await world.file('a'))?.state === 'failed', 600);
    await world.settle();

    expect(await world.message(returns[0] ?? '')).toMatchObject({ state: 'held' });
    const failed = (await incidents(world)).find(({ kind }) => kind === 'file-failed');
    expect(failed).toMatchObject({ subject: 'a', state: 'open' });

    await world.portal.clearFaults();
    if (!failed) throw new Error('There is no incident');
    const action = await planRetry(deskOf(world), failed);
    await commitAction(deskOf(world), action, { by: 'an operator', reason: 'DST has it again' });
    await world.settleUntil(async () => (await world.portal.pending()) === 0);
    expect((await world.portal.snapshot()).received).toHaveLength(2);
    expect((await incidents(world)).filter(isOpen)).toEqual([]);
  });

  it('is deleted when DST says so meanwhile', async () => {
    const { world } = await setUpHeld();
    await fetchAgain(world, 'a');
    const messageId = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settleUntilMarked(messageId);
    expect(await world.file('a')).toBeUndefined();
    expect(await world.transferEntries()).toEqual([]);
  });

  it.each([
    ['pending', 'is being fetched already'],
    ['copying', 'is being fetched already'],
    ['deleting', 'is being deleted'],
    ['failed', 'was never stored'],
  ] as const)('is not one that is %s', (state, why) => {
    expect(problemOfFetching({ state })).toContain(why);
  });

  it('is not one that nobody knows', async () => {
    const world = await createWorld(services());
    await expect(planFetchAgain(deskOf(world), 'unknown')).rejects.toThrow('There is no file unknown');
  });
});
