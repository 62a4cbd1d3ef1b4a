import type { SFNClient } from '@aws-sdk/client-sfn';
import type { MessageContext } from '../messages/context.ts';
import type { Bucket } from '../platform/s3.ts';

/** What starting transfers needs. */
export interface TransferContext {
  context: MessageContext;
  tables: { files: string };
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
  /** How many transfers run at once, over all deliveries, returns and results. */
  slots: number;
  /** How often a file is fetched that comes with other bytes than announced. */
  checksumTries: number;
  /** Where the files are: what is given up leaves nothing there. */
  bucket: Bucket;
}
