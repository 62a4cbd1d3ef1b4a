import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { hold } from '../../shared/messages/hold.ts';
import { create, grant, play, remove, type Step, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, type World } from '../support/world.ts';

const newWorld = useWorlds();

const deliver = (...fileIds: string[]): Step => [
  'DataDeliveryReady',
  { projectNo: 'p', files: fileIds.map((fileId) => ({ fileId, fileSize: 3, fileChecksum: '0'.repeat(32) })) },
];

/** Has the file delivered and stored, as if its transfer had ended. */
async function store(world: World): Promise<void> {
  await play(world, deliver('f'));
  await world.rows.change('files', { fileId: 'f' }, { state: 'stored', storedAt: 1, leaseUntil: undefined });
  const object = { Bucket: world.filesBucket, Key: 'projects/p/files/f' };
  await world.context.s3.send(new PutObjectCommand({ ...object, Body: 'abc' }));
}

async function whatIsThere({ rows, context, filesBucket }: World) {
  const { Contents = [] } = await context.s3.send(new ListObjectsV2Command({ Bucket: filesBucket }));
  const tables = ['projects', 'users', 'files', 'members', 'lines', 'history'] as const;
  return [Contents.map(({ Key }) => Key), ...(await Promise.all(tables.map((table) => rows.all(table))))];
}

type Meanwhile = (world: World, messageId: string) => Promise<void>;

/**
 * Handlers whose message is taken over, because others' clocks are ahead: before each of its calls, one after the
 * other, but for those with which objects go. S3 knows of no lease.
 *
 * @param happens what the others do with the message, and what comes after it
 * @returns how many calls there are
 */
async function takeOver(prepare: (world: World) => Promise<unknown>, message: Step, happens: Meanwhile) {
  let calls = 0;
  for (let isTaken = true; isTaken; calls++) {
    const world = await newWorld({ maxAttempts: 50 });
    await prepare(world);
    const [messageId = ''] = await send(world, message);
    await world.poll();
    await world.take();
    isTaken = false;
    let expected: unknown;
    let number = 0;
    world.outside.before = async ({ name }) => {
      if (/^(Delete|Abort|ListMultipart)/.test(name) || number++ < calls) return;
      world.outside.heal();
      isTaken = true;
      await world.rows.change('messages', { messageId }, { leaseUntil: undefined });
      await happens(world, messageId);
      expected = await whatIsThere(world);
    };
    await world.handlers[message[0]].handle(messageId, world.clock.now() + hour);
    if (isTaken) expect(await whatIsThere(world), `before call ${calls + 1}`).toEqual(expected);
  }
  return calls;
}

const furnish = async (world: World) => {
  await play(world, create('p'), grant('p', 'a'));
  await store(world);
};

it('a deletion of a project that was taken over leaves alone what came after it', async () => {
  const calls = await takeOver(furnish, remove('p'), async (world, messageId) => {
    await world.handle({ type: 'DeleteProject', messageId });
    await furnish(world);
  });
  expect(calls).toBeGreaterThan(15);
});

it('a deletion of a file that was taken over leaves alone the file that came after it', async () => {
  const calls = await takeOver(furnish, ['DeleteDataFile', { fileId: 'f' }], async (world, messageId) => {
    await world.handle({ type: 'DeleteDataFile', messageId });
    await store(world);
  });
  expect(calls).toBeGreaterThan(5);
});

it('a delivery that was taken over registers nothing in the project that came after its own', async () => {
  const fileIds = Array.from({ length: filesAtOnce + 1 }, (_, index) => `f-${index}`);
  const prepare = (world: World) => play(world, create('p'));
  const calls = await takeOver(prepare, deliver(...fileIds), async (world, messageId) => {
    const incident = {
      kind: 'attempts-used-up',
      subject: messageId,
      messageId,
      expected: 'an end',
      found: 'none',
    } as const;
    await hold(world.context, await world.rows.message(messageId), incident);
    const ids = await play(world, remove('p'), create('p'));
    for (const id of ids) expect(await world.rows.message(id)).toMatchObject({ state: 'marked' });
  });
  expect(calls).toBeGreaterThan(5);
});
