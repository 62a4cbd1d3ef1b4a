import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFormParser, type FormPart, formBoundary } from '../../../../infra/local/portal/form-data.ts';

interface Part extends FormPart {
  content: Buffer;
}

function parse(boundary: string, chunks: readonly Buffer[]): Part[] {
  const parts: Part[] = [];
  const parser = createFormParser(boundary, {
    part: (part) => parts.push({ ...part, content: Buffer.alloc(0) }),
    data(bytes) {
      const last = parts.at(-1);
      if (last === undefined) throw new Error('data before a part');
      last.content = Buffer.concat([last.content, bytes]);
    },
  });
  for (const chunk of chunks) parser.write(chunk);
  parser.end();
  return parts;
}

function write(boundary: string, parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, fileName, content }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    return [
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\nX-More: yes\r\n\r\n`),
      content,
      Buffer.from('\r\n'),
    ];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

const boundary = fc.stringMatching(/^[A-Za-z0-9'+_.-]{1,20}$/);

/** Content made of what a boundary is made of: nearly boundaries, but never one. */
function trickyContent(limit: string): fc.Arbitrary<Buffer> {
  const delimiter = `\r\n--${limit}`;
  const fragment = fc.oneof(
    fc.nat(delimiter.length - 1).map((length) => delimiter.slice(0, length)),
    fc.constantFrom('\r', '\n', '\r\n', '--', `--${limit}`, '\r\n\r\n'),
    fc.string({ maxLength: 5 }),
  );
  return fc
    .array(fragment, { maxLength: 12 })
    .map((fragments) => Buffer.from(fragments.join('')))
    .filter((bytes) => Buffer.concat([bytes, Buffer.from(delimiter)]).indexOf(delimiter) === bytes.length);
}

const form = boundary.chain((limit) => {
  const word = fc.stringMatching(/^[\wæøå .\\-]{1,12}$/);
  const part = fc.record(
    { name: fc.stringMatching(/^\w{1,8}$/), fileName: word, content: trickyContent(limit) },
    { requiredKeys: ['name', 'content'] },
  );
  return fc.record({ limit: fc.constant(limit), parts: fc.array(part, { maxLength: 3 }) });
});

describe('form parser', () => {
  it('reads what was written, however it is split', () => {
    fc.assert(
      fc.property(form, fc.array(fc.nat(), { maxLength: 40 }), ({ limit, parts }, cuts) => {
        expect(parse(limit, split(write(limit, parts), cuts))).toEqual(parts);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a form byte by byte', () => {
    const parts = [{ name: 'DataFile', fileName: 'a.csv', content: Buffer.from('\r\n--limi\r\n--\r\n') }];
    expect(
      parse(
        'limit',
        [...write('limit', parts)].map((byte) => Buffer.from([byte])),
      ),
    ).toEqual(parts);
  });

  it('refuses a form that breaks off anywhere before its last boundary is complete', () => {
    const bytes = write('limit', [{ name: 'DataFile', content: Buffer.from('content') }]);
    for (let length = 0; length < bytes.length - 2; length += 1) {
      expect(() => parse('limit', [bytes.subarray(0, length)])).toThrow('closing boundary is missing');
    }
  });

  it('ends a file name at its first quote, as some servers do', () => {
    const head = 'Content-Disposition: form-data; name="DataFile"; filename="a\\"; size=1"';
    const [part] = parse('limit', [Buffer.from(`--limit\r\n${head}\r\n\r\n\r\n--limit--`)]);
    expect(part).toMatchObject({ fileName: 'a\\' });
  });

  it('takes the extended file name before the plain one', () => {
    const head = `Content-Disposition: form-data; name=DataFile; filename="plain"; filename*=UTF-8''%C3%A5%22.csv`;
    const [part] = parse('limit', [Buffer.from(`--limit\r\n${head}\r\n\r\n\r\n--limit--`)]);
    expect(part).toMatchObject({ name: 'DataFile', fileName: 'å".csv' });
  });

  it.each([
    ['no headers', '--limit\r\n\r\ncontent\r\n--limit--', 'no Content-Disposition'],
    ['no name', '--limit\r\nContent-Disposition: form-data\r\n\r\n\r\n--limit--', 'no Content-Disposition'],
    ['a nameless part', '--limit\r\nContent-Disposition: form-data; filename="a"\r\n\r\n\r\n--limit--', 'no name'],
    ['text after a boundary', '--limit and more\r\n', 'not followed by a line end'],
    ['endless headers', `--limit\r\nX: ${'x'.repeat(20_000)}`, 'too long'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => parse('limit', [Buffer.from(text)])).toThrow(problem);
  });
});

it.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data;boundary="a b;c"', 'a b;c'],
  ['multipart/form-data', undefined],
  ['multipart/mixed; boundary=abc', undefined],
  [`multipart/form-data; boundary=${'x'.repeat(71)}`, undefined],
])('the boundary of %s', (header, expected) => {
  expect(formBoundary(header)).toBe(expected);
});
