import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { commitAction } from '../../shared/decisions/context.ts';
import { type FileRow, fileMemberKey } from '../../shared/files/file.ts';
import { type TransferEntry, transferKey } from '../../shared/messages/transfers-line.ts';
import { compareTransfer } from '../../shared/operate/reconcile/comparisons.ts';
import { type Difference, differenceOfEntry, differencesOfList } from '../../shared/operate/reconcile/differences.ts';
import { fixAction } from '../../shared/operate/reconcile/fix.ts';
import { fileRow } from '../support/file-rows.ts';
import { create, grant, play, send } from '../support/messages.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();

/** A gateway whose project 1001 has these files, the stored ones with objects of their size. */
async function withFiles(...files: FileRow[]): Promise<OperatedWorld> {
  const world = await newWorld();
  await play(world, create('1001'));
  const { db, s3 } = world.context;
  for (const file of files) {
    await db.send(new PutCommand({ TableName: world.tables.files, Item: file }));
    await db.send(new PutCommand({ TableName: world.tables.members, Item: fileMemberKey(file) }));
    if (file.state === 'stored') await s3.send(objectOf(world, file.objectKey, file.size));
  }
  return world;
}

const objectOf = ({ filesBucket: Bucket }: OperatedWorld, Key: string, size = 0) =>
  new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size) });
const found = async (world: OperatedWorld, ...args: string[]) =>
  (await world.json('reconcile', ...args)).map(({ kind, subject, canBeFixed }) => [kind, subject, canBeFixed]);

describe('npm run operator -- reconcile', () => {
  it('finds nothing where all is well', async () => {
    const world = await withFiles(fileRow('a', { size: 3 }), fileRow('b/c', { size: 0 }));
    expect(await world.operate('reconcile')).toEqual({
      code: 0,
      output: '0 differences, 0 can be fixed.\n',
      errors: '',
    });
  });

  it('tells what differs between rows and objects', async () => {
    const world = await withFiles(fileRow('a', { size: 3 }), fileRow('b', { size: 4 }), fileRow('c', { size: 5 }));
    const { s3 } = world.context;
    const keyOf = (fileId: string) => fileRow(fileId).objectKey;
    await s3.send(new DeleteObjectCommand({ Bucket: world.filesBucket, Key: keyOf('a') }));
    await s3.send(objectOf(world, keyOf('b'), 2));
    await s3.send(objectOf(world, keyOf('x'), 2));

    const told = await world.operate('reconcile');
    expect(told.code).toBe(1);
    expect(told.output).toContain('  how to fix: infra/monitoring/RUNBOOK.md#object-differs\n');
    expect(await found(world, '--project', '1001')).toEqual([
      ['object-missing', 'a', false],
      ['object-differs', 'b', false],
      ['object-unknown', keyOf('x'), false],
    ]);
  });

  it('fixes what stands wrongly among the files to be moved, or does not stand there', async () => {
    const world = await withFiles(fileRow('a'), fileRow('b', { state: 'pending', messageId: 'm-1', position: '5' }));
    const { line, position } = await world.rows.message('m-1');
    await world.rows.change('messages', { messageId: 'm-1' }, { state: 'working' });
    await world.rows.change(
      'lines',
      { line, position },
      { messageId: 'm-1', type: 'DataDeliveryReady', state: 'done' },
    );
    await world.rows.change('lines', transferKey('1'), { kind: 'delivery', fileId: 'a', messageId: 'm-1' });
    await world.rows.change('lines', transferKey('2'), { kind: 'result', fileId: 'outbox/1001/gone' });
    const expected = [
      ['transfer-unknown', 'a', true],
      ['transfer-unknown', 'outbox/1001/gone', true],
      ['transfer-missing', 'b', true],
    ];
    expect(await found(world)).toEqual(expected);
    expect((await world.operate('reconcile')).output).toMatch(
      /npm run operator -- reconcile --repair --reason '…' --data/,
    );
    expect(await world.operate('reconcile', '--repair', '--yes')).toMatchObject({ code: 2 });
    expect(await world.operate('reconcile', '--repair', '--reason', 'x', '--dry-run')).toMatchObject({ code: 1 });
    expect(await found(world)).toEqual(expected);

    expect(await world.operate('reconcile', '--repair', '--reason', 'x', '--yes')).toMatchObject({
      code: 0,
      errors: '',
    });

    expect(await found(world)).toEqual([]);
    expect(await world.rows.all('lines')).toContainEqual({
      ...transferKey('5'),
      kind: 'delivery',
      fileId: 'b',
      messageId: 'm-1',
    });
    expect(await world.json('history', 'gateway')).toMatchObject([
      { event: 'reconciled', details: { count: 3, reason: 'x' } },
    ]);
  });

  it.each([
    {
      what: 'whose file is to be moved by then',
      entry: { kind: 'delivery', fileId: 'a', messageId: 'm-1' },
      meanwhile: (world) => world.rows.change('files', { fileId: 'a' }, { state: 'pending' }),
    },
    {
      what: 'whose file was registered by then',
      entry: { kind: 'result', fileId: 'outbox/1001/r' },
      meanwhile: (world) => world.rows.change('files', { fileId: 'outbox/1001/r' }, { state: 'pending' }),
    },
    {
      what: 'whose return is under way by then',
      entry: { kind: 'return', fileId: 'a', messageId: 'm-1' },
      meanwhile: (world) => world.rows.change('messages', { messageId: 'm-1' }, { state: 'working' }),
    },
    {
      what: 'whose delivery waits by then',
      entry: { kind: 'delivery', fileId: 'a', messageId: 'm-1', awaits: 'md5' },
      meanwhile: (world) => world.rows.change('messages', { messageId: 'm-1' }, { state: 'held' }),
    },
    {
      what: 'that waits for another delivery by then',
      entry: { kind: 'delivery', fileId: 'a', messageId: 'm-1' },
      meanwhile: (world) => world.rows.change('lines', transferKey('1'), { awaits: 'md5' }),
    },
  ] as const satisfies {
    what: string;
    entry: Omit<TransferEntry, 'line' | 'position'>;
    meanwhile: (world: OperatedWorld) => Promise<void>;
  }[])('does not remove an entry $what', async ({ entry, meanwhile }) => {
    const world = await withFiles(fileRow('a'));
    const operator = { ...world.context, tables: world.tables, s3: world.s3, bucket: world.filesBucket };
    await world.rows.change('lines', transferKey('1'), entry);
    const found = await compareTransfer(operator, { ...transferKey('1'), ...entry });
    if (!found) throw new Error('no difference');
    await meanwhile(world);

    expect(await commitAction(operator, fixAction(operator, [found]), { by: 'ann', reason: 'x' })).toBe(false);

    expect(await world.rows.all('lines')).toMatchObject([{ ...transferKey('1'), ...entry }]);
    expect(await world.json('history', 'gateway')).toEqual([]);
  });

  it('removes the entries of one file and of one delivery together', async () => {
    const world = await withFiles(fileRow('a'));
    const entries = [
      { kind: 'delivery', fileId: 'a', messageId: 'm-1' },
      { kind: 'delivery', fileId: 'a', messageId: 'm-2' },
      { kind: 'delivery', fileId: 'b', messageId: 'm-1', awaits: 'md5' },
      { kind: 'delivery', fileId: 'c', messageId: 'm-1', awaits: 'md5' },
    ];
    for (const [index, entry] of entries.entries()) await world.rows.change('lines', transferKey(`${index}`), entry);
    expect(await world.operate('reconcile', '--repair', '--reason', 'x', '--yes')).toMatchObject({ code: 0 });
    expect(await world.rows.all('lines')).toEqual([]);
  });

  it("tells what differs from the portal's list", async () => {
    const world = await newWorld({ holdTypes: ['CreateProject'] });
    await play(world, create('p'), grant('p', 'a'));
    await world.portal.reset();
    await send(world, create('q'));
    await world.portal.send('CreateProject', { projectNo: 'r' });
    const differences = await found(world);
    expect(differences).toContainEqual(['message-unlisted', 'm-2', false]);
    expect(differences.filter(([kind]) => kind === 'message-unknown')).toHaveLength(1);
  });

  it('tells of an id that the portal uses again until a person has decided, as status and incidents do', async () => {
    const world = await newWorld();
    await play(world, create('p'), create('q'));
    await world.portal.reset();
    await play(world, create('r'), create('s'));
    expect(await found(world)).toEqual([
      ['message-reused', 'm-1', false],
      ['message-reused', 'm-2', false],
    ]);
    expect((await world.operate('status')).output).toContain('message-id-reused');
    expect((await world.operate('incidents')).output).toContain('CreateProject of project#r');

    const [one] = await world.json('incidents');
    const reason = ['--reason', 'set up anew', '--yes'];
    expect(await world.operate('incidents', 'dismiss', `${one?.incidentId}`, ...reason)).toMatchObject({ code: 0 });
    expect(await found(world)).toHaveLength(1);
    expect(await world.operate('incidents', 'retry', '--kind', 'message-id-reused', ...reason)).toMatchObject({
      code: 0,
    });
    expect(await found(world)).toEqual([['message-unknown', expect.stringMatching(/^m-\d$/), false]]);
    await world.run();
    expect(await found(world)).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
    expect((await world.operate('status')).output).not.toContain('message-id-reused');
    expect((await world.rows.projects()).length).toBe(3);
  });
});

describe('what differs', () => {
  it('is not what is settled and was marked in between', () => {
    const entries = [
      { messageId: 'a', state: 'done' },
      { messageId: 'b', state: 'open' },
      { messageId: 'c', state: 'held' },
    ] as const;
    expect(differencesOfList(entries, new Set(['b'])).map(({ subject }) => subject)).toEqual(['c']);
  });

  it.each([
    ['return', 'stored', 'working', undefined],
    ['return', 'stored', 'done', 'transfer-unknown'],
    ['delivery', 'copying', undefined, undefined],
    ['delivery', 'deleting', undefined, undefined],
    ['delivery', 'failed', undefined, 'transfer-unknown'],
  ] as const)('of a %s, the file being %s and the message %s', (kind, state, message, difference) => {
    const entry = { ...transferKey('1'), kind, fileId: 'f' };
    const known: Difference | undefined = differenceOfEntry(entry, fileRow('f', { state }), message);
    expect(known?.kind).toBe(difference);
  });
});
