import type { Command } from './command.ts';
import { confirmProject } from './confirm-project.ts';
import { files } from './files.ts';
import { history } from './history.ts';
import { incidents } from './incidents.ts';
import { sendFile } from './send-file.ts';
import { dismissIncident, retryIncident } from './settle.ts';
import { status } from './status.ts';
import { verifyFile } from './verify-file.ts';

/** What operators can do, by the words for it. */
export const commands: Record<string, Command> = {
  status,
  incidents,
  'incidents retry': retryIncident,
  'incidents dismiss': dismissIncident,
  history,
  files,
  'verify-file': verifyFile,
  'send-file': sendFile,
  'confirm-project': confirmProject,
};
