import type { Mutation } from './mutation.ts';

/** Mutants of files copied in parts. */
export const copies: readonly Mutation[] = [
  {
    name: 'a file in parts becomes visible before its MD5 is checked',
    file: 'files/copy/copy.ts',
    from: '    checkMd5(file, hash.digest(), hashed.bytes);\n',
    to: '',
  },
  {
    name: 'nobody records how far a copy came',
    file: 'files/copy/lease.ts',
    from: '      ...point,\n',
    to: '',
  },
  {
    name: 'a copy begins anew after each break',
    file: 'files/copy/copy.ts',
    from: 'return await copyFrom(io, file, point, progress, resumeFrom);',
    to: 'return await copyFrom(io, file, undefined, progress, resumeFrom);',
  },
  {
    name: 'a part counts as stored while an earlier one is not',
    file: 'files/copy/upload.ts',
    from: 'for (let next = this.#ahead.get(this.#stored + 1); next;',
    to: 'for (let next = this.#ahead.get(number); next;',
  },
  {
    name: 'uploads of dead copies stay',
    file: 'files/transfer/prepare.ts',
    from: '  await Promise.all(ours.map((row) => abortUploadsOf(bucket, row.objectKey, row.resume?.uploadId)));\n',
    to: '',
  },
  {
    name: 'an upload that S3 lost is completed again and again',
    file: 'files/copy/fail-delivery.ts',
    from: 'startsOver ? { resume: undefined, bytesDone: 0, restarts } : {}',
    to: '{}',
  },
  {
    name: 'an upload that was completed before is a failure',
    file: 'files/copy/make-visible.ts',
    from: "(error.name === 'PreconditionFailed' || error.name === 'NoSuchUpload')",
    to: "(error.name === 'PreconditionFailed')",
  },
];
