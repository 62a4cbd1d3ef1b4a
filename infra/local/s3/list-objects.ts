import { z } from 'zod';
import type { S3Call, S3Reply } from './call.ts';
import { invalidArgument } from './errors.ts';
import { listPage } from './listing.ts';
import type { StoredObject } from './records.ts';
import { document, optional, tag, type Xml } from './xml.ts';

const tokenSchema = z.object({ text: z.string(), rolledUp: z.boolean() });

/** A number in the query; as a page's size it is at most 1,000 in effect. @throws S3Error InvalidArgument */
export function readCount(query: URLSearchParams, name: string, { fallback = 1000, maximum = 1000 } = {}): number {
  const text = query.get(name) ?? `${fallback}`;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`Provided ${name} not an integer or within integer range`);
  return Math.min(Number(text), maximum);
}

/** `encoding-type=url` as S3 does it: like a form, with `/` left as it is. @throws S3Error InvalidArgument */
export function readEncoding(query: URLSearchParams): (text: string) => string {
  const encoding = query.get('encoding-type');
  if (encoding === null) return (text) => text;
  if (encoding !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request');
  return (text) => new URLSearchParams({ text }).toString().slice('text='.length).replaceAll('%2F', '/');
}

export function listObjectsV2({ store, bucket: name, query }: S3Call): S3Reply {
  const { objects } = store.bucket(name);
  const maximum = readCount(query, 'max-keys');
  const encode = readEncoding(query);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') || undefined;
  const startAfter = query.get('start-after') ?? undefined;
  const token = query.get('continuation-token') ?? undefined;
  const after = readToken(token) ?? (startAfter === undefined ? undefined : { text: startAfter, rolledUp: false });
  const page = listPage(objects.keys, { prefix, delimiter, maximum, after });
  const contents = page.keys.flatMap((key) => {
    const object = objects.get(key);
    return object ? [describe(object, encode, query.get('fetch-owner') === 'true')] : [];
  });
  return {
    body: document(
      'ListBucketResult',
      tag('Name', name),
      tag('Prefix', encode(prefix)),
      optional('Delimiter', delimiter && encode(delimiter)),
      optional('StartAfter', startAfter && encode(startAfter)),
      optional('EncodingType', query.get('encoding-type') ?? undefined),
      tag('MaxKeys', maximum),
      tag('KeyCount', page.keys.length + page.commonPrefixes.length),
      tag('IsTruncated', page.next !== undefined),
      optional('ContinuationToken', token),
      optional('NextContinuationToken', page.next && writeToken(page.next)),
      ...contents,
      ...page.commonPrefixes.map((common) => tag('CommonPrefixes', tag('Prefix', encode(common)))),
    ),
  };
}

function describe(object: StoredObject, encode: (text: string) => string, owner: boolean): Xml {
  return tag(
    'Contents',
    tag('Key', encode(object.key)),
    // Times of S3 have whole seconds.
    tag('LastModified', new Date(object.modified - (object.modified % 1000)).toISOString()),
    tag('ETag', `"${object.etag}"`),
    tag('ChecksumAlgorithm', object.checksum.algorithm),
    tag('ChecksumType', object.checksum.type),
    tag('Size', object.size),
    owner ? tag('Owner', tag('ID', 'local')) : undefined,
    tag('StorageClass', 'STANDARD'),
  );
}

function writeToken(next: z.infer<typeof tokenSchema>): string {
  return Buffer.from(JSON.stringify(next)).toString('base64url');
}

function readToken(token: string | undefined): z.infer<typeof tokenSchema> | undefined {
  if (token === undefined) return undefined;
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch (error) {
    if (error instanceof Error) throw invalidArgument('The continuation token provided is incorrect');
    throw error;
  }
}
