import { randomBytes } from 'node:crypto';
import { Body } from './body.ts';
import { header, type S3Call, type S3Reply } from './call.ts';
import { checkRead, checkWrite, etagConditions } from './conditions.ts';
import { checksumHeaders, encryptionOf, isKms, objectHeaders, readDescription } from './description.ts';
import { noSuchKey } from './errors.ts';
import { parseRange } from './range.ts';
import type { StoredObject } from './records.ts';

/** Bytes: the limit of PutObject, UploadPart and CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maximumBody = 5 * 1024 ** 3;

/** @throws S3Error NoSuchBucket, NoSuchKey */
export function findObject(call: Pick<S3Call, 'store' | 'bucket' | 'key'>): StoredObject {
  const object = call.store.bucket(call.bucket).objects.get(call.key);
  if (object === undefined) throw noSuchKey(call.key);
  return object;
}

/** The ETag is the content's MD5, but under KMS, where it is something opaque, as in S3. */
export async function putObject(call: S3Call): Promise<S3Reply> {
  const { store, bucket: bucketName, key } = call;
  const bucket = store.bucket(bucketName);
  const description = readDescription(call);
  const opaque = isKms(description);
  const body = new Body(
    call.request,
    (sent) => [sent ?? 'CRC64NVME', ...(opaque ? [] : ['MD5' as const])],
    maximumBody,
  );
  const algorithm = body.algorithm ?? 'CRC64NVME';
  const blob = await store.blobs.write(body);
  const object: StoredObject = {
    key,
    size: blob.size,
    etag: (opaque ? randomBytes(16) : body.digest('MD5')).toString('hex'),
    modified: Date.now(),
    blobs: [blob],
    checksum: { algorithm, type: 'FULL_OBJECT', value: body.digest(algorithm).toString('base64') },
    ...description,
  };
  try {
    checkWrite(etagConditions(call), key, bucket.objects.get(key));
    store.commit({ type: 'object', bucket: bucketName, object });
  } catch (error) {
    store.blobs.remove([blob.id]);
    throw error;
  }
  return { headers: { etag: `"${object.etag}"`, ...checksumHeaders(object), ...encryptionOf(object) } };
}

/** Query parameters that replace headers of an answer, of signed requests (Amazon S3 API reference, GetObject). */
export const answerOptions = [
  'response-content-disposition',
  'response-content-type',
  'response-cache-control',
] as const;

export function headObject(call: S3Call): S3Reply {
  return describeObject(call, findObject(call));
}

export function getObject(call: S3Call): S3Reply {
  const { blobs } = call.store;
  const object = findObject(call);
  const reply = describeObject(call, object);
  if (reply.status === 304) return reply;
  const { first, last } = parseRange(header(call, 'range'), object.size) ?? { first: 0, last: object.size - 1 };
  const replaced = answerOptions.flatMap((option) => {
    const value = call.query.get(option);
    return value === null ? [] : [[option.replace('response-', ''), value] as const];
  });
  const headers = { ...reply.headers, ...Object.fromEntries(replaced) };
  return { ...reply, headers, body: blobs.read(object.blobs, first, last), held: blobs.hold(object.blobs) };
}

function describeObject(call: S3Call, object: StoredObject): S3Reply {
  const notModified = checkRead(
    {
      ...etagConditions(call),
      ifModifiedSince: header(call, 'if-modified-since'),
      ifUnmodifiedSince: header(call, 'if-unmodified-since'),
    },
    object,
  );
  const headers = objectHeaders(object);
  if (notModified) return { status: 304, headers };
  const range = parseRange(header(call, 'range'), object.size);
  if (range === undefined) {
    const checksum = header(call, 'x-amz-checksum-mode') === 'ENABLED' ? checksumHeaders(object) : {};
    return { headers: { ...headers, ...checksum, 'content-length': `${object.size}` } };
  }
  return {
    status: 206,
    headers: {
      ...headers,
      'content-length': `${range.last - range.first + 1}`,
      'content-range': `bytes ${range.first}-${range.last}/${object.size}`,
    },
  };
}
