import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Process } from './calls.ts';
import type { SimulatedFaults } from './faults.ts';
import { Multipart } from './multipart.ts';
import { tellServerTime } from './server-time.ts';

export interface StoredObject {
  bytes: Buffer;
  etag: string;
  md5: string | undefined;
  modifiedAt: Date;
}

/** HTTP status codes of S3's refusals, by error code (Amazon S3 API reference, error responses). */
const statusCodes = {
  BadDigest: 400,
  EntityTooSmall: 400,
  InvalidPart: 400,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotFound: 404,
  ConditionalRequestConflict: 409,
  PreconditionFailed: 412,
  SlowDown: 503,
};

/** A refusal by S3 itself, as the SDK throws it. */
export const failure = (name: keyof typeof statusCodes) =>
  new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: statusCodes[name] } });

/** S3 as far as the gateway uses it: every request takes effect at once, or not at all. */
export class SimulatedS3 {
  /** By `bucket/key`. */
  readonly objects = new Map<string, StoredObject>();
  readonly multipart: Multipart;
  /** When nothing was listed last under a `bucket/prefix`, in milliseconds since 1970. */
  readonly emptyAt = new Map<string, number>();
  /** Told of every object that appears. */
  onPut: (place: string, object: StoredObject) => void = () => {};
  /** Told of every object that is about to go. */
  onDelete: (place: string, object: StoredObject) => void = () => {};
  /** Told of every part that is sent, and of what the sender learns of it. */
  onPart: (process: Process, part: UploadPartCommand['input'], answer: Promise<unknown>) => void = () => {};
  readonly #now: () => number;
  readonly #faults: SimulatedFaults;

  constructor(now: () => number, faults: SimulatedFaults) {
    this.#now = now;
    this.#faults = faults;
    this.multipart = new Multipart(faults);
  }

  /** @throws what S3 would answer */
  execute(command: object): unknown {
    if (command instanceof PutObjectCommand) return this.#put(command);
    if (command instanceof CopyObjectCommand) return this.#copy(command);
    if (command instanceof GetObjectCommand) return this.#get(command);
    if (command instanceof HeadObjectCommand) return this.#head(command);
    if (command instanceof ListObjectsV2Command) return this.#list(command);
    if (command instanceof DeleteObjectCommand) return this.#delete(command);
    if (command instanceof DeleteObjectsCommand) return this.#deleteMany(command);
    if (command instanceof CreateMultipartUploadCommand) return this.multipart.create(command);
    if (command instanceof UploadPartCommand) return this.multipart.uploadPart(command);
    if (command instanceof ListPartsCommand) return this.multipart.listParts(command);
    if (command instanceof CompleteMultipartUploadCommand) return this.#complete(command);
    if (command instanceof ListMultipartUploadsCommand) return this.multipart.list(command);
    if (command instanceof AbortMultipartUploadCommand) return this.multipart.abort(command);
    throw new Error(`${command.constructor.name} is not simulated`);
  }

  #put({ input }: PutObjectCommand) {
    const place = objectPath(input);
    const { Body, ContentMD5 } = input;
    if (typeof Body !== 'string' && !Buffer.isBuffer(Body)) throw new Error('This body is not simulated');
    const bytes = Buffer.from(Body);
    const md5 = createHash('md5').update(bytes);
    const digest = md5.digest();
    if (ContentMD5 !== undefined && ContentMD5 !== digest.toString('base64')) throw failure('BadDigest');
    if (input.IfNoneMatch === '*' && this.objects.has(place)) throw failure('PreconditionFailed');
    const etag = `"${digest.toString('hex')}"`;
    this.#appear(place, { bytes, etag, md5: input.Metadata?.md5 });
    return { ETag: etag };
  }

  #copy({ input }: CopyObjectCommand) {
    const source = this.objects.get(decodeURIComponent(input.CopySource ?? ''));
    if (!source) throw failure('NoSuchKey');
    this.#appear(objectPath(input), source);
    return { CopyObjectResult: { ETag: source.etag } };
  }

  #complete(command: CompleteMultipartUploadCommand) {
    return this.beginCompleting(command)();
  }

  /** Takes an upload's completion, which nobody can call off any more. @returns carries it out */
  beginCompleting(command: CompleteMultipartUploadCommand): () => object {
    const place = objectPath(command.input);
    const object = this.multipart.complete(command, this.objects.has(place));
    return () => {
      if (command.input.IfNoneMatch === '*' && this.objects.has(place)) throw failure('PreconditionFailed');
      this.#appear(place, object);
      return {};
    };
  }

  /** S3 tells times in whole seconds. */
  #appear(place: string, put: Omit<StoredObject, 'modifiedAt'>, at = this.#now()): void {
    const object = { ...put, modifiedAt: new Date(Math.floor(at / 1000) * 1000) };
    this.objects.set(place, object);
    this.onPut(place, object);
  }

  #find(
    input: { Bucket?: string | undefined; Key?: string | undefined; IfMatch?: string | undefined },
    missing: 'NoSuchKey' | 'NotFound',
  ) {
    const found = this.objects.get(objectPath(input));
    if (!found) throw failure(missing);
    if (input.IfMatch !== undefined && input.IfMatch !== found.etag) throw failure('PreconditionFailed');
    return found;
  }

  #get({ input }: GetObjectCommand) {
    const { bytes, etag } = this.#find(input, 'NoSuchKey');
    const from = Number(/^bytes=(\d+)-$/.exec(input.Range ?? '')?.[1] ?? 0);
    const body = bytes.subarray(from);
    const transformToString = async () => body.toString();
    const isBroken = this.#faults.draw('get', ['get broken']) !== undefined;
    return { Body: Object.assign(Readable.from(piecesOf(body, isBroken)), { transformToString }), ETag: etag };
  }

  #head({ input }: HeadObjectCommand) {
    const { bytes, etag, md5, modifiedAt } = this.#find(input, 'NotFound');
    return { ContentLength: bytes.length, ETag: etag, LastModified: modifiedAt, Metadata: { md5 } };
  }

  #list({ input }: ListObjectsV2Command) {
    const prefix = objectPath({ Bucket: input.Bucket, Key: input.Prefix });
    const places = [...this.objects.keys()].filter((place) => place.startsWith(prefix)).sort();
    if (places.length === 0) this.emptyAt.set(prefix, this.#now());
    const Contents = places.map((place) => {
      const { etag, modifiedAt, bytes } = this.objects.get(place) as StoredObject;
      return { Key: keyOf(place), ETag: etag, LastModified: modifiedAt, Size: bytes.length };
    });
    const answer = { Contents };
    tellServerTime(answer, this.#now());
    return answer;
  }

  #delete({ input }: DeleteObjectCommand) {
    if (input.IfMatch !== undefined) this.#find(input, 'NoSuchKey');
    this.#remove(objectPath(input));
    return {};
  }

  #deleteMany({ input }: DeleteObjectsCommand) {
    for (const { Key } of input.Delete?.Objects ?? []) this.#remove(objectPath({ Bucket: input.Bucket, Key }));
    return {};
  }

  #remove(place: string): void {
    const object = this.objects.get(place);
    if (object) this.onDelete(place, object);
    this.objects.delete(place);
  }

  /**
   * Somebody puts an object there, who is not the gateway.
   *
   * @param since when that began: S3 tells of an upload in parts when it was begun
   */
  place(place: string, bytes: Buffer, since = this.#now()): void {
    const md5 = createHash('md5').update(bytes).digest('hex');
    this.#appear(place, { bytes, etag: `"${md5}"`, md5: undefined }, since);
  }
}

function* piecesOf(bytes: Buffer, isBroken: boolean) {
  const half = Math.ceil(bytes.length / 2);
  yield bytes.subarray(0, half);
  if (isBroken) throw new Error('The connection broke');
  yield bytes.subarray(half);
}

export const objectPath = ({ Bucket = '', Key = '' }: { Bucket?: string | undefined; Key?: string | undefined }) =>
  `${Bucket}/${Key}`;

/** As in a listing: encoded as in a URL's query. */
export const keyOf = (place: string) => encodeURIComponent(place.slice(place.indexOf('/') + 1));
