import * as z from 'zod';

/** What happened to one file of a transfer, for the step that records it. */
const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('copied'),
    /** Bytes. */
    size: z.number(),
    /** An upload that is still to be completed, and the full-object CRC32 that it must have. */
    upload: z.object({ uploadId: z.string(), crc32: z.string() }).optional(),
  }),
  z.object({ kind: z.literal('sent') }),
  /** The file is being deleted, and nothing is on its way to S3 any more. */
  z.object({ kind: z.literal('stopped') }),
  /** The object is another by now, or gone. */
  z.object({ kind: z.literal('changed') }),
  z.object({
    kind: z.literal('failed'),
    error: z.string(),
    retryable: z.boolean(),
    /** It brought other bytes than announced. */
    checksum: z.boolean().optional(),
    /** What is stored of it can't be continued: S3 has its upload no more. */
    startsOver: z.boolean().optional(),
    /** The portal refused the API key, which says nothing about the file: no failure is counted. */
    unauthorized: z.boolean().optional(),
    /** What is stored is not the file. */
    damaged: z.boolean().optional(),
  }),
]);

const base = {
  slot: z.string(),
  holder: z.string(),
  /** What the step before decided; none until the first has ended. */
  next: z.string().optional(),
};

export const deliverySchema = z.object({
  ...base,
  kind: z.literal('delivery'),
  files: z.array(
    z.object({
      fileId: z.string(),
      attempt: z.number(),
      /** Its lease as this transfer wrote it last, by which it is given back: a step may run twice. */
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
  attempt: z.number(),
  /** Its lease as this transfer wrote or read it last. */
  leaseUntil: z.number().optional(),
  outcome: outcomeSchema.optional(),
});

/** What goes to the portal. */
export const outboundSchema = z.discriminatedUnion('kind', [returnSchema, resultSchema]);

/** What goes from step to step of the state machine: ids only, and what came of each. */
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
