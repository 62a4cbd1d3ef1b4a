import type { Command } from './command.ts';
import { confirmProject } from './decide/confirm-project.ts';
import { dismissIncident, retryIncident } from './decide/incident-decisions.ts';
import { fetchAgain, pause, release, requeue, resume } from './decide/message-decisions.ts';
import { reconcile } from './decide/reconcile.ts';
import { redrive } from './decide/redrive.ts';
import { republish } from './decide/republish.ts';
import { files } from './files/files.ts';
import { sendFile } from './files/send-file.ts';
import { verifyFile } from './files/verify-file.ts';
import { history } from './records/history.ts';
import { incidents } from './records/incidents.ts';
import { messages } from './records/messages.ts';
import { projects } from './records/projects.ts';
import { users } from './records/users.ts';
import { pollNow } from './status/poll-now.ts';
import { status } from './status/status.ts';

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
