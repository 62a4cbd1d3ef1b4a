import { isOfSignature } from '../services/presigned.ts';
import { createBucket, headBucket, listBuckets } from './buckets.ts';
import type { S3Call, S3Reply } from './call.ts';
import { completeMultipartUpload } from './complete.ts';
import { copyObject } from './copy.ts';
import { deleteObject, deleteObjects } from './deletes.ts';
import { notImplemented } from './errors.ts';
import { listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart.ts';
import { answerOptions, getObject, headObject, putObject } from './objects.ts';
import { getObjectTagging, putObjectTagging } from './tagging.ts';

interface Operation {
  readonly run: (call: S3Call) => S3Reply | Promise<S3Reply>;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly target: 'service' | 'bucket' | 'object';
  /** Query parameters that make it this operation. */
  readonly marks?: readonly string[];
  readonly options?: readonly string[];
  /** Whether a source to copy from must be named, or must not. */
  readonly copies?: true;
}

const pages = ['prefix', 'encoding-type'];

/** Every operation there is, under the name that S3 gives it. */
const operations = {
  ListBuckets: { run: listBuckets, method: 'GET', target: 'service' },
  CreateBucket: { run: createBucket, method: 'PUT', target: 'bucket' },
  HeadBucket: { run: headBucket, method: 'HEAD', target: 'bucket' },
  ListObjectsV2: {
    run: listObjectsV2,
    method: 'GET',
    target: 'bucket',
    marks: ['list-type'],
    options: [...pages, 'delimiter', 'continuation-token', 'max-keys', 'start-after', 'fetch-owner'],
  },
  ListMultipartUploads: {
    run: listMultipartUploads,
    method: 'GET',
    target: 'bucket',
    marks: ['uploads'],
    options: [...pages, 'key-marker', 'upload-id-marker', 'max-uploads'],
  },
  DeleteObjects: { run: deleteObjects, method: 'POST', target: 'bucket', marks: ['delete'] },
  PutObject: { run: putObject, method: 'PUT', target: 'object' },
  CopyObject: { run: copyObject, method: 'PUT', target: 'object', copies: true },
  GetObject: { run: getObject, method: 'GET', target: 'object', options: [...answerOptions] },
  HeadObject: { run: headObject, method: 'HEAD', target: 'object' },
  DeleteObject: { run: deleteObject, method: 'DELETE', target: 'object' },
  GetObjectTagging: { run: getObjectTagging, method: 'GET', target: 'object', marks: ['tagging'] },
  PutObjectTagging: { run: putObjectTagging, method: 'PUT', target: 'object', marks: ['tagging'] },
  CreateMultipartUpload: { run: createMultipartUpload, method: 'POST', target: 'object', marks: ['uploads'] },
  UploadPart: { run: uploadPart, method: 'PUT', target: 'object', marks: ['uploadId', 'partNumber'] },
  ListParts: {
    run: listParts,
    method: 'GET',
    target: 'object',
    marks: ['uploadId'],
    options: ['max-parts', 'part-number-marker'],
  },
  CompleteMultipartUpload: { run: completeMultipartUpload, method: 'POST', target: 'object', marks: ['uploadId'] },
  AbortMultipartUpload: { run: abortMultipartUpload, method: 'DELETE', target: 'object', marks: ['uploadId'] },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

const table: readonly (readonly [string, Operation])[] = Object.entries(operations);

/** The operation that a request means, with no query parameter left over. @throws S3Error NotImplemented */
export function findOperation(call: S3Call): { name: string; run: Operation['run'] } {
  const target = call.key !== '' ? 'object' : call.bucket !== '' ? 'bucket' : 'service';
  const given = [...call.query.keys()].filter((name) => name !== 'x-id' && !isOfSignature(name));
  const copies = call.request.headers['x-amz-copy-source'] !== undefined;
  const found = table.find(([, { method, target: wanted, marks = [], options = [], copies: copying = false }]) => {
    const named = marks.every((name) => given.includes(name));
    const complete = given.every((name) => marks.includes(name) || options.includes(name));
    return method === call.request.method && wanted === target && copying === copies && named && complete;
  });
  if (!found) throw notImplemented(`${call.request.method} of ${target} with parameters ${given.join(', ') || 'none'}`);
  return { name: found[0], run: found[1].run };
}
