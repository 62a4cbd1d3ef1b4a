import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findValues, problemOfSize } from '../../shared/portal/outline.ts';
import { parseMessage } from '../../shared/portal/parse-message.ts';

const names = ['messageId', 'messageType'];
const many = (count: number, text: string) => Array(count).fill(text).join();

describe('the size of a document', () => {
  it('is no problem for any that is small', () => {
    fc.assert(fc.property(fc.json(), (text) => problemOfSize(text) === undefined));
  });

  it.each([
    ['empty objects', `[${many(130_000, '{}')}]`],
    ['empty arrays', `[${many(130_000, '[]')}]`],
    ['numbers', `[${many(250_001, '1')}]`],
    ['keys', `{${many(250_001, '"k":1')}}`],
  ])('is one with so many %s', (_what, text) => {
    expect(problemOfSize(text)).toBe('must have no more than 250000 values');
  });

  it('is none whatever stands in a string', () => {
    expect(problemOfSize(`["${'[{,'.repeat(300_000)}\\\\\\"[","\\\\"]`)).toBeUndefined();
  });

  it.each([
    [100, undefined],
    [101, 'must not be nested that deep'],
  ])('allows so many levels: %i', (depth, problem) => {
    expect(problemOfSize('['.repeat(depth) + ']'.repeat(depth))).toBe(problem);
  });
});

describe('values that are found without parsing', () => {
  it('are those that JSON.parse finds', () => {
    const id = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.maxSafeInteger());
    const key = fc.oneof(fc.constantFrom(...names, 'data', '\u006dessageId'), fc.string());
    const entry = fc.tuple(key, fc.oneof(id, fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), id)));
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom('', ' ', '\n\t'), (entries, space) => {
        const fields = entries.map(
          ([name, value]) => `${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`,
        );
        const text = `{${space}${fields.join(`${space},${space}`)}${space}}`;
        const parsed: Record<string, unknown> = JSON.parse(text);
        for (const name of names) {
          const value = parsed[name];
          const isShort = typeof value === 'string' || /^-?\d+$/.test(JSON.stringify(value) ?? '');
          expect(JSON.parse(findValues(text, names).get(name) ?? 'null')).toEqual(isShort ? value : null);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throw, whatever the text and wherever it is cut', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void findValues(text, names)));
    const text = '{"data":{"messageId":"inner"},"messageId":"m-\\"1","messageType":17}';
    for (let end = 0; end < text.length; end++) {
      const value = findValues(text.slice(0, end), names).get('messageId');
      expect([undefined, '"m-\\"1"']).toContain(value);
    }
  });
});

describe('a message that would take too much memory', () => {
  it.each([
    ['objects', `[${many(2_400_000, '{}')}]`, 'must have no more than'],
    ['keys', `{${Array.from({ length: 300_000 }, (_, index) => `"${index}":0`).join()}}`, 'must have no more than'],
    ['nesting', '['.repeat(3_000_000) + ']'.repeat(3_000_000), 'must not be nested'],
  ])('by its %s is unreadable, under its id and with its text', (_what, data, problem) => {
    const raw = `{"messageType":"CreateProject","data":{"projectNo":1,"x":${data}},"messageId":17}`;
    expect(parseMessage(raw)).toMatchObject({
      readable: false,
      messageId: '17',
      messageType: 'CreateProject',
      problem: expect.stringContaining(`message: ${problem}`),
      raw,
    });
    const text = JSON.stringify({ messageId: 'm', messageType: 'CreateProject', data: `{"projectNo":1,"x":${data}}` });
    for (const each of [text, text.replace(/"data":(.*)}$/, (_, inner) => `"data":${JSON.stringify(inner)}}`)]) {
      expect(parseMessage(each)).toMatchObject({
        readable: false,
        messageId: 'm',
        problem: expect.stringContaining(`data: ${problem}`),
      });
    }
  });
});
