import type { Command } from './command.ts';
import { confirmProject } from './confirm-project.ts';
import { files } from './files.ts';
import { history } from './history.ts';
import { incidents } from './incidents.ts';
import { messages } from './messages.ts';
import { pollNow } from './poll-now.ts';
import { projects } from './projects.ts';
import { reconcile } from './reconcile.ts';
import { redrive } from './redrive.ts';
import { republish } from './republish.ts';
import { sendFile } from './send-file.ts';
import { dismissIncident, retryIncident } from './settle.ts';
import { status } from './status.ts';
import { users } from './users.ts';
import { verifyFile } from './verify-file.ts';
import { fetchAgain, pause, release, requeue, resume } from './work.ts';

/** What operators can do, by the words for it. */
export const commands: Record<string, Command> = {
  status,
  incidents,
  'incidents retry': retryIncident,
  'incidents dismiss': dismissIncident,
  release,
  history,
  messages,
  'messages requeue': requeue,
  projects,
  users,
  files,
  'files fetch-again': fetchAgain,
  'verify-file': verifyFile,
  'send-file': sendFile,
  'confirm-project': confirmProject,
  'poll-now': pollNow,
  pause,
  resume,
  redrive,
  republish,
  reconcile,
};
