import type { MessageContext } from '../messages/context.ts';
import type { Bucket } from '../platform/s3.ts';

/** Everything that work on files needs in addition to the context of messages. */
export interface FilesContext extends MessageContext {
  /** The bucket with the files and the outbox of results. */
  bucket: Bucket;
}
