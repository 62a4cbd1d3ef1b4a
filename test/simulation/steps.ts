import { chunkSize } from '../../shared/files/copy/chunks.ts';
import { copyFiles } from '../../shared/files/copy/copy-files.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { completeTransfer, type FileStore } from '../../shared/files/transfer/complete.ts';
import { failTransfer } from '../../shared/files/transfer/fail.ts';
import { prepareTransfer } from '../../shared/files/transfer/prepare.ts';
import { deliverySchema, outboundSchema, type Transfer } from '../../shared/files/transfer.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { filesBucket, tables } from './services.ts';

export interface Limits {
  /** Milliseconds that the step may take. */
  time: number;
  /** When it is ended, in milliseconds since 1970. */
  deadline: number;
  chunksInFlight: number;
  taskAboveBytes: number;
}

/** The share of its time that is left when a step begins nothing further. */
const margin = 0.2;

/** What the functions of the state machine do, wired as in functions/files. */
export async function runStep(
  name: string,
  transfer: Transfer,
  context: MessageContext & Pick<FileStore, 's3'>,
  transfers: TransferContext,
  { time, deadline, chunksInFlight, taskAboveBytes }: Limits,
): Promise<object> {
  const { db, clock, log, s3, portal } = context;
  const { bucket } = transfers;
  const left = () => deadline - clock.now();
  switch (name) {
    case 'Prepare':
      return prepareTransfer({ db, clock, tables, bucket, taskAboveBytes }, transfer);
    case 'Copy': {
      const io = {
        portal,
        s3,
        bucket: bucket.name,
        clock,
        rangesInFlight: 4,
        firstByteTime: 120_000,
        minBytesPerSecond: 20,
        bytesInFlight: chunksInFlight * chunkSize,
      };
      return copyFiles({ db, clock, log, tables }, io, deliverySchema.parse(transfer), () => left() < margin * time);
    }
    case 'Send':
      return send(context, transfer, clock.timeout(left() - margin * time));
    case 'Complete': {
      const store = { s3, bucket: bucket.name };
      return completeTransfer(transfers, store, { context, tables, bucket }, transfer);
    }
    default:
      return failTransfer(transfers, transfer, 'The transfer ended early');
  }
}

/** Sends a file to the portal, in a function or in a task. */
export function send(context: MessageContext, transfer: object, signal: AbortSignal): Promise<object> {
  const { db, clock, log, s3, portal } = context;
  const sending = { db, clock, log, tables, portal, s3, bucket: filesBucket, maxFormBytes: 100 };
  return sendFile(sending, outboundSchema.parse(transfer), signal);
}
