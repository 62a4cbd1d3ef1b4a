import * as z from 'zod';
import { readFiles } from '../../files/rows.ts';
import type { ProcessContext } from '../context.ts';
import type { Missing } from '../missing.ts';
import { dstProjectOf, hasDstProject } from './dst-project.ts';
import { filesAreWhole, filesAreWithinLimits, filesNamed } from './order-files.ts';
import type { Check, Order, Service } from './service.ts';

/** The most that one analysis may ask for: one large node for a week. */
const limits = { cpus: 128, memoryGiB: 2_048, gpus: 8, hours: 168 } as const;

const amount = (least: number, most: number) => z.int().min(least).max(most);

const details = z
  .strictObject({
    model: z
      .strictObject({ id: z.string().max(100).optional() })
      .describe('The script, which `uploadModel` adds to the files of the process'),
    image: z
      .string()
      .max(300)
      .regex(/^[a-z0-9][\w.\-/:]*(?:@sha256:[0-9a-f]{64})?$/, 'must be a reference to a container image')
      .describe('Container image that the analysis runs in'),
    command: z.array(z.string().max(1_000)).max(50).describe('Command and its arguments'),
    inputs: z.array(z.string().max(256)).max(100).describe('Ids of delivered files of the project'),
    resources: z.strictObject({
      cpus: amount(1, limits.cpus),
      memoryGiB: amount(1, limits.memoryGiB),
      gpus: amount(0, limits.gpus).optional(),
      hours: amount(1, limits.hours),
    }),
  })
  .partial();

type AnalysisDetails = z.infer<typeof details>;

const detailsOf = ({ details: given }: Pick<Order, 'details'>): AnalysisDetails => details.parse(given);

const script = (order: Order) => filesNamed(order, [detailsOf(order).model?.id ?? '']);

const inputsExist: Check<ProcessContext> = {
  name: 'Input files are delivered',
  async run(context, order) {
    const { inputs = [] } = detailsOf(order);
    const projectNo = await dstProjectOf(context, order);
    const rows = await readFiles(context, inputs);
    const absent = inputs.filter((fileId) => {
      const row = rows.get(fileId);
      return row?.state !== 'stored' || row.projectNo !== projectNo;
    });
    return absent.length === 0
      ? { passed: true, message: `${inputs.length} files` }
      : { passed: false, message: `Not among the stored files of the project: ${absent.join(', ')}` };
  },
};

/** Runs a script or a container image on delivered files. */
export const analysis: Service<ProcessContext> = {
  number: 1,
  name: 'ANALYSIS',
  details,
  missing(given, files): Missing[] {
    const { model, image, resources } = details.parse(given);
    const hasScript = model?.id !== undefined && files.some(({ fileID }) => fileID === model.id);
    return [
      ...(hasScript || image !== undefined
        ? []
        : [{ key: 'Service-Model', message: 'Neither a script nor a container image is given' }]),
      ...(resources ? [] : [{ key: 'Service-Resources', message: 'No resources are asked for' }]),
    ];
  },
  checks: [hasDstProject, filesAreWhole(script), filesAreWithinLimits, inputsExist],
  async beforeStep(_context, _order, to) {
    if (to !== 'PRODUCTION') return [];
    return [
      { key: 'Service-Workspaces', message: 'An analysis is a job in a workspace, and there are no workspaces yet' },
    ];
  },
};
