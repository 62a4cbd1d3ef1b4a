import type { ProcessContext } from './context.ts';
import { removeProject, removeRemains, wakeDependents } from './delete-processes.ts';
import { endUpload } from './files/end-upload.ts';
import { removeFiles } from './files/remove-remains.ts';
import { remind, sendMail } from './mail/remind.ts';
import { noteJobEnd } from './note-job-end.ts';
import type { Executions } from './verification/executions.ts';
import { startAfterStep, startVerification, stopVerification } from './verification/work-handlers.ts';

/** Does the work that follows commits. @param executions for the work that takes longer than a request */
export const workHandlers = (executions: Executions): ProcessContext['work'] => ({
  'remove-project': removeProject,
  'remove-remains': removeRemains,
  'wake-dependents': wakeDependents,
  'remove-files': removeFiles,
  'end-upload': endUpload,
  'start-verification': startVerification(executions),
  'stop-verification': stopVerification(executions),
  'after-step': startAfterStep(executions),
  'note-job-end': noteJobEnd,
  remind,
  'send-mail': sendMail,
});
