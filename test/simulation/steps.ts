import { ChunkPool } from '../../shared/files/copy/chunks.ts';
import { copyFiles, timeIsUp } from '../../shared/files/copy/copy-files.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { failTransfer } from '../../shared/files/transfer/fail.ts';
import { prepareTransfer } from '../../shared/files/transfer/prepare.ts';
import { deliverySchema, outboundSchema, transferSchema } from '../../shared/files/transfer.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { invocation, type LambdaHandler } from '../../shared/platform/middleware/chains.ts';
import { simulatedChunk } from './files-sent.ts';
import { filesBucket, tables } from './simulated-services.ts';

export interface Limits {
  /** Milliseconds that the step may take. */
  time: number;
  chunksInFlight: number;
  taskAboveBytes: number;
}

/** The share of its time that is left when sending a file ends. */
const marginShare = 0.2;

/** The functions of the state machine, wired as in functions/files. */
export function stepFunction(
  name: string,
  context: MessageContext,
  transfers: TransferContext,
  { time, chunksInFlight, taskAboveBytes }: Limits,
): LambdaHandler<object> {
  const { db, clock, log, s3, portal } = context;
  const { bucket } = transfers;
  switch (name) {
    case 'Prepare':
      return invocation(context, {
        input: transferSchema,
        run: (transfer) => prepareTransfer({ db, clock, tables, bucket, taskAboveBytes }, transfer),
      });
    case 'Copy': {
      // Files of some kilobytes have to make many parts.
      const chunks = new ChunkPool(simulatedChunk);
      const io = {
        portal,
        s3,
        bucket: bucket.name,
        clock,
        chunks,
        rangesInFlight: 4,
        firstByteTime: 120_000,
        minBytesPerSecond: 20,
        bytesInFlight: chunksInFlight * simulatedChunk,
      };
      return invocation(context, {
        input: deliverySchema,
        run: (delivery, timeout) => copyFiles({ db, clock, log, tables }, io, delivery, timeIsUp(clock, timeout)),
      });
    }
    case 'Send':
      return invocation(context, {
        margin: marginShare * time,
        input: outboundSchema,
        run: (file, deadline) => send(context, file, clock.timeout(deadline - clock.now())),
      });
    case 'Complete':
      return invocation(context, {
        input: transferSchema,
        run: (transfer) => completeTransfer(transfers, transfer),
      });
    default:
      return invocation(context, {
        input: transferSchema,
        run: (transfer) => failTransfer(transfers, transfer, 'The transfer ended early'),
      });
  }
}

/** Sends a file to the portal, in a function or in a task. */
export function send(context: MessageContext, transfer: object, signal: AbortSignal): Promise<object> {
  const { db, clock, log, s3, portal } = context;
  const sending = { db, clock, log, tables, portal, s3, bucket: filesBucket, maxFormBytes: 100 };
  return sendFile(sending, outboundSchema.parse(transfer), signal);
}
