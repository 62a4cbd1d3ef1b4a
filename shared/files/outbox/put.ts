import type { ResultRow } from '../result.ts';

/** One put of an object. */
export type Put = Pick<ResultRow, 'etag' | 'modifiedAt' | 'size' | 'byTask'>;
