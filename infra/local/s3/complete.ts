import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { checksumInHeaders, readText } from './body.ts';
import { header, type S3Call, type S3Reply } from './call.ts';
import { checksumHeader, combineCrcs, compositeChecksum, createHasher, type Hasher, isCrc } from './checksums.ts';
import { checkWrite, etagConditions } from './conditions.ts';
import { encryptionOf } from './description.ts';
import { badDigest, invalidRequest, S3Error } from './errors.ts';
import { findUpload, maximumParts } from './multipart.ts';
import type { StoredObject, StoredPart } from './records.ts';
import type { OpenUpload } from './store.ts';
import { document, parseXml, tag } from './xml.ts';

const namedPartSchema = z.object({
  PartNumber: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number),
  ETag: z.string(),
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
});
type NamedPart = z.infer<typeof namedPartSchema>;

const completeSchema = z.object({
  CompleteMultipartUpload: z.object({ Part: z.array(namedPartSchema).min(1).max(maximumParts) }),
});
/** Bytes: 10,000 parts with an ETag and a checksum each, generously. */
const maximumRequest = 8 * 1024 ** 2;
/** Bytes; the last part may be smaller. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minimumPart = 5 * 1024 ** 2;

/**
 * Makes the given parts the object, without copying them. Reading the upload and changing it is atomic. If it throws, the
 * upload is unchanged.
 * @throws S3Error NoSuchUpload, MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, BadDigest, InvalidRequest,
 *   PreconditionFailed
 */
export async function completeMultipartUpload(call: S3Call): Promise<S3Reply> {
  const { store, bucket, key } = call;
  const { checksum } = findUpload(call);
  const hasher = await createHasher(checksum.algorithm);
  const text = await readText(call.request, {
    maximum: maximumRequest,
    guarded: false,
    headers: withoutChecksums(call.request.headers),
  });
  const named = parseXml(text, ['Part'], completeSchema).CompleteMultipartUpload.Part;
  const upload = findUpload(call);
  const object = assemble(upload, selectParts(upload, named), hasher);
  checkAgainstHeaders(call, object);
  checkWrite(etagConditions(call), key, store.bucket(bucket).objects.get(key));
  store.commit({ type: 'complete', bucket, uploadId: upload.uploadId, object });
  const elements = [
    tag('Location', `http://${header(call, 'host') ?? ''}/${bucket}/${encodeURIComponent(key)}`),
    tag('Bucket', bucket),
    tag('Key', key),
    tag('ETag', `"${object.etag}"`),
    tag(`Checksum${object.checksum.algorithm}`, object.checksum.value),
    tag('ChecksumType', object.checksum.type),
  ];
  return { headers: encryptionOf(object), body: document('CompleteMultipartUploadResult', ...elements) };
}

/** Here a checksum in the headers is that of the object, not that of the request's body. */
function withoutChecksums(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.includes('checksum')));
}

function selectParts({ parts, checksum }: OpenUpload, named: readonly NamedPart[]): StoredPart[] {
  let before = 0;
  const selected = named.map((one) => {
    if (one.PartNumber <= before) {
      throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    before = one.PartNumber;
    const part = parts.get(one.PartNumber);
    const sum = one[`Checksum${checksum.algorithm}`];
    if (part?.etag !== one.ETag.replaceAll('"', '') || (sum !== undefined && sum !== part.checksum)) {
      throw invalidPart(one);
    }
    if (sum === undefined && checksum.type === 'COMPOSITE') throw checksumMissing(checksum.algorithm, one.PartNumber);
    return part;
  });
  const small = selected.slice(0, -1).find(({ blob }) => blob.size < minimumPart);
  if (small) throw entityTooSmall(small);
  return selected;
}

function assemble(
  { key, initiated, checksum, headers, tags }: OpenUpload,
  parts: readonly StoredPart[],
  hasher: Hasher,
): StoredObject {
  const md5s = createHash('md5');
  for (const { etag } of parts) md5s.update(Buffer.from(etag, 'hex'));
  const { algorithm, type } = checksum;
  return {
    key,
    size: parts.reduce((sum, { blob }) => sum + blob.size, 0),
    etag: `${md5s.digest('hex')}-${parts.length}`,
    // Amazon S3 user guide, "System-defined object metadata": of an upload in parts it is the time of its beginning.
    modified: initiated,
    blobs: parts.map(({ blob }) => blob),
    checksum: { algorithm, type, value: objectChecksum(checksum, parts, hasher) },
    headers,
    tags,
  };
}

function objectChecksum(
  { algorithm, type }: OpenUpload['checksum'],
  parts: readonly StoredPart[],
  hasher: Hasher,
): string {
  const digests = parts.map(({ checksum, blob }) => ({ crc: Buffer.from(checksum, 'base64'), size: blob.size }));
  if (type === 'FULL_OBJECT' && isCrc(algorithm)) return combineCrcs(algorithm, digests).toString('base64');
  return compositeChecksum(
    hasher,
    digests.map(({ crc }) => crc),
  );
}

function checkAgainstHeaders(call: S3Call, { checksum, size }: StoredObject): void {
  const type = header(call, 'x-amz-checksum-type');
  if (type !== undefined && type !== checksum.type) {
    throw invalidRequest(
      `The upload was created using the ${checksum.type} checksum type. The complete request must use the same.`,
    );
  }
  const sent = checksumInHeaders(call.request.headers);
  if (sent && sent.algorithm !== checksum.algorithm) {
    throw invalidRequest(`The upload was not created using ${checksumHeader(sent.algorithm)}.`);
  }
  if (sent && sent.text !== checksum.value && sent.text !== checksum.value.replace(/-\d+$/, '')) {
    throw badDigest(sent.algorithm);
  }
  const expected = header(call, 'x-amz-mp-object-size');
  if (expected !== undefined && expected !== `${size}`) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
    );
  }
}

const invalidPart = ({ PartNumber, ETag }: NamedPart) =>
  new S3Error(
    400,
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag or checksum may not match the part's.",
    { PartNumber: `${PartNumber}`, ETag },
  );

const checksumMissing = (algorithm: string, partNumber: number) =>
  invalidRequest(
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
  );

const entityTooSmall = ({ blob, partNumber, etag }: StoredPart) =>
  new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: `${blob.size}`,
    MinSizeAllowed: `${minimumPart}`,
    PartNumber: `${partNumber}`,
    ETag: etag,
  });
