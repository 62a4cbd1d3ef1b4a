import { createHash } from 'node:crypto';
import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/processes/sweep.ts';
import { useWorlds } from '../support/setup.ts';
import { hour } from '../support/world.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

/** Binary STL of twelve triangles. */
const stl = Buffer.alloc(684, 7);

async function setUp() {
  const api = createProcessesApi(await createWorld());
  const [ann, eve] = await Promise.all([api.signUp('ann'), api.signUp('eve')]);
  const order = await api.createProcess(ann);
  const { projectID, processID } = order;
  const upload = (files: File[], by: Asker = ann, where: object = { projectID, processID }) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(where)) form.append(name, String(value));
    for (const file of files) form.append('attachment', file);
    return api.ask(by, 'POST uploadFiles', form);
  };
  const files = async (by: Asker = ann) =>
    Object.values(Object((await order.read(by)).files)) as { id: string; fileName: string }[];
  const keys = async () => {
    const listed = await api.world.s3.send(
      new ListObjectsV2Command({ Bucket: api.world.filesBucket, Prefix: 'processes/' }),
    );
    return (listed.Contents ?? []).map(({ Key }) => Key);
  };
  return { ...api, ann, eve, order, projectID, processID, upload, files, keys };
}

const part = (name: string, bytes: Buffer<ArrayBuffer> = Buffer.from(name)) => new File([bytes], name);

describe('a file of a process', () => {
  it('is given as it was added, as an attachment and never as a page', async () => {
    const { ask, ann, processID, projectID, upload, files } = await setUp();
    expect(await upload([part('<a> "b".html', stl), part('other')])).toMatchObject({ status: 200, body: 'Success' });
    const [first, second] = await files();
    const html = [first, second].find((file) => file?.fileName !== 'other');
    expect(html).toMatchObject({ path: `${processID}/${html?.id}`, createdBy: 'ann', size: 684 });
    for (const path of [`${processID}/${html?.id}`, `${projectID}/${processID}/${html?.id}`]) {
      const { status, body, headers } = await ask(ann, `GET downloadFile/${path}`);
      expect(status).toBe(200);
      expect(body).toEqual(stl);
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
        'content-disposition': `attachment; filename="<a> _b_.html"; filename*=UTF-8''%3Ca%3E%20%22b%22.html`,
      });
    }
    const zip = await ask(ann, `GET downloadFilesAsZip/${processID}?fileIDs=${first?.id},${second?.id}`);
    expect(Buffer.isBuffer(zip.body) && zip.body.includes('other')).toBe(true);
    expect((await ask(ann, `GET downloadFilesAsZip/${processID}?fileIDs=${first?.id},x`)).status).toBe(404);
  });

  it('is in the history with who added and who deleted it, and its object goes', async () => {
    const { ask, ann, order, processID, upload, files, keys } = await setUp();
    await upload([part('a')]);
    const [file] = await files();
    expect(await keys()).toEqual([`processes/${processID}/${file?.id}`]);
    expect(await ask(ann, `DELETE deleteFile/${processID}/${file?.id}`)).toMatchObject({ body: 'Success' });
    expect(await ask(ann, `DELETE deleteFile/${processID}/${file?.id}`)).toMatchObject({ status: 404 });
    expect(await files()).toEqual([]);
    expect(await keys()).toEqual([]);
    expect((await order.history()).map(({ type }) => type)).toEqual([1, 4, 5]);
  });

  it('is nothing for others, whatever they ask for', async () => {
    const { ask, eve, projectID, processID, upload, files, keys } = await setUp();
    await upload([part('a')]);
    const [file] = await files();
    const stranger = {};
    for (const asker of [eve, stranger]) {
      for (const request of [
        `GET downloadFile/${processID}/${file?.id}`,
        `GET downloadFile/${projectID}/${processID}/${file?.id}`,
        `GET downloadFilesAsZip/${processID}?fileIDs=${file?.id}`,
        `DELETE deleteFile/${processID}/${file?.id}`,
        `DELETE deleteModel/${processID}`,
      ]) {
        expect(await ask(asker, request), request).toMatchObject({ status: 404 });
      }
      expect(await upload([part('b')], asker)).toMatchObject({ status: 404 });
      const begin = { projectID, processID, fileName: 'c', size: 1 };
      expect(await ask(asker, 'POST uploads', begin)).toMatchObject({ status: 404 });
    }
    expect(await keys()).toHaveLength(1);
  });

  it('of a process is none of another one', async () => {
    const { ask, ann, createProcess, upload, files } = await setUp();
    await upload([part('a')]);
    const [file] = await files();
    const other = await createProcess(ann);
    expect((await ask(ann, `GET downloadFile/${other.processID}/${file?.id}`)).status).toBe(404);
    expect((await ask(ann, `DELETE deleteFile/${other.processID}/${file?.id}`)).status).toBe(404);
    expect(
      (await upload([part('b')], ann, { projectID: other.projectID, processID: (await setUp()).processID })).status,
    ).toBe(404);
  });

  it.each(['', '..', 'a/b', 'a\\b', 'a\u0007', 'x'.repeat(250)])('is not named %j', async (name) => {
    const { upload, keys } = await setUp();
    expect(await upload([part(name, stl)])).toMatchObject({ status: 400 });
    expect(await keys()).toEqual([]);
  });

  it('is deleted and described by its own side alone, and stays as it was sent, by whatever request', async () => {
    const { ask, ann, signUp, organize, createOrder, upload } = await setUp();
    const [worker, admin] = [await signUp('worker'), await signUp('admin', { permissions: ['admin'] })];
    const order = await createOrder(ann, await organize('Clinic', ['worker']));
    const { projectID, processID } = order;
    const added = async (name: string, by: Asker) => {
      expect(await upload([part(name)], by, { projectID, processID })).toMatchObject({ status: 200 });
      const found = Object.values(Object((await order.read()).files)) as { id: string; fileName: string }[];
      return found.find(({ fileName }) => fileName === name)?.id ?? '';
    };
    const [sent, offer] = [await added('sent', ann), await added('offer', worker)];
    const remove = (id: string, by: Asker) => order.change({}, by, { files: { [id]: {} } });
    const describeIt = (id: string, by: Asker) => order.change({ files: { [id]: { tags: ['new'] } } }, by);
    const expectations: [string, Asker, number, number][] = [
      [sent, worker, 403, 403],
      [offer, ann, 403, 403],
      [sent, ann, 409, 200],
      [sent, admin, 409, 200],
      [offer, worker, 200, 200],
    ];
    for (const [id, by, deletion, description] of expectations) {
      expect((await describeIt(id, by)).status).toBe(description);
      if (deletion >= 400) expect((await ask(by, `DELETE deleteFile/${processID}/${id}`)).status).toBe(deletion);
      expect((await remove(id, by)).status).toBe(deletion);
    }
    expect(Object.keys((await order.read()).files)).toEqual([sent]);
    const last = await added('last', worker);
    const both = await order.change({ files: { [last]: { tags: [] } } }, worker, { files: { [last]: {} } });
    expect(both).toMatchObject({ status: 400, body: { message: `files: there is no file ${last}` } });
    await order.press('REJECTED_BY_CONTRACTOR', worker);
    expect(await remove(last, worker)).toMatchObject({ status: 409 });
    expect(await describeIt(last, worker)).toMatchObject({ status: 409 });
  });

  it('has lists that an answer holds with those of a hundred files, by whatever request', async () => {
    const { ask, ann, order, projectID, processID, upload, files } = await setUp();
    const refused = {
      status: 400,
      body: { message: 'tags, licenses and certificates: must have at most 10000 characters as JSON' },
    };
    const long = Array.from({ length: 24 }, () => '€'.repeat(197));
    for (let n = 0; n < 100; n += 25) await upload(Array.from({ length: 25 }, (_, m) => part(`file ${n + m}`)));
    const [first, ...others] = await files();
    const describeIt = (id: string | undefined, changes: object) => order.change({ files: { [id ?? '']: changes } });
    expect(await describeIt(first?.id, { tags: long, licenses: long })).toMatchObject({ status: 200 });
    expect(await describeIt(first?.id, { certificates: ['c'.repeat(200), 'd'.repeat(200)] })).toMatchObject(refused);
    for (let n = 0; n < others.length; n += 20) {
      const some = others.slice(n, n + 20).map(({ id }) => [id, { tags: long, licenses: long }]);
      expect(await order.change({ files: Object.fromEntries(some) })).toMatchObject({ status: 200 });
    }
    for (const path of [`getProject/${projectID}`, `process/get/${projectID}/${processID}`]) {
      const { status, body } = await ask(ann, `GET ${path}`);
      expect(status).toBe(200);
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6_000_000);
    }
    const tags = Array.from({ length: 20 }, () => '\u0001'.repeat(100));
    const file = { projectID, processID, fileName: 'large.csv', size: 1, tags };
    expect(await ask(ann, 'POST uploads', file)).toMatchObject(refused);
  });

  it('is deleted with others by one request, and their objects go', async () => {
    const { order, upload, files, keys } = await setUp();
    await upload([part('a'), part('b'), part('c')]);
    const [kept, ...others] = await files();
    const deletions = { files: Object.fromEntries(others.map(({ id }) => [id, {}])) };
    expect(await order.change({}, order.owner, deletions)).toMatchObject({ status: 200 });
    expect(await files()).toEqual([kept]);
    expect(await keys()).toHaveLength(1);
  });

  it('goes with its process', async () => {
    const { ask, ann, projectID, processID, upload, keys, world } = await setUp();
    await upload([part('a'), part('b')]);
    expect(await ask(ann, `DELETE deleteProcesses/${projectID}?processIDs=${processID}`)).toMatchObject({
      body: 'Success',
    });
    expect(await keys()).toEqual([]);
    const left = (await world.rows.all('processes')).filter(({ item }) =>
      String(item).startsWith(`process#${processID}`),
    );
    expect(left).toEqual([]);
  });

  it('is added by each of many at once, and each is in the history once', async () => {
    const { order, upload, files } = await setUp();
    const names = Array.from({ length: 8 }, (_, index) => `f${index}`);
    const answers = await Promise.all(names.map((name) => upload([part(name)])));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect((await files()).map(({ fileName }) => fileName).toSorted()).toEqual(names);
    expect((await order.history()).filter(({ type }) => type === 4)).toHaveLength(8);
  });

  it('of a draft is small, and stays with it', async () => {
    const { upload, createProcess } = await setUp();
    const draft = await createProcess({});
    const large = part('large', Buffer.alloc(4_000_000));
    const { projectID, processID } = draft;
    for (let count = 0; count < 5; count++) {
      expect(await upload([large], draft.owner, { projectID, processID })).toMatchObject({ status: 200 });
    }
    expect(await upload([large], draft.owner, { projectID, processID })).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Process-Files' }] },
    });
  });
});

describe('a large file', () => {
  const bytes = Buffer.alloc(5_000_000, 'large');
  const md5 = createHash('md5').update(bytes).digest('hex');

  async function begin(size = bytes.length) {
    const set = await setUp();
    const { ask, ann, projectID, processID } = set;
    const file = { projectID, processID, fileName: 'large.csv', size, md5 };
    const { status, body } = await ask(ann, 'POST uploads', file);
    expect(status).toBe(201);
    const { uploadID, url, headers } = Object(body);
    const complete = () => ask(ann, `POST uploads/${uploadID}/complete`, { projectID, processID });
    const put = (content: Buffer<ArrayBuffer>) => fetch(url, { method: 'PUT', headers, body: content });
    return { ...set, uploadID, complete, put };
  }

  it('goes to S3 by itself, and is a file of the process once the client says so', async () => {
    const { ask, ann, files, order, processID, uploadID, complete, put } = await begin();
    expect(await complete()).toMatchObject({
      status: 409,
      body: { missing: [{ message: 'The file is not there yet' }] },
    });
    expect((await put(bytes)).status).toBe(200);
    expect(await files()).toEqual([]);
    const answers = await Promise.all([complete(), complete()]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, body: { id: uploadID, size: bytes.length } });
    expect((await complete()).status).toBe(200);
    expect(await files()).toHaveLength(1);
    expect((await order.history()).filter(({ type }) => type === 4)).toHaveLength(1);
    const { status, headers } = await ask(ann, `GET downloadFile/${processID}/${uploadID}`);
    expect(status).toBe(303);
    const given = await fetch(headers.location ?? '');
    expect(Buffer.from(await given.arrayBuffer()).equals(bytes)).toBe(true);
    expect(Object.fromEntries(given.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringMatching(/^attachment; /),
    });
    expect((await put(Buffer.alloc(bytes.length))).status).not.toBe(200);
  });

  it('comes with others as one archive by S3, which goes after a day', async () => {
    const { ask, ann, context, world, processID, uploadID, upload, files, keys, complete, put } = await begin();
    await put(bytes);
    await complete();
    await upload([part('small')]);
    const ids = (await files()).map(({ id }) => id);
    const request = `GET downloadFilesAsZip/${processID}?fileIDs=${ids.join(',')}`;
    const { status, headers } = await ask(ann, request);
    expect(status).toBe(303);
    const given = await fetch(headers.location ?? '');
    expect(given.headers.get('content-disposition')).toMatch(/^attachment; filename="files.zip"/);
    const archive = Buffer.from(await given.arrayBuffer());
    expect(archive.includes(bytes) && archive.includes('small')).toBe(true);
    expect(archive.readUInt32LE(archive.length - 22)).toBe(0x06054b50);
    expect(await keys()).toHaveLength(3);
    world.clock.advance(25 * hour);
    await sweep(context, Number.POSITIVE_INFINITY);
    expect((await keys()).toSorted()).toEqual(ids.map((id) => `processes/${processID}/${id}`).toSorted());
    expect(ids).toContain(uploadID);
  });

  it('is taken only whole, and only as it was announced', async () => {
    const { complete, put } = await begin();
    expect((await put(Buffer.alloc(bytes.length))).status).toBe(400);
    expect((await complete()).status).toBe(409);
  });

  it('that nobody completes is removed after a day', async () => {
    const { context, world, keys, put } = await begin();
    await put(bytes);
    expect(await keys()).toHaveLength(1);
    world.clock.advance(25 * hour);
    await sweep(context, Number.POSITIVE_INFINITY);
    expect(await keys()).toEqual([]);
    const left = (await world.rows.all('processes')).filter(({ item }) => /upload/.test(String(item)));
    expect(left).toEqual([]);
  });

  it('that was completed stays', async () => {
    const { context, world, processID, put, complete } = await begin();
    await put(bytes);
    const Key = `processes/${processID}/${Object((await complete()).body).id}`;
    world.clock.advance(25 * hour);
    await sweep(context, Number.POSITIVE_INFINITY);
    expect(await world.s3.send(new HeadObjectCommand({ Bucket: world.filesBucket, Key }))).toMatchObject({
      ContentLength: bytes.length,
    });
    await expect(
      world.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key, Body: 'x', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('is added once when it is completed twice at once', async () => {
    const { ask, ann, world, projectID, processID, files } = await setUp();
    const place = { projectID, processID };
    for (let call = 1, isOver = false; !isOver; call++) {
      const begun = Object((await ask(ann, 'POST uploads', { ...place, fileName: `${call}`, size: 5 })).body);
      await fetch(begun.url, { method: 'PUT', headers: begun.headers, body: '12345' });
      const complete = () => ask(ann, `POST uploads/${begun.uploadID}/complete`, place);
      // The second request comes between two calls of the first.
      const at = world.outside.beforeCall(call, complete);
      expect(await complete()).toMatchObject({ status: 200, body: { id: begun.uploadID } });
      isOver = !at();
      world.outside.heal();
      expect(await files()).toHaveLength(call);
    }
  });

  it.each(['sweep', 'complete'] as const)(
    'that is completed as its day is over is whole, or none: %s first',
    async (first) => {
      const set = await setUp();
      const { ask, signIn, context, world, projectID, processID } = set;
      const place = { projectID, processID };
      for (let call = 1, isOver = false; !isOver; call++) {
        const ann = await signIn('ann');
        const begun = Object((await ask(ann, 'POST uploads', { ...place, fileName: `${call}`, size: 5 })).body);
        await fetch(begun.url, { method: 'PUT', headers: begun.headers, body: '12345' });
        world.clock.advance(25 * hour);
        const later = await signIn('ann');
        const steps = {
          complete: () => ask(later, `POST uploads/${begun.uploadID}/complete`, place),
          sweep: () => sweep(context, Number.POSITIVE_INFINITY),
        };
        // The other one comes between two calls of the first.
        const at = world.outside.beforeCall(call, steps[first === 'sweep' ? 'complete' : 'sweep']);
        await steps[first]();
        isOver = !at();
        world.outside.heal();
        const isListed = (await world.rows.all('processes')).some(
          ({ item, etag }) => etag !== undefined && String(item).endsWith(begun.uploadID),
        );
        expect((await set.keys()).includes(`processes/${processID}/${begun.uploadID}`)).toBe(isListed);
      }
    },
  );
});
