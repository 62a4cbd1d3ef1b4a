import type { MessageContext } from '../messages/context.ts';
import type { Bucket } from '../platform/s3.ts';

/** What work on files needs beside work on messages. */
export interface FilesContext extends MessageContext {
  /** Where the files are, and the outbox of results. */
  bucket: Bucket;
}
