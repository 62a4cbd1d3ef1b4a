import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { contentOf, findFile } from '../../infra/cli/files/local-file.ts';
import { type TestGateway, useGateways } from './gateway-fixture.ts';

const createGateway = useGateways();

describe('npm run operator -- send-file', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await createGateway();
    await gateway.createProject('1001');
  });

  const write = (name: string, content: string | Buffer) => {
    const path = join(gateway.directory, name);
    writeFileSync(path, content);
    return path;
  };
  const contentAt = async (Key: string) => {
    const { Body } = await gateway.s3.send(new GetObjectCommand({ Bucket: gateway.bucket, Key }));
    return Body?.transformToString('latin1');
  };

  it('puts a file into the outbox of the project, and says what comes next', async () => {
    await gateway.createProject('10/01');
    const path = write('résumé 1.csv', 'a;b\n');

    const { code, output, errors } = await gateway.operate('send-file', '--project', '10/01', path);

    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain(`npm run operator -- files --project 10/01 --data-dir ${gateway.directory}`);
    expect(await contentAt('outbox/10%2F01/résumé 1.csv')).toBe('a;b\n');
  });

  it('puts a large file in parts, with a checksum of the whole', async () => {
    const content = randomBytes(20_000_000);

    const { code, errors } = await gateway.operate('send-file', '--project', '1001', write('large.bin', content));

    expect([code, errors]).toEqual([0, '']);
    const target = { Bucket: gateway.bucket, Key: 'outbox/1001/large.bin' };
    const head = await gateway.s3.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentLength: content.length, ChecksumType: 'FULL_OBJECT' });
    expect(await contentAt(target.Key)).toBe(content.toString('latin1'));
  });

  it('notes at the object that it is to be sent by a task', async () => {
    const path = write('r.csv', 'a');
    expect(await gateway.operate('send-file', '--project', '1001', '--by-task', path)).toMatchObject({ code: 0 });
    const target = { Bucket: gateway.bucket, Key: 'outbox/1001/r.csv' };
    expect((await gateway.s3.send(new HeadObjectCommand(target))).Metadata).toEqual({ 'send-by': 'task' });
  });

  it('lets a file be that waits to be sent, unless told otherwise', async () => {
    const path = write('r.csv', 'first');
    await gateway.operate('send-file', '--project', '1001', path);
    writeFileSync(path, 'second');

    const refused = await gateway.operate('send-file', '--project', '1001', path);
    const before = await contentAt('outbox/1001/r.csv');
    const replaced = await gateway.operate('send-file', '--project', '1001', '--replace', path);

    expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('outbox/1001/r.csv is there already') });
    expect([before, replaced.code, await contentAt('outbox/1001/r.csv')]).toEqual(['first', 0, 'second']);
  });

  it('lets a file be that came while this one was read, and leaves no upload', async () => {
    const Key = 'outbox/1001/r.bin';
    await gateway.s3.send(new PutObjectCommand({ Bucket: gateway.bucket, Key, Body: 'first' }));
    gateway.faults.inject('HeadObject', { status: 404, code: 'NotFound' });

    const path = write('r.bin', Buffer.alloc(10_000_000));
    const { code, errors } = await gateway.operate('send-file', '--project', '1001', path);

    expect([code, errors]).toEqual([1, expect.stringContaining('is there already')]);
    expect([await contentAt(Key), await gateway.uploads()]).toEqual(['first', []]);
  });

  it('leaves nothing when it is stopped', async () => {
    gateway.faults.inject('UploadPart', { delay: 1_000 }, 2);
    const path = write('r.bin', Buffer.alloc(10_000_000));
    const { child, ended } = gateway.start('send-file', '--project', '1001', path);
    await vi.waitFor(async () => expect(await gateway.uploads()).toHaveLength(1), 20_000);

    child.kill('SIGINT');

    expect(await ended).toMatchObject({ code: 1, errors: 'Stopped: nothing was put\n' });
    expect(await gateway.uploads()).toEqual([]);
  });

  it('sends nothing for a project that is not there', async () => {
    await gateway.createProject('1002', 'deleting');
    const path = write('r.csv', '');
    const send = (project: string) => gateway.operate('send-file', '--project', project, path);
    expect(await send('1002')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('There is no project 1002 here'),
    });
    expect(await send('1003')).toMatchObject({ code: 2, errors: expect.stringContaining('there never was') });
  });
});

describe('a file to be sent', () => {
  it('has a name that can be sent', async () => {
    const { directory } = await createGateway();
    const path = join(directory, 'a\nb.csv');
    writeFileSync(path, '');
    await expect(findFile(path)).rejects.toThrow('fileName: must have no slashes and no control characters');
  });

  it.each([
    ['/nowhere.csv', "/nowhere.csv can't be read (ENOENT)"],
    [import.meta.dirname, 'is not a file'],
  ])('is a file: %s', async (path, message) => {
    await expect(findFile(path)).rejects.toThrow(message);
  });

  it('is not sent when it is changed meanwhile', async () => {
    const gateway = await createGateway();
    const path = join(gateway.directory, 'r.csv');
    writeFileSync(path, Buffer.alloc(3_000_000));
    const content = contentOf(await findFile(path));
    await once(content, 'readable');
    await setImmediate();
    appendFileSync(path, 'more');
    await expect(content.resume().toArray()).rejects.toThrow('was changed while it was read');
  });
});
