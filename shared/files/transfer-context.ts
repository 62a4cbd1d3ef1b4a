import type { SFNClient } from '@aws-sdk/client-sfn';
import type { FilesContext } from './context.ts';

/** Everything needed to start transfers. */
export interface TransferContext extends FilesContext {
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
  /** Number of concurrent transfers of all deliveries, returns and results. */
  slots: number;
  /** How often a file is fetched whose bytes do not have the announced MD5. */
  checksumTries: number;
}
