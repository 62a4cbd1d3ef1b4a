import { z } from 'zod';
import { checksumAlgorithms } from './checksums.ts';

const blobSchema = z.object({ id: z.uuid(), size: z.int() });
const checksumTypeSchema = z.enum(['FULL_OBJECT', 'COMPOSITE']);

/** Description of an object that a client sends and gets back with it. */
const description = {
  /** Content-*, x-amz-meta-* and encryption headers, by lower-case name. */
  headers: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
};

const objectSchema = z.object({
  key: z.string(),
  size: z.int(),
  /** Without quotes. */
  etag: z.string(),
  /** Milliseconds since 1970, as all times here. */
  modified: z.int(),
  /** Blobs with the content, in order. */
  blobs: z.array(blobSchema),
  checksum: z.object({ algorithm: z.enum(checksumAlgorithms), type: checksumTypeSchema, value: z.string() }),
  ...description,
});

const uploadSchema = z.object({
  uploadId: z.string(),
  key: z.string(),
  initiated: z.int(),
  /** `declared` is false when the client named no algorithm and S3 computes CRC64NVME by itself. */
  checksum: z.object({ algorithm: z.enum(checksumAlgorithms), type: checksumTypeSchema, declared: z.boolean() }),
  ...description,
});

const partSchema = z.object({
  partNumber: z.int(),
  etag: z.string(),
  modified: z.int(),
  blob: blobSchema,
  /** Base64, in the upload's algorithm. */
  checksum: z.string(),
});

/** A line of the journal: one change that happens wholly or not at all. */
export const recordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bucket'), bucket: z.string(), created: z.int() }),
  z.object({ type: z.literal('object'), bucket: z.string(), object: objectSchema }),
  z.object({ type: z.literal('delete'), bucket: z.string(), keys: z.array(z.string()) }),
  z.object({ type: z.literal('upload'), bucket: z.string(), upload: uploadSchema }),
  z.object({ type: z.literal('part'), bucket: z.string(), uploadId: z.string(), part: partSchema }),
  z.object({ type: z.literal('complete'), bucket: z.string(), uploadId: z.string(), object: objectSchema }),
  z.object({ type: z.literal('abort'), bucket: z.string(), uploadId: z.string() }),
]);

export type JournalRecord = z.infer<typeof recordSchema>;
export type Blob = z.infer<typeof blobSchema>;
export type StoredObject = z.infer<typeof objectSchema>;
export type StoredPart = z.infer<typeof partSchema>;
export type StoredUpload = z.infer<typeof uploadSchema>;
export type StoredDescription = Pick<StoredObject, 'headers' | 'tags'>;
