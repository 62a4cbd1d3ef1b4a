import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKeyOf, outboxPrefix, projectPrefix } from '../../shared/files/object-key.ts';
import { idSchema } from '../../shared/portal/id.ts';

const hostile = fc.constantFrom('/', '%', '"', '.', '..', '😀', 'é', ' ', '%2F', '%sha256-', '\u0000', '\\', '#', '?');
const id = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
    fc.array(hostile, { minLength: 1, maxLength: 64 }).map((pieces) => pieces.join('')),
  )
  .filter((text) => idSchema.safeParse(text).success);

describe('object keys', () => {
  it('have at most 1,024 bytes, printable ASCII only', () => {
    fc.assert(
      fc.property(id, id, (projectNo, fileId) => {
        const key = objectKeyOf(projectNo, fileId);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
        expect(key).toMatch(/^[\x21-\x7e]+$/);
      }),
    );
    const longest = objectKeyOf('😀'.repeat(64), '😀'.repeat(64));
    expect(Buffer.byteLength(longest)).toBeLessThanOrEqual(1024);
  });

  it('differ when the ids differ', () => {
    fc.assert(
      fc.property(id, id, id, id, (projectA, fileA, projectB, fileB) => {
        const same = projectA === projectB && fileA === fileB;
        expect(objectKeyOf(projectA, fileA) === objectKeyOf(projectB, fileB)).toBe(same);
      }),
    );
  });

  it('have four segments: an id adds none and is never one that means another folder', () => {
    fc.assert(
      fc.property(id, id, (projectNo, fileId) => {
        const segments = objectKeyOf(projectNo, fileId).split('/');
        expect(segments).toHaveLength(4);
        for (const segment of segments) expect(['', '.', '..']).not.toContain(segment);
      }),
    );
  });

  it("are under their project's prefix, and under no other's", () => {
    fc.assert(
      fc.property(id, id, id, (projectNo, other, fileId) => {
        const key = objectKeyOf(projectNo, fileId);
        expect(key.startsWith(projectPrefix(projectNo))).toBe(true);
        expect(key.startsWith(projectPrefix(other))).toBe(projectNo === other);
        expect(key.startsWith(outboxPrefix(other))).toBe(false);
      }),
    );
  });
});
