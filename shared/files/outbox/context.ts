import type { MessageContext } from '../../messages/context.ts';
import type { Bucket } from '../../platform/s3.ts';
import type { ResultRow } from '../result.ts';

/** What taking results up needs. */
export interface OutboxContext {
  context: MessageContext;
  tables: { projects: string; files: string };
  bucket: Bucket;
}

/** One put of an object. */
export type Put = Pick<ResultRow, 'etag' | 'modifiedAt' | 'size' | 'byTask'>;
