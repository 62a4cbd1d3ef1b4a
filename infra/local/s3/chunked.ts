import { incompleteBody, S3Error } from './errors.ts';

/** Only the last chunk may be smaller (bytes). https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
const minimumChunk = 8192;
const maximumLine = 4096;

/**
 * Takes the `aws-chunked` framing off a body, signed or unsigned, with or without trailers: `push` what arrives in any pieces,
 * then `finish`. Signatures are read over, not verified.
 */
export class ChunkDecoder {
  /** Trailing headers, by lower-case name; complete after `finish`. */
  readonly trailers = new Map<string, string>();
  #state: 'size' | 'data' | 'after-data' | 'trailers' = 'size';
  #line = '';
  #left = 0;
  #chunks = 0;
  #lastSize = minimumChunk;

  /**
   * @returns the decoded pieces, views of `input`
   * @throws S3Error InvalidChunkSizeError, InvalidChunk or MalformedTrailerError
   */
  push(input: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let at = 0;
    while (at < input.length) {
      if (this.#state === 'data') {
        const piece = input.subarray(at, at + this.#left);
        pieces.push(piece);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#state = 'after-data';
      } else {
        const end = input.indexOf(0x0a, at);
        this.#line += input.toString('latin1', at, end < 0 ? input.length : end + 1);
        if (this.#line.length > maximumLine) throw invalidChunk();
        if (end < 0) break;
        at = end + 1;
        this.#takeLine();
      }
    }
    return pieces;
  }

  /** @throws S3Error IncompleteBody when the last chunk has not come */
  finish(): void {
    if (this.#state !== 'trailers' || this.#line !== '') throw incompleteBody();
  }

  #takeLine(): void {
    const line = this.#line.replace(/\r?\n$/, '');
    this.#line = '';
    if (this.#state === 'trailers') this.#takeTrailer(line);
    else if (this.#state === 'size') this.#takeSize(line);
    else {
      if (line !== '') throw invalidChunk();
      this.#state = 'size';
    }
  }

  #takeSize(line: string): void {
    const [digits = ''] = line.split(';', 1);
    if (!/^[0-9a-fA-F]{1,12}$/.test(digits)) throw invalidChunk();
    const size = Number.parseInt(digits, 16);
    if (size > 0 && this.#lastSize < minimumChunk) throw chunkTooSmall(this.#chunks, this.#lastSize);
    this.#chunks += 1;
    this.#lastSize = size;
    this.#left = size;
    this.#state = size > 0 ? 'data' : 'trailers';
  }

  #takeTrailer(line: string): void {
    if (line === '') return;
    const colon = line.indexOf(':');
    if (colon < 1)
      throw new S3Error(400, 'MalformedTrailerError', 'The request contained trailing data that was not well-formed.');
    this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

const invalidChunk = () =>
  new S3Error(400, 'InvalidChunk', 'The aws-chunked framing of the request is not well-formed.');

const chunkTooSmall = (chunk: number, size: number) =>
  new S3Error(
    403,
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${minimumChunk} bytes`,
    {
      Chunk: `${chunk}`,
      BadChunkSize: `${size}`,
    },
  );
