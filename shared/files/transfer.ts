import * as z from 'zod';

/** The outcome of one file of a transfer, for the step that records it. */
const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('copied'),
    /** Bytes. */
    size: z.number(),
    /** An upload still to be completed, and the full-object CRC32 that it must have. */
    upload: z.object({ uploadId: z.string(), crc32: z.string() }).optional(),
  }),
  z.object({ kind: z.literal('sent') }),
  /** The file is being deleted, and no request to S3 is in flight any more. */
  z.object({ kind: z.literal('stopped') }),
  /** The object was replaced or removed. */
  z.object({ kind: z.literal('changed') }),
  z.object({
    kind: z.literal('failed'),
    error: z.string(),
    retryable: z.boolean(),
    /** The bytes did not have the announced MD5. */
    checksum: z.boolean().optional(),
    /** The stored parts cannot be continued: S3 no longer has the upload. */
    startsOver: z.boolean().optional(),
    /** The portal refused the API key, which is no fault of the file: no failure is counted. */
    unauthorized: z.boolean().optional(),
    /** The stored object is not the file. */
    damaged: z.boolean().optional(),
  }),
]);

const base = {
  slot: z.string(),
  holder: z.string(),
  /** The decision of the previous step; undefined before the first. */
  next: z.string().optional(),
};

/** The row and the attempt that a transfer has claimed. A file that is registered anew begins with attempt 1 again. */
const claim = { createdAt: z.number(), attempt: z.number() };

export const deliverySchema = z.object({
  ...base,
  kind: z.literal('delivery'),
  files: z.array(
    z.object({
      fileId: z.string(),
      ...claim,
      /** The file's lease as this transfer last wrote it. It is released only if unchanged, because a step may run twice. */
      leaseUntil: z.number().optional(),
      outcome: outcomeSchema.optional(),
    }),
  ),
});

const returnSchema = z.object({
  ...base,
  kind: z.literal('return'),
  messageId: z.string(),
  fileId: z.string(),
  attempt: z.number(),
  outcome: outcomeSchema.optional(),
});

const resultSchema = z.object({
  ...base,
  kind: z.literal('result'),
  fileId: z.string(),
  ...claim,
  /** The lease as this transfer last wrote or read it. */
  leaseUntil: z.number().optional(),
  outcome: outcomeSchema.optional(),
});

/** Transfers to the portal. */
export const outboundSchema = z.discriminatedUnion('kind', [returnSchema, resultSchema]);

/** Input and output of the state machine's steps: ids and outcomes only. */
export const transferSchema = z.discriminatedUnion('kind', [deliverySchema, returnSchema, resultSchema]);

export type Transfer = z.infer<typeof transferSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type Return = z.infer<typeof returnSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Outbound = z.infer<typeof outboundSchema>;
export type DeliveryFile = Delivery['files'][number];
export type FileOutcome = z.infer<typeof outcomeSchema>;

export type Failure = Omit<Extract<FileOutcome, { kind: 'failed' }>, 'kind'>;

/** The state machine's next step. */
export interface Next {
  next: 'copy' | 'send' | 'task' | 'complete' | 'stop';
}
