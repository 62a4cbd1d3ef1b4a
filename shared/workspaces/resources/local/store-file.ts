import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

const mebibyte = 1024 ** 2;
/** Bytes of a part: the memory that an upload takes. */
const smallestPart = 16 * mebibyte;
/** Most parts of an upload (Amazon S3 user guide, multipart upload limits). */
const maxParts = 10_000;

/**
 * Stores an open file as an object. S3 checks a CRC32 of every byte.
 *
 * @returns size, in bytes, and ETag of the object
 */
export async function storeFile(s3: S3Client, file: FileHandle, at: { Bucket: string; Key: string }) {
  const { size } = await file.stat();
  const partSize = Math.max(smallestPart, Math.ceil(size / maxParts / mebibyte) * mebibyte);
  if (size <= partSize) {
    const Body = await readPart(file, 0, size);
    const { ETag = '' } = await s3.send(new PutObjectCommand({ ...at, Body, ChecksumCRC32: checksum(Body) }));
    return { size: Body.length, etag: ETag };
  }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32' }));
  try {
    const parts: CompletedPart[] = [];
    let stored = 0;
    for (let start = 0; start < size; start += partSize) {
      const Body = await readPart(file, start, Math.min(partSize, size - start));
      const [PartNumber, ChecksumCRC32] = [parts.length + 1, checksum(Body)];
      const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ChecksumCRC32 }));
      parts.push({ PartNumber, ETag, ChecksumCRC32 });
      stored += Body.length;
    }
    const MultipartUpload = { Parts: parts };
    const { ETag = '' } = await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    return { size: stored, etag: ETag };
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }));
    throw error;
  }
}

async function readPart(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
}

function checksum(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}
