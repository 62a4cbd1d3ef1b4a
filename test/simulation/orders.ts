import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { Refusal } from '../../shared/api/answer.ts';
import type { OperatorContext } from '../../shared/decisions/context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { createProcess } from '../../shared/processes/create.ts';
import { deleteProcesses } from '../../shared/processes/delete-processes.ts';
import { addFiles } from '../../shared/processes/files/add-files.ts';
import { removeFiles } from '../../shared/processes/files/remove-remains.ts';
import { dstProjectId } from '../../shared/processes/ids.ts';
import { serviceRegistry } from '../../shared/processes/services/service.ts';
import { updateProcesses } from '../../shared/processes/update/update.ts';
import type { Viewer } from '../../shared/processes/viewer.ts';
import { finishWork } from '../../shared/processes/work.ts';
import type { ProjectRow } from '../../shared/projects/project.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { Random } from './random.ts';
import { attachmentsBucket, filesBucket, tables } from './simulated-services.ts';

type Desk = OperatorContext & Pick<MessageContext, 'log'> & { s3: S3Client };

/** Researchers order processes in projects of DST, with files and messages, while DST may delete the projects. */
export const orderProcesses =
  (random: Random) =>
  async (desk: Desk): Promise<void> => {
    const context = contextOf(desk, random);
    for (const { projectNo } of await Array.fromAsync(scan<ProjectRow>(desk.db, tables.projects))) {
      if (random.chance(0.5)) continue;
      await order(context, random, projectNo).catch((error) => {
        // The project was deleted meanwhile, or others were at it all the time.
        if (!(error instanceof Refusal || error instanceof TransientError)) throw error;
      });
    }
  };

async function order(context: ProcessContext, random: Random, projectNo: string): Promise<void> {
  const viewer: Viewer = { projectNo, name: 'a researcher', actor: { by: 'a researcher' } };
  const pause = () => context.clock.sleep(random.pick([0, 0, 20_000]) * random.next());
  const projectID = dstProjectId(projectNo);
  const processID = await createProcess(context, viewer, projectID, {});
  await pause();
  await addFiles(context, viewer, { projectID, processID }, [{ fileName: 'notes', bytes: Buffer.from(processID) }]);
  await pause();
  await updateProcesses(context, viewer, {
    projectID,
    processIDs: [processID],
    changes: { messages: { text: 'Hello' } },
    deletions: {},
  });
  if (random.chance(0.2)) await deleteProcesses(context, viewer, projectID, [processID]);
}

/** No service of the simulation runs a job. */
const noWorkspaces = ({ db, clock, log, s3 }: Desk): ProcessContext['workspaces'] => ({
  db,
  clock,
  log,
  tables: { ...tables, workspaces: 'workspaces' },
  workspacesBucket: { s3, name: attachmentsBucket },
  configuration: readConfiguration({}),
  jobsUrl: '',
  jobs: { start: async () => {}, stop: async () => {} },
});

const contextOf = (desk: Desk, random: Random): ProcessContext => ({
  db: desk.db,
  clock: desk.clock,
  log: desk.log,
  tables,
  services: serviceRegistry([]),
  attachments: { s3: desk.s3, name: attachmentsBucket },
  filesBucket,
  workspaces: noWorkspaces(desk),
  work: {
    'remove-files': removeFiles,
    'remove-remains': finishWork,
    'wake-dependents': finishWork,
    'remove-project': finishWork,
    'end-upload': finishWork,
    'start-verification': finishWork,
    'stop-verification': finishWork,
    'after-step': finishWork,
    'note-job-end': finishWork,
    remind: finishWork,
    'send-mail': finishWork,
  },
  // A seed plays the same again.
  newId: () => createHash('sha256').update(`${random.next()}`).digest('base64url'),
});
