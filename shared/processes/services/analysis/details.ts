import * as z from 'zod';
import type { ProcessFileRow } from '../../rows.ts';
import { filesNamed } from '../order-files.ts';
import type { Order } from '../service.ts';

/** The most that one analysis may ask for: one large node for a week. A job has one GPU at most. */
const limits = { cpus: 128, memoryGiB: 2_048, gpus: 1, hours: 168 } as const;

const amount = (least: number, most: number) => z.int().min(least).max(most);

export const analysisDetails = z
  .strictObject({
    model: z
      .strictObject({ id: z.string().max(100).optional() })
      .describe('The script, which `uploadModel` adds to the files of the process'),
    image: z
      .string()
      .max(300)
      .regex(/^[a-z0-9][\w.\-/:]*(?:@sha256:[0-9a-f]{64})?$/, 'must be a reference to a container image')
      .describe('Container image that the analysis runs in'),
    command: z
      .array(z.string().max(1_000))
      .max(50)
      .describe('Command and its arguments, in the directory with the files; without it the script runs'),
    inputs: z.array(z.string().max(256)).max(100).describe('Ids of delivered files of the project'),
    resources: z.strictObject({
      cpus: amount(1, limits.cpus),
      memoryGiB: amount(1, limits.memoryGiB),
      gpus: amount(0, limits.gpus).optional(),
      hours: amount(1, limits.hours),
    }),
  })
  .partial();

export type AnalysisDetails = z.infer<typeof analysisDetails>;

export const detailsOf = ({ details }: Pick<Order, 'details'>): AnalysisDetails => analysisDetails.parse(details);

/** The script among the files of an order: one or none. */
export const scriptOf = (order: Pick<Order, 'details' | 'files'>): ProcessFileRow[] =>
  filesNamed(order, [detailsOf(order).model?.id ?? '']);
