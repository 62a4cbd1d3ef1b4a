import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys, SortedMap } from '../../../../infra/local/s3/keys.ts';
import { type ListingRequest, listPage } from '../../../../infra/local/s3/listing.ts';
import { bucket, failure, setUp } from './s3-fixture.ts';

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\u{e000}', '\u{ffff}', '😀', '\u{10ffff}'),
  minLength: 1,
  maxLength: 6,
});

/** Every page of a listing. */
function listAll(keys: readonly string[], request: Omit<ListingRequest, 'after'>) {
  const all = { keys: [] as string[], commonPrefixes: [] as string[] };
  for (let after: ListingRequest['after'], more = true; more; more = after !== undefined) {
    const page = listPage(keys, { ...request, after });
    all.keys.push(...page.keys);
    all.commonPrefixes.push(...page.commonPrefixes);
    expect(page.keys.length + page.commonPrefixes.length).toBeLessThanOrEqual(request.maximum);
    after = page.next;
  }
  return all;
}

describe('order of keys', () => {
  test('is that of UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(fc.property(text, text, (a, b) => Math.sign(compareKeys(a, b)) === byBytes(a, b)));
  });

  test('is kept through insertions and removals', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean())), (changes) => {
        const map = new SortedMap<number>();
        const model = new Set<string>();
        for (const [name, present] of changes) {
          if (present) map.set(name, 1);
          else map.delete(name);
          model[present ? 'add' : 'delete'](name);
        }
        expect(map.keys).toEqual([...model].sort(byBytes));
      }),
    );
  });
});

describe('pages of a listing', () => {
  test('hold every key with the prefix once, keys that share a delimited part as one', () => {
    const prefix = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 2 });
    const delimiter = fc.constantFrom(undefined, '/', 'b', '😀');
    const maximum = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), prefix, delimiter, maximum, (names, start, cut, most) => {
        const keys = names.sort(byBytes);
        const shared = (name: string) => {
          const end = cut === undefined ? -1 : name.indexOf(cut, start.length);
          return end < 0 ? undefined : name.slice(0, end + (cut ?? '').length);
        };
        const matching = keys.filter((name) => name.startsWith(start));

        const all = listAll(keys, { prefix: start, delimiter: cut, maximum: most });

        expect(all.keys).toEqual(matching.filter((name) => shared(name) === undefined));
        expect(all.commonPrefixes).toEqual([...new Set(matching.map(shared).filter((one) => one !== undefined))]);
      }),
    );
  });
});

async function put(client: S3Client, ...keys: string[]): Promise<void> {
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
}

describe('ListObjectsV2', () => {
  test('says of each object what there is to say', async () => {
    const { client } = await setUp();
    await put(client, 'a');

    const { Contents, KeyCount, IsTruncated, Name } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));

    expect({ KeyCount, IsTruncated, Name }).toEqual({ KeyCount: 1, IsTruncated: false, Name: bucket });
    expect(Contents).toMatchObject([
      {
        Key: 'a',
        Size: 1,
        ETag: '"0cc175b9c0f1b6a831c399e269772661"',
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: ['CRC32'],
      },
    ]);
    expect(Contents?.[0]?.LastModified?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  test('goes on with a continuation token, though the last key is gone by then', async () => {
    const { client } = await setUp();
    await put(client, 'a', 'b', 'c');

    const first = await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 2 }));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'b' }));
    const second = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 2, ContinuationToken: first.NextContinuationToken }),
    );

    expect([first.IsTruncated, first.Contents?.map(({ Key }) => Key)]).toEqual([true, ['a', 'b']]);
    expect([second.IsTruncated, second.Contents?.map(({ Key }) => Key)]).toEqual([false, ['c']]);
  });

  test('rolls up by delimiter, across pages', async () => {
    const { client } = await setUp();
    await put(client, 'p/1/a', 'p/1/b', 'p/2', 'p/3/a', 'q');
    const request = { Bucket: bucket, Prefix: 'p/', Delimiter: '/', MaxKeys: 1 };

    const first = await client.send(new ListObjectsV2Command(request));
    const second = await client.send(
      new ListObjectsV2Command({ ...request, ContinuationToken: first.NextContinuationToken }),
    );
    const third = await client.send(
      new ListObjectsV2Command({ ...request, ContinuationToken: second.NextContinuationToken }),
    );

    expect(first).toMatchObject({ CommonPrefixes: [{ Prefix: 'p/1/' }], KeyCount: 1, IsTruncated: true });
    expect(second).toMatchObject({ Contents: [{ Key: 'p/2' }], KeyCount: 1, IsTruncated: true });
    expect(third).toMatchObject({ CommonPrefixes: [{ Prefix: 'p/3/' }], KeyCount: 1, IsTruncated: false });
  });

  test('starts after a key', async () => {
    const { client } = await setUp();
    await put(client, 'a', 'b', 'c');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket, StartAfter: 'a' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['b', 'c']);
  });

  test('encodes keys as a form does when asked to', async () => {
    const { client } = await setUp();
    await put(client, 'a b/ø+&.txt');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }));
    expect(Contents?.[0]?.Key).toBe('a+b/%C3%B8%2B%26.txt');
  });

  test('refuses what it can not read', async () => {
    const { client } = await setUp();
    const token = client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: 'no token' }));
    expect(await failure(token)).toEqual({ code: 'InvalidArgument', status: 400 });
    const missing = client.send(new ListObjectsV2Command({ Bucket: 'missing' }));
    expect(await failure(missing)).toEqual({ code: 'NoSuchBucket', status: 404 });
  });
});
