import { counted } from '../../platform/units.ts';
import { foldId } from '../../portal/id.ts';
import { readNamedFiles } from '../../workspaces/links.ts';
import type { ProcessContext } from '../context.ts';
import { endOrderJob } from '../end-order-job.ts';
import type { Missing } from '../missing.ts';
import { analysisDetails, detailsOf, scriptOf } from './analysis/details.ts';
import { jobFor } from './analysis/job.ts';
import { analysisReport } from './analysis/report.ts';
import { begin, startMissing, startPart } from './analysis/start.ts';
import { dstProjectNoOf, hasDstProject } from './dst-project.ts';
import { filesAreWhole, filesAreWithinLimits } from './order-files.ts';
import type { Check, Service } from './service.ts';

const inputsExist: Check<ProcessContext> = {
  name: 'Input files are delivered',
  async run(context, order) {
    const { inputs = [] } = detailsOf(order);
    const projectNo = await dstProjectNoOf(context, order);
    const rows = await readNamedFiles(context, inputs);
    const absent = inputs.filter((fileId) => {
      const row = rows.get(foldId(fileId));
      return row?.state !== 'stored' || row.projectNo !== projectNo;
    });
    return absent.length === 0
      ? { passed: true, message: counted(inputs.length, 'file') }
      : { passed: false, message: `Not among the stored files of the project: ${absent.join(', ')}` };
  },
};

const aResourceFits: Check<ProcessContext> = {
  name: 'A resource can run it',
  async run({ workspaces }, order) {
    const found = jobFor(workspaces.configuration, order);
    return 'missing' in found
      ? { passed: false, message: found.missing.message }
      : { passed: true, message: found.job.resource };
  },
};

/** Runs a script or a container image on delivered files, as a job in a workspace of the client. */
export const analysis: Service<ProcessContext> = {
  number: 1,
  name: 'ANALYSIS',
  details: analysisDetails,
  missing(given, files): Missing[] {
    const { model, image, resources } = analysisDetails.parse(given);
    const hasScript = model?.id !== undefined && files.some(({ fileID }) => fileID === model.id);
    return [
      ...(hasScript || image !== undefined
        ? []
        : [{ key: 'Service-Model', message: 'Neither a script nor a container image is given' }]),
      ...(resources ? [] : [{ key: 'Service-Resources', message: 'No resources are asked for' }]),
    ];
  },
  checks: [hasDstProject, filesAreWhole(scriptOf), filesAreWithinLimits, inputsExist, aResourceFits],
  async beforeStep(context, order, to) {
    const { job, status } = order.process;
    if (to === 'PRODUCTION' && status === 'CONFIRMED_BY_CLIENT') return startMissing(context, order);
    if (to !== 'DELIVERY' || !job || job.state !== undefined) return [];
    return [{ key: 'Service-Job', message: 'The job has not ended' }];
  },
  atStep: async (context, order, to) => (to === 'PRODUCTION' ? startPart(context, order) : undefined),
  followedSteps: ['PRODUCTION', 'FAILED', 'CANCELED'],
  async afterStep(context, order, to) {
    const { job } = order.process;
    if (!job) return;
    if (to === 'PRODUCTION') await begin(context, order, job);
    else await endOrderJob(context, job, to === 'CANCELED' ? 'The order was canceled' : 'The order has failed');
  },
  async report(context, { process: { job } }) {
    return job ? { analysis: await analysisReport(context, job) } : {};
  },
};
