import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkDecoder } from '../../../../infra/local/s3/chunked.ts';

/** A body in aws-chunked framing. */
function frame(chunks: readonly Uint8Array[], { signed = false, trailer = '' } = {}): Buffer {
  const signature = signed ? `;chunk-signature=${'a'.repeat(64)}` : '';
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from(`0${signature}\r\n${trailer}\r\n`)]);
}

/** Cuts data at the given places. */
function split(data: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % data.length).sort((a, b) => a - b), data.length];
  return cuts.slice(1).map((end, i) => data.subarray(cuts[i], end));
}

function decode(pieces: readonly Buffer[]): { content: Buffer; trailers: ReadonlyMap<string, string> } {
  const decoder = new ChunkDecoder();
  const content = Buffer.concat(pieces.flatMap((piece) => decoder.push(piece)));
  decoder.finish();
  return { content, trailers: decoder.trailers };
}

const large = fc.integer({ min: 8192, max: 10_000 }).map((size) => Buffer.alloc(size, '\r\n0'));
const small = fc.uint8Array({ minLength: 1, maxLength: 100 });
const chunks = fc.tuple(fc.array(large, { maxLength: 4 }), small).map(([some, last]) => [...some, last]);

describe('aws-chunked framing', () => {
  test('comes off whatever pieces the body arrives in', () => {
    fc.assert(
      fc.property(chunks, fc.boolean(), fc.array(fc.nat(), { maxLength: 30 }), (content, signed, places) => {
        const body = frame(content, { signed, trailer: 'x-amz-checksum-crc32:AAAAAA==\r\n' });
        const decoded = decode(split(body, places));
        expect(decoded.content.equals(Buffer.concat(content))).toBe(true);
        expect(decoded.trailers.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
      }),
    );
  });

  test('comes off byte by byte', () => {
    const body = frame([Buffer.from('content')], { trailer: 'x-amz-checksum-crc32:AAAAAA==\r\n' });
    const { content } = decode([...body].map((byte) => Buffer.of(byte)));
    expect(content.toString()).toBe('content');
  });

  test('may be signed to its end', () => {
    const trailer = `x-amz-checksum-crc32:AAAAAA==\r\n\r\nx-amz-trailer-signature:${'b'.repeat(64)}\r\n`;
    expect(decode([frame([Buffer.from('x')], { signed: true, trailer })]).trailers.size).toBe(2);
  });

  test('must be there to its end', () => {
    const body = frame([Buffer.from('content')]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: body.length - 5 }), (end) => {
        expect(() => decode([body.subarray(0, end)])).toThrow(expect.objectContaining({ code: 'IncompleteBody' }));
      }),
    );
  });

  test('has no chunk under 8 KiB but the last', () => {
    const body = frame([Buffer.alloc(8191), Buffer.from('more')]);
    expect(() => decode([body])).toThrow(expect.objectContaining({ code: 'InvalidChunkSizeError', status: 403 }));
  });

  test.each([
    ['a size that is no number', 'zz\r\n', 'InvalidChunk'],
    ['a chunk longer than its size', '1\r\nab\r\n0\r\n\r\n', 'InvalidChunk'],
    ['a line without an end', '1'.repeat(5000), 'InvalidChunk'],
    ['a trailer without a name', '0\r\nno name\r\n\r\n', 'MalformedTrailerError'],
  ])('refuses %s', (_, body, code) => {
    expect(() => decode([Buffer.from(body)])).toThrow(expect.objectContaining({ code }));
  });
});
