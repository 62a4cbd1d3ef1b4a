import { resourceFor } from '../../../workspaces/command-job.ts';
import type { WorkspacesConfiguration } from '../../../workspaces/configuration.ts';
import { isSafeName } from '../../../workspaces/names.ts';
import type { NewJob } from '../../../workspaces/start-job.ts';
import type { Missing } from '../../missing.ts';
import type { ProcessFileRow, ProcessRow } from '../../rows.ts';
import type { Order } from '../service.ts';
import { detailsOf, scriptOf } from './details.ts';

/** Folder of the workspace with the delivered files that the order names. */
const inputFolder = 'inputs';

/** Name of a delivered file in the workspace: its id, if that is a name of a file. */
export const inputName = (fileId: string, index: number): string =>
  `${inputFolder}/${isSafeName(fileId) && !fileId.includes('/') ? fileId : `file-${index + 1}`}`;

/** Name of the script in the workspace. */
export const scriptName = ({ fileName }: Pick<ProcessFileRow, 'fileName'>): string =>
  isSafeName(fileName) && fileName !== inputFolder ? fileName : 'script';

/** The job that an order asks for, or why no resource of the centre can run it. */
export function jobFor(
  configuration: WorkspacesConfiguration,
  order: Pick<Order, 'details' | 'files'> & { process: Pick<ProcessRow, 'projectID' | 'processID'> },
): { job: NewJob } | { missing: Missing } {
  const { image, command = [], resources } = detailsOf(order);
  const [script] = scriptOf(order);
  const { cpus = 1, memoryGiB = 1, gpus = 0, hours = 1 } = resources ?? {};
  const needs = { cores: cpus, memoryMb: memoryGiB * 1_024, timeLimitMinutes: hours * 60, gpu: gpus > 0 };
  const found = resourceFor(configuration, needs, image !== undefined);
  if (!found) {
    const what = image === undefined ? '' : ', and runs container images';
    return { missing: resourcesMissing(`No resource of the centre has what the order asks for${what}`) };
  }
  const { projectID, processID } = order.process;
  const job: NewJob = {
    ...needs,
    ...found,
    jobDetails: {
      ...(script && { script: scriptName(script) }),
      ...(command.length > 0 && { command }),
      ...(image !== undefined && { image }),
      ...(needs.gpu && { gpu: true }),
    },
    resourceOptions: {
      num_cpus: cpus,
      memory_mb: needs.memoryMb,
      time_limit_minutes: needs.timeLimitMinutes,
      gpu_enabled: needs.gpu,
    },
    process: { projectID, processID },
  };
  return { job };
}

const resourcesMissing = (message: string): Missing => ({ key: 'Service-Resources', message });
