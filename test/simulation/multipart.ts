import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { base64Crc } from '../../shared/files/copy/upload.ts';
import type { SimulatedFaults } from './faults.ts';
import { simulatedChunk } from './files-sent.ts';
import { failure, keyOf, objectPath, type StoredObject } from './s3.ts';

interface StoredPart {
  bytes: Buffer;
  etag: string;
}

interface StoredUpload {
  place: string;
  md5: string | undefined;
  parts: Map<number, StoredPart>;
}

/** S3's multipart uploads. */
export class Multipart {
  /** By their ids. */
  readonly uploads = new Map<string, StoredUpload>();
  readonly #faults: SimulatedFaults;
  #count = 0;

  constructor(faults: SimulatedFaults) {
    this.#faults = faults;
  }

  create({ input }: Pick<CreateMultipartUploadCommand, 'input'>) {
    const UploadId = `upload-${++this.#count}`;
    this.uploads.set(UploadId, { place: objectPath(input), md5: input.Metadata?.md5, parts: new Map() });
    return { UploadId };
  }

  uploadPart({ input }: UploadPartCommand) {
    const { Body, ChecksumCRC32, PartNumber = 0, UploadId = '' } = input;
    if (this.#faults.draw('part', ['upload lost'])) this.uploads.delete(UploadId);
    const upload = this.#find(UploadId);
    if (!Buffer.isBuffer(Body)) throw new Error('This body is not simulated');
    const bytes = Buffer.from(Body);
    if (ChecksumCRC32 !== base64Crc(crc32(bytes))) throw failure('BadDigest');
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    upload.parts.set(PartNumber, { bytes, etag });
    return { ETag: etag };
  }

  listParts({ input }: ListPartsCommand) {
    const parts = [...this.#find(input.UploadId).parts].sort(([one], [other]) => one - other);
    const Parts = parts.map(([PartNumber, { bytes, etag }]) => {
      return { PartNumber, ETag: etag, ChecksumCRC32: base64Crc(crc32(bytes)), Size: bytes.length };
    });
    return { Parts };
  }

  /** Checks what S3 checks. @param exists whether there is an object @returns the object that appears */
  complete({ input }: CompleteMultipartUploadCommand, exists: boolean): Pick<StoredObject, 'bytes' | 'etag' | 'md5'> {
    const { UploadId = '', MultipartUpload, ChecksumCRC32, MpuObjectSize, IfNoneMatch } = input;
    const { parts, md5 } = this.#find(UploadId);
    if (IfNoneMatch === '*' && exists) throw failure('PreconditionFailed');
    // Whether the upload is there still, S3 does not say.
    const refused = this.#faults.draw('complete', ['complete refused']);
    if (refused && parts.size % 2 === 0) this.uploads.delete(UploadId);
    if (refused) throw failure('ConditionalRequestConflict');
    const chosen = (MultipartUpload?.Parts ?? []).map(({ PartNumber = 0, ETag }) => {
      const part = parts.get(PartNumber);
      if (!part || part.etag !== ETag) throw failure('InvalidPart');
      return part.bytes;
    });
    if (chosen.length === 0 || chosen.slice(0, -1).some(({ length }) => length < simulatedChunk))
      throw failure('EntityTooSmall');
    const bytes = Buffer.concat(chosen);
    if (bytes.length !== Number(MpuObjectSize) || ChecksumCRC32 !== base64Crc(crc32(bytes))) throw failure('BadDigest');
    this.uploads.delete(UploadId);
    return { bytes, md5, etag: `"${createHash('md5').update(bytes).digest('hex')}-${chosen.length}"` };
  }

  abort({ input }: AbortMultipartUploadCommand) {
    if (this.#faults.draw('abort', ['abort refused'])) throw failure('SlowDown');
    if (!this.uploads.delete(input.UploadId ?? '')) throw failure('NoSuchUpload');
    return {};
  }

  list({ input }: ListMultipartUploadsCommand) {
    const prefix = objectPath({ Bucket: input.Bucket, Key: input.Prefix });
    const found = [...this.uploads].filter(([, { place }]) => place.startsWith(prefix));
    return { Uploads: found.map(([UploadId, { place }]) => ({ UploadId, Key: keyOf(place) })) };
  }

  #find(uploadId = ''): StoredUpload {
    const upload = this.uploads.get(uploadId);
    if (!upload) throw failure('NoSuchUpload');
    return upload;
  }
}
