import { createHash, type Hash } from 'node:crypto';
import { PortalError } from './errors.ts';
import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './json-characters.ts';

/** The bytes of one element; for one that is too long, only the first bytes and the SHA-256 of all bytes in hexadecimal. */
export interface SplitElement {
  bytes: Uint8Array;
  sha256OfAll?: string;
}

type TextPlace = 'start' | 'in null' | 'first element' | 'next element' | 'in element' | 'after element' | 'end';

/**
 * Splits a top-level JSON array in a stream of bytes into its elements by brackets and strings alone, so that an error inside
 * one element leaves the others readable. Holds at most one element, up to `maxBytes`.
 */
export class ElementSplitter {
  #place: TextPlace = 'start';
  #scalar = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #offset = 0;
  /** Number of bytes received of a document `null`. */
  #nullBytes = 0;
  readonly #element: ElementBuffer;

  constructor(maxBytes: number) {
    this.#element = new ElementBuffer(maxBytes);
  }

  /**
   * The elements that end in this chunk.
   * @throws PortalError after these elements, if the document is not a JSON array
   */
  *push(chunk: Uint8Array): Generator<SplitElement, void, undefined> {
    let index = 0;
    while (index < chunk.length) {
      if (this.#place === 'in element') {
        const end = this.#scalar ? this.#scanScalar(chunk, index) : this.#scan(chunk, index);
        this.#element.add(chunk.subarray(index, end));
        index = end;
        if (this.#elementEnded()) yield this.#element.take();
      } else {
        index += this.#step(chunk[index] ?? 0, this.#offset + index);
      }
    }
    this.#offset += chunk.length;
  }

  /** Whether only white space was received. */
  get isBlank(): boolean {
    return this.#place === 'start';
  }

  /** @throws PortalError if the array is not closed */
  end(): void {
    if (this.isBlank) throw broken('the portal answered with nothing');
    if (this.#place !== 'end') throw broken(`the list ends before its closing bracket, after ${this.#offset} bytes`);
  }

  #elementEnded(): boolean {
    return this.#place === 'after element';
  }

  /** Consumes one byte outside the elements. Returns 1 if the byte was consumed, 0 if an element starts with it. */
  #step(byte: number, offset: number): 0 | 1 {
    const place = this.#place;
    if (place === 'in null' || (place === 'start' && byte === jsonNull[0])) return this.#stepNull(byte);
    if (isSpace(byte) || (place === 'start' && byte === byteOrderMark[offset])) return 1;
    if (place === 'start' && byte === openBracket) this.#place = 'first element';
    else if ((place === 'first element' || place === 'after element') && byte === closeBracket) this.#place = 'end';
    else if (place === 'after element' && byte === comma) this.#place = 'next element';
    else if ((place === 'first element' || place === 'next element') && startsElement(byte)) {
      this.#place = 'in element';
      this.#scalar = byte !== openBrace && byte !== openBracket && byte !== quote;
      return 0;
    } else if (place === 'start') throw broken(`the portal answered with ${documentOf(byte)}`);
    else if (place === 'end') throw broken(`the list goes on after its closing bracket, at byte ${offset}`);
    else if (byte === openAngle) throw broken(`the list is interrupted by an HTML page at byte ${offset}`);
    else throw broken(`the list has no message where one should begin or end, at byte ${offset}`);
    return 1;
  }

  /** A document `null` is an empty list. */
  #stepNull(byte: number): 1 {
    if (byte !== jsonNull[this.#nullBytes++]) throw broken('the portal answered with no JSON');
    this.#place = this.#nullBytes === jsonNull.length ? 'end' : 'in null';
    return 1;
  }

  /** Index after the end of the object, array or string in this chunk, or the chunk's length if it continues. */
  #scan(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
        else continue;
      } else if (byte === quote) this.#inString = true;
      else if (byte === openBrace || byte === openBracket) this.#depth++;
      else if (byte === closeBrace || byte === closeBracket) this.#depth--;
      else if (byte < 0x80) continue;
      else throw broken(`the list is no JSON at byte ${this.#offset + index}`);
      if (this.#depth === 0 && !this.#inString) {
        this.#place = 'after element';
        return index + 1;
      }
    }
    return chunk.length;
  }

  /** The same for a number, `true`, `false` or `null`, which ends before the next delimiter. */
  #scanScalar(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte >= 0x80) throw broken(`the list is no JSON at byte ${this.#offset + index}`);
      if (byte === comma || byte === closeBracket || isSpace(byte)) {
        this.#place = 'after element';
        return index;
      }
    }
    return chunk.length;
  }
}

/** The bytes of the current element. */
class ElementBuffer {
  #parts: Uint8Array[] = [];
  #length = 0;
  #long: { head: Uint8Array; hash: Hash } | undefined;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#long) this.#long.hash.update(part);
    else this.#parts.push(part);
    if (!this.#long && this.#length > this.#maxBytes) {
      const hash = createHash('sha256');
      for (const kept of this.#parts) hash.update(kept);
      this.#long = { head: Buffer.concat(this.#parts, headBytes), hash };
      this.#parts = [];
    }
  }

  take(): SplitElement {
    const [first, ...more] = this.#parts;
    const element: SplitElement = this.#long
      ? { bytes: this.#long.head, sha256OfAll: this.#long.hash.digest('hex') }
      : { bytes: first && more.length === 0 ? first : Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#length = 0;
    this.#long = undefined;
    return element;
  }
}

/** A retryable error: the portal, or a proxy in front of it, may answer correctly the next time. */
function broken(problem: string): PortalError {
  return new PortalError({ call: 'GET /messages', problem, retryable: true });
}

/** Describes a document that is no array by its first byte. */
function documentOf(byte: number): string {
  if (byte === openAngle) return 'an HTML page in place of a list';
  if (byte === openBrace) return 'a JSON object in place of a list';
  return byte !== openBracket && startsElement(byte) ? 'a JSON value in place of a list' : 'no JSON';
}

const headBytes = 1024;
const jsonNull = Buffer.from('null');
const openAngle = 0x3c;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const elementStarts = new Set(Buffer.from('{["-0123456789tfn'));

function startsElement(byte: number): boolean {
  return elementStarts.has(byte);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
