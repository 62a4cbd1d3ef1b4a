import { header, type S3Call } from './call.ts';
import { noSuchKey, notImplemented, preconditionFailed } from './errors.ts';

type Etagged = { readonly etag: string; readonly modified: number };

export function etagConditions(call: S3Call) {
  return { ifMatch: header(call, 'if-match'), ifNoneMatch: header(call, 'if-none-match') };
}

/** Whether a header's list of entity tags, or `*`, names this one. */
function names(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const bare = one.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
    return bare === '*' || bare === etag;
  });
}

/**
 * The conditions of PutObject, CopyObject and CompleteMultipartUpload.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @throws S3Error PreconditionFailed, NoSuchKey (If-Match and no object), NotImplemented (If-None-Match with an ETag)
 */
export function checkWrite(
  conditions: { ifMatch: string | undefined; ifNoneMatch: string | undefined },
  key: string,
  existing: Etagged | undefined,
): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match other than *');
  if (ifNoneMatch !== undefined && existing) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!existing) throw noSuchKey(key);
  if (!names(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
}

/**
 * The conditions of GetObject and HeadObject, in the order of RFC 9110, 13.2.2.
 * @returns whether the client has the object already (304)
 * @throws S3Error PreconditionFailed
 */
export function checkRead(
  conditions: {
    ifMatch: string | undefined;
    ifNoneMatch: string | undefined;
    ifModifiedSince?: string | undefined;
    ifUnmodifiedSince?: string | undefined;
  },
  existing: Etagged,
): boolean {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = Math.floor(existing.modified / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!names(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  } else if (ifUnmodifiedSince !== undefined && modified > Date.parse(ifUnmodifiedSince)) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, existing.etag);
  return ifModifiedSince !== undefined && modified <= Date.parse(ifModifiedSince);
}
