import { InvalidInputError } from '../../../shared/platform/errors.ts';

/** Headers of a part. */
export interface FormPart {
  readonly name: string;
  /** Absent on a plain form field. */
  readonly fileName?: string;
}

export interface FormListener {
  part(part: FormPart): void;
  data(bytes: Buffer): void;
}

export interface FormParser {
  /** @throws InvalidInputError when the bytes so far can't be a form */
  write(chunk: Buffer): void;
  /** @throws InvalidInputError when the closing boundary is missing */
  end(): void;
}

const maximumHeaders = 16 * 1024;
const lineEnd = Buffer.from('\r\n');
const headersEnd = Buffer.from('\r\n\r\n');

/**
 * A strict streaming parser of multipart/form-data (RFC 7578, RFC 2046 section 5.1.1). Holds back no more than the
 * start of a possible boundary, or one part's headers.
 */
export function createFormParser(boundary: string, listener: FormListener): FormParser {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  let state: 'preamble' | 'delimiter' | 'headers' | 'body' | 'epilogue' = 'preamble';
  // The first boundary needs no line end before it: this one stands in.
  let held: Buffer = lineEnd;

  /** Takes one step through `bytes`: the number of bytes used, or undefined when more are needed. */
  function step(bytes: Buffer): number | undefined {
    if (state === 'delimiter') return afterDelimiter(bytes);
    if (state === 'headers') return headers(bytes);
    return content(bytes);
  }

  function content(bytes: Buffer): number | undefined {
    const found = bytes.indexOf(delimiter);
    const end = found >= 0 ? found : bytes.length - startOfDelimiter(bytes, delimiter);
    if (state === 'body' && end > 0) listener.data(bytes.subarray(0, end));
    if (found < 0) return end > 0 ? end : undefined;
    state = 'delimiter';
    return found + delimiter.length;
  }

  function afterDelimiter(bytes: Buffer): number | undefined {
    if (bytes.length < 2) return undefined;
    const next = bytes.toString('latin1', 0, 2);
    if (next !== '--' && next !== '\r\n') throw new InvalidInputError('form: a boundary is not followed by a line end');
    state = next === '--' ? 'epilogue' : 'headers';
    // The line end stays: with it, a part without headers is recognized as such.
    return next === '--' ? 2 : 0;
  }

  function headers(bytes: Buffer): number | undefined {
    const end = bytes.indexOf(headersEnd);
    if (end > maximumHeaders || (end < 0 && bytes.length > maximumHeaders)) {
      throw new InvalidInputError('form: the headers of a part are too long');
    }
    if (end < 0) return undefined;
    listener.part(readPart(bytes.toString('utf8', 0, end)));
    state = 'body';
    return end + headersEnd.length;
  }

  return {
    write(chunk) {
      let bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      while (bytes.length > 0 && state !== 'epilogue') {
        const used = step(bytes);
        if (used === undefined) break;
        bytes = bytes.subarray(used);
      }
      held = state === 'epilogue' ? Buffer.alloc(0) : bytes;
    },
    end() {
      if (state !== 'epilogue') throw new InvalidInputError('form: the closing boundary is missing');
    },
  };
}

/** The boundary that a Content-Type header names, or undefined when it is no proper multipart/form-data header. */
export function formBoundary(contentType: string): string | undefined {
  const match = /^multipart\/form-data\s*;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s";,]{1,70}))\s*$/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** How many of the last bytes could be the start of a delimiter that goes on in the next chunk. */
function startOfDelimiter(bytes: Buffer, delimiter: Buffer): number {
  const first = Math.max(0, bytes.length - delimiter.length + 1);
  for (let at = bytes.indexOf(0x0d, first); at >= 0; at = bytes.indexOf(0x0d, at + 1)) {
    if (bytes.subarray(at).equals(delimiter.subarray(0, bytes.length - at))) return bytes.length - at;
  }
  return 0;
}

function readPart(headers: string): FormPart {
  const disposition = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/im.exec(headers)?.[1];
  if (disposition === undefined) throw new InvalidInputError('form: a part has no Content-Disposition: form-data');
  const parameters = new Map<string, string>();
  // Browsers escape no quote by a backslash, and there are servers that end the value at the first.
  for (const [, name = '', quoted, token = ''] of disposition.matchAll(/;\s*([\w*-]+)=(?:"([^"]*)"|([^;\s]*))/g)) {
    parameters.set(name.toLowerCase(), quoted ?? token);
  }
  const name = parameters.get('name');
  if (name === undefined) throw new InvalidInputError('form: a part has no name');
  const fileName = extendedValue(parameters.get('filename*')) ?? parameters.get('filename');
  return fileName === undefined ? { name } : { name, fileName };
}

/** The value of a parameter in the extended notation of RFC 8187, UTF-8 only. */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : /^utf-8'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw new InvalidInputError('form: filename* is not percent-encoded UTF-8', { cause: error });
  }
}
