import { header, type S3Call } from './call.ts';
import { type ChecksumAlgorithm, checksumAlgorithms, checksumHeader } from './checksums.ts';
import { invalidArgument, invalidRequest, S3Error } from './errors.ts';
import type { StoredDescription, StoredObject } from './records.ts';

const contentHeaders = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const encryptionHeaders = [
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
];
/** Bytes of names and values. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const maximumMetadata = 2048;

/** The description of the new object in a request. @throws S3Error MetadataTooLarge, InvalidTag, InvalidArgument */
export function readDescription(call: S3Call): StoredDescription {
  return { headers: { ...readContentHeaders(call), ...readEncryption(call) }, tags: readTagsHeader(call) };
}

/** Content-* and x-amz-meta-* headers. */
export function readContentHeaders(call: S3Call): Record<string, string> {
  const found: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let bytes = 0;
  for (const name of Object.keys(call.request.headers)) {
    const value = header(call, name) ?? '';
    if (name.startsWith('x-amz-meta-')) {
      bytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
      found[name] = value;
    } else if (contentHeaders.includes(name)) found[name] = value;
  }
  if (bytes > maximumMetadata) {
    throw new S3Error(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.');
  }
  return withoutFraming(found);
}

/** aws-chunked describes the request, not the object. */
function withoutFraming({ 'content-encoding': encoding, ...others }: Record<string, string>): Record<string, string> {
  const kept = (encoding ?? '').split(',').map((one) => one.trim());
  const codings = kept.filter((one) => one !== '' && one !== 'aws-chunked').join(',');
  return codings === '' ? others : { ...others, 'content-encoding': codings };
}

/** As S3, everything is encrypted with AES256 when nothing else is asked for. */
export function readEncryption(call: S3Call): Record<string, string> {
  const found: Record<string, string> = { 'x-amz-server-side-encryption': 'AES256' };
  for (const name of encryptionHeaders) {
    const value = header(call, name);
    if (value !== undefined) found[name] = value;
  }
  if (!['AES256', 'aws:kms'].includes(found['x-amz-server-side-encryption'] ?? '')) {
    throw invalidArgument('The encryption method specified is not supported');
  }
  return found;
}

export function encryptionOf({ headers }: StoredDescription): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => encryptionHeaders.includes(name)));
}

export function isKms({ headers }: StoredDescription): boolean {
  return headers['x-amz-server-side-encryption'] === 'aws:kms';
}

/** The x-amz-checksum-algorithm header. @throws S3Error InvalidRequest */
export function readAlgorithm(call: S3Call): ChecksumAlgorithm | undefined {
  const text = header(call, 'x-amz-checksum-algorithm');
  const algorithm = checksumAlgorithms.find((one) => one === text?.toUpperCase());
  if (text !== undefined && algorithm === undefined) {
    throw invalidRequest('Checksum algorithm provided is unsupported. Please try again with any of the valid types.');
  }
  return algorithm;
}

/** The x-amz-tagging header: tags as URL query parameters. */
export function readTagsHeader(call: S3Call): Record<string, string> {
  return checkTags([...new URLSearchParams(header(call, 'x-amz-tagging') ?? '')]);
}

/** @throws S3Error InvalidTag: at most 10 tags, keys of 1 to 128 and values of 0 to 256 characters, each key once */
export function checkTags(tags: readonly (readonly [string, string])[]): Record<string, string> {
  const bad = tags.some(([key, value]) => key.length < 1 || key.length > 128 || value.length > 256);
  if (bad || tags.length > 10 || new Set(tags.map(([key]) => key)).size < tags.length) {
    throw new S3Error(400, 'InvalidTag', 'The tags you provided are not valid.');
  }
  return Object.fromEntries(tags);
}

/** Headers with which an object's content is checked. */
export function checksumHeaders({ checksum }: StoredObject): Record<string, string> {
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** All headers of GetObject and HeadObject about an object, except its checksum and length. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  const tags = Object.keys(object.tags).length;
  return {
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modified).toUTCString(),
    'accept-ranges': 'bytes',
    ...(tags > 0 && { 'x-amz-tagging-count': `${tags}` }),
  };
}
