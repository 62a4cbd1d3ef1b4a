import type { S3Call, S3Reply } from './call.ts';
import { compareKeys } from './keys.ts';
import { readCount, readEncoding } from './list-objects.ts';
import { findUpload, maximumParts } from './multipart.ts';
import type { StoredPart } from './records.ts';
import type { OpenUpload } from './store.ts';
import { document, optional, tag, type Xml } from './xml.ts';

const owners = [
  tag('Initiator', tag('ID', 'local')),
  tag('Owner', tag('ID', 'local')),
  tag('StorageClass', 'STANDARD'),
];

/** The uploads in progress by key and then by age, as their ids begin with the time. @throws S3Error NoSuchBucket */
export function listMultipartUploads({ store, bucket, query }: S3Call): S3Reply {
  const maximum = readCount(query, 'max-uploads');
  const encode = readEncoding(query);
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const isNext = ({ key, uploadId }: OpenUpload) => {
    const order = compareKeys(key, keyMarker);
    return order > 0 || (order === 0 && idMarker !== '' && uploadId > idMarker);
  };
  const uploads = [...store.bucket(bucket).uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && isNext(upload))
    .sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.uploadId, b.uploadId));
  const page = uploads.slice(0, maximum);
  const last = page.length < uploads.length ? page.at(-1) : undefined;
  return {
    body: document(
      'ListMultipartUploadsResult',
      tag('Bucket', bucket),
      tag('KeyMarker', encode(keyMarker)),
      tag('UploadIdMarker', idMarker),
      optional('NextKeyMarker', last && encode(last.key)),
      optional('NextUploadIdMarker', last?.uploadId),
      tag('Prefix', encode(prefix)),
      optional('EncodingType', query.get('encoding-type') ?? undefined),
      tag('MaxUploads', maximum),
      tag('IsTruncated', last !== undefined),
      ...page.map((upload) => describeUpload(upload, encode)),
    ),
  };
}

function describeUpload({ key, uploadId, initiated, checksum }: OpenUpload, encode: (text: string) => string): Xml {
  return tag(
    'Upload',
    tag('Key', encode(key)),
    tag('UploadId', uploadId),
    tag('Initiated', new Date(initiated).toISOString()),
    ...owners,
    tag('ChecksumAlgorithm', checksum.algorithm),
    tag('ChecksumType', checksum.type),
  );
}

/** @throws S3Error NoSuchUpload */
export function listParts(call: S3Call): S3Reply {
  const { parts, checksum, uploadId, key } = findUpload(call);
  const maximum = readCount(call.query, 'max-parts');
  const marker = readCount(call.query, 'part-number-marker', { fallback: 0, maximum: maximumParts });
  const following = [...parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = following.slice(0, maximum);
  const describePart = (part: StoredPart) =>
    tag(
      'Part',
      tag('PartNumber', part.partNumber),
      tag('LastModified', new Date(part.modified).toISOString()),
      tag('ETag', `"${part.etag}"`),
      tag('Size', part.blob.size),
      tag(`Checksum${checksum.algorithm}`, part.checksum),
    );
  return {
    body: document(
      'ListPartsResult',
      tag('Bucket', call.bucket),
      tag('Key', key),
      tag('UploadId', uploadId),
      tag('PartNumberMarker', marker),
      // S3 names it on every page, and 0 on an empty one: only IsTruncated tells whether there is more.
      tag('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
      tag('MaxParts', maximum),
      tag('IsTruncated', page.length < following.length),
      ...page.map(describePart),
      ...owners,
      tag('ChecksumAlgorithm', checksum.algorithm),
      tag('ChecksumType', checksum.type),
    ),
  };
}
