import { randomBytes } from 'node:crypto';
import { decode, header, type S3Call, type S3Reply } from './call.ts';
import { type ChecksumAlgorithm, createHasher, type DigestAlgorithm, type Hasher } from './checksums.ts';
import { checkRead, checkWrite, etagConditions } from './conditions.ts';
import {
  encryptionOf,
  isKms,
  readAlgorithm,
  readContentHeaders,
  readEncryption,
  readTagsHeader,
} from './description.ts';
import { invalidArgument, invalidRequest, notImplemented, preconditionFailed } from './errors.ts';
import { findObject, maximumBody } from './objects.ts';
import type { StoredDescription, StoredObject } from './records.ts';
import type { Store } from './store.ts';
import { document, tag } from './xml.ts';

/**
 * The copy is an object in one piece, whatever the source was: its ETag is the MD5 of the content, and its checksum one of the
 * whole. The content itself is shared on disk, and read only when a digest has to be computed.
 * @throws S3Error NoSuchKey, PreconditionFailed, InvalidRequest (over 5 GiB, or onto itself without a change)
 */
export async function copyObject(call: S3Call): Promise<S3Reply> {
  const { store, bucket: bucketName, key } = call;
  const bucket = store.bucket(bucketName);
  const source = findSource(call);
  using _held = store.blobs.hold(source.blobs);
  const description = describeCopy(call, source);
  const digests = await digestCopy(store, source, readAlgorithm(call) ?? source.checksum.algorithm, isKms(description));
  const blobs = await Promise.all(source.blobs.map((blob) => store.blobs.duplicate(blob)));
  const { size } = source;
  const object: StoredObject = { key, size, modified: Date.now(), blobs, ...digests, ...description };
  try {
    checkWrite(etagConditions(call), key, bucket.objects.get(key));
    store.commit({ type: 'object', bucket: bucketName, object });
  } catch (error) {
    store.blobs.remove(blobs.map(({ id }) => id));
    throw error;
  }
  const result = [
    tag('ETag', `"${object.etag}"`),
    tag('LastModified', new Date(object.modified).toISOString()),
    tag('ChecksumType', object.checksum.type),
    tag(`Checksum${object.checksum.algorithm}`, object.checksum.value),
  ];
  return { headers: encryptionOf(object), body: document('CopyObjectResult', ...result) };
}

function findSource(call: S3Call): StoredObject {
  const text = header(call, 'x-amz-copy-source') ?? '';
  if (text.includes('?versionId=')) throw notImplemented('versionId');
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decode(text)) ?? [];
  if (bucket === undefined || key === undefined) {
    throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  const source = findObject({ store: call.store, bucket, key });
  const ifMatch = header(call, 'x-amz-copy-source-if-match');
  const ifNoneMatch = header(call, 'x-amz-copy-source-if-none-match');
  if (checkRead({ ifMatch, ifNoneMatch }, source)) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  if (source.size > maximumBody) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${maximumBody}`,
    );
  }
  const ontoItself = bucket === call.bucket && key === call.key;
  const changed = isReplaced(call, 'metadata') || header(call, 'x-amz-server-side-encryption') !== undefined;
  if (ontoItself && !changed) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return source;
}

/** Metadata and tags come along unless a directive replaces them; encryption is the request's own. */
function describeCopy(call: S3Call, source: StoredObject): StoredDescription {
  const kept = Object.entries(source.headers).filter(([name]) => !name.startsWith('x-amz-server-side-encryption'));
  const headers = isReplaced(call, 'metadata') ? readContentHeaders(call) : Object.fromEntries(kept);
  const tags = isReplaced(call, 'tagging') ? readTagsHeader(call) : source.tags;
  return { headers: { ...headers, ...readEncryption(call) }, tags };
}

function isReplaced(call: S3Call, what: 'metadata' | 'tagging'): boolean {
  const directive = header(call, `x-amz-${what}-directive`) ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument(`Unknown ${what} directive.`);
  return directive === 'REPLACE';
}

async function digestCopy(
  store: Store,
  source: StoredObject,
  algorithm: ChecksumAlgorithm,
  opaque: boolean,
): Promise<Pick<StoredObject, 'etag' | 'checksum'>> {
  const sameSum = algorithm === source.checksum.algorithm && source.checksum.type === 'FULL_OBJECT';
  const sameEtag = !isKms(source) && !source.etag.includes('-');
  const wanted: DigestAlgorithm[] = [...(sameSum ? [] : [algorithm]), ...(opaque || sameEtag ? [] : ['MD5' as const])];
  const hashers = new Map<DigestAlgorithm, Hasher>();
  for (const one of wanted) hashers.set(one, await createHasher(one));
  if (wanted.length > 0) {
    for await (const piece of store.blobs.read(source.blobs, 0, source.size - 1)) {
      for (const hasher of hashers.values()) hasher.update(piece);
    }
  }
  const md5 = hashers.get('MD5')?.digest().toString('hex');
  const value = hashers.get(algorithm)?.digest().toString('base64') ?? source.checksum.value;
  return {
    etag: opaque ? randomBytes(16).toString('hex') : (md5 ?? source.etag),
    checksum: { algorithm, type: 'FULL_OBJECT', value },
  };
}
