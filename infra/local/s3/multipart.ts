import { createHash, randomBytes } from 'node:crypto';
import { Body } from './body.ts';
import { header, type S3Call, type S3Reply } from './call.ts';
import { type ChecksumAlgorithm, checksumHeader, isCrc } from './checksums.ts';
import { encryptionOf, isKms, readAlgorithm, readDescription } from './description.ts';
import { invalidArgument, invalidRequest, noSuchUpload } from './errors.ts';
import { maximumBody } from './objects.ts';
import type { StoredPart, StoredUpload } from './records.ts';
import type { OpenUpload } from './store.ts';
import { document, tag } from './xml.ts';

export const maximumParts = 10_000;

/** @throws S3Error NoSuchBucket, InvalidRequest when algorithm and type of the checksum do not go together */
export function createMultipartUpload(call: S3Call): S3Reply {
  const { store, bucket, key, request } = call;
  request.resume();
  store.bucket(bucket);
  const initiated = Date.now();
  const uploadId = `${initiated.toString(16).padStart(12, '0')}${randomBytes(16).toString('hex')}`;
  const checksum = readChecksumChoice(call);
  const upload: StoredUpload = { uploadId, key, initiated, checksum, ...readDescription(call) };
  store.commit({ type: 'upload', bucket, upload });
  return {
    headers: {
      ...encryptionOf(upload),
      ...(checksum.declared && {
        'x-amz-checksum-algorithm': checksum.algorithm,
        'x-amz-checksum-type': checksum.type,
      }),
    },
    body: document('InitiateMultipartUploadResult', tag('Bucket', bucket), tag('Key', key), tag('UploadId', uploadId)),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: which types an algorithm has. */
function readChecksumChoice(call: S3Call): StoredUpload['checksum'] {
  const algorithm = readAlgorithm(call);
  const type = header(call, 'x-amz-checksum-type');
  if (algorithm === undefined) {
    if (type !== undefined) {
      throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    }
    return { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', declared: false };
  }
  const chosen = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (chosen !== 'FULL_OBJECT' && chosen !== 'COMPOSITE')
    throw invalidRequest('Value for x-amz-checksum-type is invalid.');
  const possible = chosen === 'FULL_OBJECT' ? isCrc(algorithm) : algorithm !== 'CRC64NVME';
  if (!possible) {
    throw invalidRequest(
      `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen, declared: true };
}

/** @throws S3Error NoSuchBucket, NoSuchUpload when there is none, or it is of another key */
export function findUpload({ store, bucket, key, query }: S3Call): OpenUpload {
  const uploadId = query.get('uploadId') ?? '';
  const upload = store.bucket(bucket).uploads.get(uploadId);
  if (upload?.key !== key) throw noSuchUpload(uploadId);
  return upload;
}

/** @throws S3Error NoSuchUpload, InvalidArgument, InvalidRequest, EntityTooLarge, and as `Body` */
export async function uploadPart(call: S3Call): Promise<S3Reply> {
  const { store, bucket } = call;
  const partNumber = readPartNumber(call.query);
  const upload = findUpload(call);
  const { uploadId, checksum } = upload;
  const body = new Body(call.request, () => [checksum.algorithm], maximumBody);
  checkAlgorithm(upload, body.algorithm);
  const blob = await store.blobs.write(body);
  const value = body.digest(checksum.algorithm).toString('base64');
  const etag =
    body.hasContentMd5 && !isKms(upload) ? body.digest('MD5').toString('hex') : opaqueEtag(uploadId, value, blob.size);
  const part: StoredPart = { partNumber, etag, modified: Date.now(), blob, checksum: value };
  try {
    findUpload(call);
    store.commit({ type: 'part', bucket, uploadId, part });
  } catch (error) {
    store.blobs.remove([blob.id]);
    throw error;
  }
  return { headers: { etag: `"${etag}"`, [checksumHeader(checksum.algorithm)]: value, ...encryptionOf(upload) } };
}

/**
 * The ETag of a part is opaque by contract, so without a Content-MD5 it is derived from the checksum that was computed anyway:
 * MD5 over all the data would take longer than everything else together.
 */
function opaqueEtag(uploadId: string, checksum: string, size: number): string {
  return createHash('md5').update(`${uploadId} ${checksum} ${size}`).digest('hex');
}

function readPartNumber(query: URLSearchParams): number {
  const text = query.get('partNumber') ?? '';
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber < 1 || partNumber > maximumParts) {
    throw invalidArgument(`Part number must be an integer between 1 and ${maximumParts}, inclusive`);
  }
  return partNumber;
}

/** A part's checksum must be of the upload's algorithm; only for checksums of the whole object may S3 compute it instead. */
function checkAlgorithm({ checksum }: OpenUpload, sent: ChecksumAlgorithm | undefined): void {
  const expected = checksum.declared ? checksum.algorithm : undefined;
  if (sent === expected || (sent === undefined && checksum.type === 'FULL_OBJECT')) return;
  const name = (algorithm: ChecksumAlgorithm | undefined) => algorithm?.toLowerCase() ?? 'null';
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${name(expected)}, actual checksum Type: ${name(sent)}`,
  );
}

/** @throws S3Error NoSuchUpload */
export function abortMultipartUpload(call: S3Call): S3Reply {
  const { uploadId } = findUpload(call);
  call.store.commit({ type: 'abort', bucket: call.bucket, uploadId });
  return { status: 204 };
}
