import type { SFNClient } from '@aws-sdk/client-sfn';
import type { FilesContext } from './context.ts';

/** What starting transfers needs. */
export interface TransferContext extends FilesContext {
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
  /** How many transfers run at once, over all deliveries, returns and results. */
  slots: number;
  /** How often a file is fetched that comes with other bytes than announced. */
  checksumTries: number;
}
