import { expect, it } from 'vitest';
import {
  ConfigurationError,
  describeError,
  InvalidInputError,
  isRetryable,
  PermanentError,
  TransientError,
} from '../../shared/platform/errors.ts';

it('tells whether a retry may help; what is not known is worth one', () => {
  expect([new TransientError('t'), new Error('e'), 'text', undefined].map(isRetryable)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  const permanent = [new PermanentError('p'), new ConfigurationError('c'), new InvalidInputError('i')];
  expect(permanent.map(isRetryable)).toEqual([false, false, false]);
});

it('describes an error by its name and message, cut to length, without its stack', () => {
  expect(describeError(new TransientError('busy'))).toBe('TransientError: busy');
  expect(describeError('thrown text')).toBe('thrown text');
  expect(describeError(new Error('x'.repeat(600)))).toHaveLength(500);
  expect(describeError(new Error('abcdef'), 10)).toBe('Error: ab…');
});

it('keeps no half of a character, which no table would take', () => {
  expect(describeError(new Error('a😀cdef'), 10)).toBe('Error: a\ufffd…');
});

it.each([
  [Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 'the connection broke off before the end'],
  [new AggregateError([new TypeError('refused')]), 'TypeError: refused'],
  [new AggregateError([new TypeError('refused')], 'two failed'), 'AggregateError: two failed'],
  [
    Object.assign(new Error('UnknownError'), { name: 'NotFound', $metadata: { httpStatusCode: 404 } }),
    'NotFound: answered 404, without a reason',
  ],
])('finds words for what comes without: %s', (error, text) => {
  expect(describeError(error)).toBe(text);
});
