import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionOf } from '../../shared/messages/subject.ts';

describe('positions', () => {
  it('sort by poll, then by place in the list', () => {
    const number = fc.nat({ max: 99_999_999 });
    fc.assert(
      fc.property(number, number, number, number, (pollA, indexA, pollB, indexB) => {
        const order = Math.sign(pollA - pollB || indexA - indexB);
        const [a, b] = [positionOf(pollA, indexA), positionOf(pollB, indexB)];
        expect(a < b ? -1 : Number(a > b)).toBe(order);
      }),
    );
  });
});
