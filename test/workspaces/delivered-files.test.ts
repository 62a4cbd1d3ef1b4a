import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileRow } from '../../shared/files/file.ts';
import { createWorkspacesApi, ok, type Person, refused, type WorkspacesApi } from './workspaces-fixture.ts';

let api: WorkspacesApi;
let bob: Person;

beforeEach(async () => {
  api = await createWorkspacesApi();
  bob = await api.researcher('bob', '1001', { permissions: [] });
});

const put = (TableName: string, Item: object) => api.context.db.send(new PutCommand({ TableName, Item: { ...Item } }));

async function deliver(projectNo: string, fileId: string, fields: Partial<FileRow> = {}) {
  await api.deliver(projectNo, fileId, {
    checksum: '9e107d9d372bb6826bd81d3542a419d6',
    checksumFailures: 0,
    bytesDone: 10,
    storedAt: 2_000,
    ...fields,
  });
  await put(api.tables.members, { projectNo, member: `file#${fileId}` });
}

const list = async (query = '', as = bob) => {
  const { body } = await api.ask(`GET /delivered_files${query}`, undefined, as);
  return Object(body).data;
};

describe('the list of delivered files', () => {
  it('has the files of the own project with their checks, and no bytes or keys', async () => {
    await deliver('1001', 'a');
    await deliver('1001', 'b', { state: 'failed', checksumFailures: 3, size: 20, bytesDone: 0, lastError: 'secret' });
    await deliver('1002', 'c');
    await put(api.tables.members, { projectNo: '1001', member: 'user#x' });
    const common = { md5: '9e107d9d372bb6826bd81d3542a419d6', datetime_delivered: '1970-01-01T00:00:00.001Z' };
    expect(await list()).toEqual({
      project_no: '1001',
      files: [
        {
          ...common,
          file_id: 'a',
          source_path: 'projects/1001/a',
          state: 'stored',
          size: 10,
          bytes_done: 10,
          checksum_failures: 0,
          datetime_stored: '1970-01-01T00:00:02.000Z',
        },
        expect.objectContaining({ ...common, file_id: 'b', state: 'failed', size: 20, checksum_failures: 3 }),
      ],
    });
    expect((await list('?state=failed')).files).toEqual([expect.objectContaining({ file_id: 'b' })]);
    expect(JSON.stringify(await list())).not.toMatch(/secret|objectKey/);
  });

  it.each([1, 2, 3, 7])('comes in pages of %i, each file once', async (limit) => {
    const ids = Array.from({ length: 7 }, (_, index) => `f${index}`);
    for (const id of ids) await deliver('1001', id);
    const seen: string[] = [];
    let after = '';
    do {
      const { files, next = '' } = await list(`?limit=${limit}${after && `&after=${after}`}`);
      expect(files.length).toBeLessThanOrEqual(limit);
      for (const { file_id } of files) seen.push(file_id);
      after = next;
    } while (after !== '');
    expect(seen).toEqual(ids);
  });

  it('leaves out files whose rows are gone or belong to another project by now', async () => {
    await deliver('1001', 'a');
    await put(api.tables.members, { projectNo: '1001', member: 'file#gone' });
    await deliver('1001', 'moved');
    await deliver('1002', 'moved');
    expect((await list()).files).toEqual([expect.objectContaining({ file_id: 'a' })]);
  });

  it('begins behind any text, and behind none that is too long for a key', async () => {
    await deliver('1001', 'a');
    const listBehind = (text: string) =>
      api.ask(`GET /delivered_files?after=${encodeURIComponent(text)}`, undefined, bob);
    for (const text of ['a', '\u{10ffff}\u{10ffff}']) {
      expect(await listBehind(text)).toMatchObject({ status: 200, body: { data: { files: [] } } });
    }
    expect(await listBehind('ø'.repeat(501))).toMatchObject({ status: 400 });
  });

  it('of another project is answered as one that does not exist', async () => {
    await deliver('1002', 'c');
    for (const projectNo of ['1002', 'none']) {
      expect(await api.ask(`GET /delivered_files?project_no=${projectNo}`, undefined, bob)).toMatchObject(
        refused(404, `Project ${projectNo} not found for user.`),
      );
    }
  });

  it('is empty without an enabled access, and while DST deletes the project', async () => {
    await deliver('1001', 'a');
    const nothing = { project_no: null, files: [] };
    expect(await list('', await api.person('anna'))).toEqual(nothing);
    const { db, tables } = api.context;
    const set = (TableName: string, Key: object, name: string, value: unknown) =>
      db.send(
        new UpdateCommand({
          TableName,
          Key: { ...Key },
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    await set(tables.projects, { projectNo: '1001' }, 'state', 'deleting');
    expect(await list()).toEqual(nothing);
    await set(tables.projects, { projectNo: '1001' }, 'state', 'active');
    await set(tables.users, { accessIdentifier: bob.account.accessIdentifier }, 'enabled', false);
    expect(await list()).toEqual(nothing);
  });

  it('of any project is shown to operators', async () => {
    await api.researcher('carl', '1002');
    await deliver('1002', 'c');
    const operator = await api.person('olga', { permissions: ['operator'] });
    expect((await list('?project_no=1002', operator)).files).toEqual([expect.objectContaining({ file_id: 'c' })]);
    expect(await api.ask('GET /delivered_files?project_no=none', undefined, operator)).toMatchObject(refused(404));
  });

  it('is for accounts', async () => {
    expect(await api.ask('GET /delivered_files')).toMatchObject(refused(401));
    expect(await api.ask('GET /delivered_files', undefined, bob)).toMatchObject(ok('Successful.'));
    expect(await api.ask('GET /delivered_files?limit=0', undefined, bob)).toMatchObject(refused(400));
  });
});
