import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  createHasher,
  type DigestAlgorithm,
  digestLengths,
  type Hasher,
} from './checksums.ts';
import { ChunkDecoder } from './chunked.ts';
import { badDigest, entityTooLarge, incompleteBody, invalidRequest, notImplemented, S3Error } from './errors.ts';

/** Properties of a body that the request declares. */
interface Declaration {
  /** Bytes of content, framing not counted. */
  readonly size: number;
  readonly framed: boolean;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly trailing: boolean };
  readonly expected: ReadonlyMap<DigestAlgorithm, Buffer>;
  /** Hex SHA-256 of the body that SigV4 signs. */
  readonly payloadHash?: string;
}

/**
 * The content of a request, read once by iterating over it. Everything that the request declares is verified at the end:
 * length, Content-MD5, x-amz-checksum-* as header or trailer, x-amz-content-sha256. The iteration throws S3Error on a mismatch.
 */
export class Body implements AsyncIterable<Buffer> {
  readonly size: number;
  /** The algorithm whose checksum the client sends with the content. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly #request: IncomingMessage;
  readonly #declared: Declaration;
  readonly #also: readonly DigestAlgorithm[];
  readonly #digests = new Map<DigestAlgorithm, Buffer>();

  /**
   * @param also digests wanted besides those that have to be verified
   * @param maximum bytes
   * @param headers that describe this body, if not all do
   */
  constructor(
    request: IncomingMessage,
    also: (declared: ChecksumAlgorithm | undefined) => DigestAlgorithm[],
    maximum: number,
    headers = request.headers,
  ) {
    this.#request = request;
    this.#declared = readDeclaration(headers);
    this.size = this.#declared.size;
    if (this.size > maximum) throw entityTooLarge(maximum);
    this.algorithm = this.#declared.checksum?.algorithm;
    this.#also = also(this.algorithm);
  }

  /** Whether Content-MD5 or a checksum guards the content. */
  get guarded(): boolean {
    return this.algorithm !== undefined || this.#declared.expected.has('MD5');
  }

  get hasContentMd5(): boolean {
    return this.#declared.expected.has('MD5');
  }

  /** A digest that was wanted or verified; there only after the content was read to its end. */
  digest(algorithm: DigestAlgorithm): Buffer {
    const digest = this.#digests.get(algorithm);
    if (digest === undefined) throw new Error(`The ${algorithm} of this body was not asked for.`);
    return digest;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const hashers = await this.#hashers();
    const decoder = this.#declared.framed ? new ChunkDecoder() : undefined;
    let size = 0;
    // The request must stay open if reading ends early, because its connection is needed for the error answer.
    for await (const input of this.#request.iterator({ destroyOnReturn: false })) {
      for (const piece of decoder ? decoder.push(input) : [input]) {
        size += piece.length;
        if (size > this.size) throw incompleteBody();
        for (const hasher of hashers.values()) hasher.update(piece);
        yield piece;
      }
    }
    decoder?.finish();
    if (size !== this.size) throw incompleteBody();
    for (const [algorithm, hasher] of hashers) this.#digests.set(algorithm, hasher.digest());
    this.#verify(decoder?.trailers);
  }

  async #hashers(): Promise<Map<DigestAlgorithm, Hasher>> {
    const { expected, checksum, payloadHash } = this.#declared;
    const wanted = new Set([...this.#also, ...expected.keys()]);
    if (checksum) wanted.add(checksum.algorithm);
    if (payloadHash) wanted.add('SHA256');
    const hashers = new Map<DigestAlgorithm, Hasher>();
    for (const algorithm of wanted) hashers.set(algorithm, await createHasher(algorithm));
    return hashers;
  }

  #verify(trailers: ReadonlyMap<string, string> | undefined): void {
    const { expected, checksum, payloadHash } = this.#declared;
    for (const [algorithm, value] of expected) {
      if (!this.digest(algorithm).equals(value)) throw badDigest(algorithm === 'MD5' ? 'Content-MD5' : algorithm);
    }
    if (checksum?.trailing) {
      const trailer = trailers?.get(checksumHeader(checksum.algorithm));
      if (trailer === undefined) throw malformedTrailer(checksum.algorithm);
      if (!this.digest(checksum.algorithm).equals(parseChecksum(checksum.algorithm, trailer))) {
        throw badDigest(checksum.algorithm);
      }
    }
    if (payloadHash && this.digest('SHA256').toString('hex') !== payloadHash) {
      throw new S3Error(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' does not match what was computed.",
      );
    }
  }
}

/** A small body as text. @throws S3Error as `Body`; InvalidRequest when `guarded` is asked for and nothing guards it */
export async function readText(
  request: IncomingMessage,
  options: { maximum: number; guarded: boolean; headers?: IncomingHttpHeaders },
): Promise<string> {
  const body = new Body(request, () => [], options.maximum, options.headers);
  if (options.guarded && !body.guarded) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** The checksum that the headers give, if any. @throws S3Error InvalidRequest when there are several or it can't be one */
export function checksumInHeaders(
  headers: IncomingHttpHeaders,
): { algorithm: ChecksumAlgorithm; text: string } | undefined {
  const found = checksumAlgorithms.flatMap((algorithm) => {
    const text = headers[checksumHeader(algorithm)];
    return typeof text === 'string' ? [{ algorithm, text }] : [];
  });
  if (found.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  return found[0];
}

/** @throws S3Error InvalidRequest when `text` is not base64 of the right length */
function parseChecksum(algorithm: ChecksumAlgorithm, text: string): Buffer {
  const value = Buffer.from(text, 'base64');
  if (value.length !== digestLengths[algorithm] || value.toString('base64') !== text) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return value;
}

function readDeclaration(headers: IncomingHttpHeaders): Declaration {
  const contentSha256 = headers['x-amz-content-sha256'];
  const framed = typeof contentSha256 === 'string' && contentSha256.startsWith('STREAMING-');
  const inHeader = checksumInHeaders(headers);
  const trailing = framed ? trailingAlgorithm(headers) : undefined;
  const expected = new Map<DigestAlgorithm, Buffer>();
  const contentMd5 = headers['content-md5'];
  if (contentMd5 !== undefined) expected.set('MD5', parseContentMd5(String(contentMd5)));
  if (inHeader) expected.set(inHeader.algorithm, parseChecksum(inHeader.algorithm, inHeader.text));
  if (headers['x-amz-sdk-checksum-algorithm'] !== undefined && !inHeader && !trailing) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return {
    size: readLength(headers, framed),
    framed,
    expected,
    ...(inHeader && { checksum: { algorithm: inHeader.algorithm, trailing: false } }),
    ...(trailing && { checksum: { algorithm: trailing, trailing: true } }),
    ...(typeof contentSha256 === 'string' && /^[0-9a-f]{64}$/.test(contentSha256) && { payloadHash: contentSha256 }),
  };
}

function readLength(headers: IncomingHttpHeaders, framed: boolean): number {
  const name = framed ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headers[name];
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  if (!framed && headers['transfer-encoding'] !== undefined) throw notImplemented('Transfer-Encoding without a length');
  throw new S3Error(411, 'MissingContentLength', `You must provide the ${name} HTTP header.`);
}

function trailingAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined {
  const declared = headers['x-amz-trailer'];
  if (typeof declared !== 'string') return undefined;
  const found = checksumAlgorithms.find((algorithm) => checksumHeader(algorithm) === declared.trim().toLowerCase());
  if (found === undefined) throw invalidRequest('The value specified in the x-amz-trailer header is not supported');
  return found;
}

function parseContentMd5(text: string): Buffer {
  const value = Buffer.from(text, 'base64');
  if (value.length !== digestLengths.MD5 || value.toString('base64') !== text) {
    throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  return value;
}

const malformedTrailer = (algorithm: ChecksumAlgorithm) =>
  new S3Error(400, 'MalformedTrailerError', `The trailer ${checksumHeader(algorithm)} was declared and did not come.`);
