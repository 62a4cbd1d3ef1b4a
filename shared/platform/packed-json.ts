import { deflateRawSync, inflateRawSync } from 'node:zlib';

const prefix = 'deflate:';

/** Characters up to which a text stays readable. */
const readable = 500;

/** Most bytes of a packed JSON text when it is unpacked. */
const maxBytes = 100_000;

/** JSON for an environment variable, which has little room: a long text is compressed. */
export function packJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= readable ? text : prefix + deflateRawSync(text, { level: 9 }).toString('base64');
}

/** @throws Error for a text that `packJson` does not make */
export function unpackJson(text: string): unknown {
  if (!text.startsWith(prefix)) return JSON.parse(text);
  const packed = Buffer.from(text.slice(prefix.length), 'base64');
  return JSON.parse(inflateRawSync(packed, { maxOutputLength: maxBytes }).toString());
}
