import type { ProcessContext } from './context.ts';
import { removeProject, removeRemains, wakeDependents } from './remove.ts';
import { finishWork } from './work.ts';

/** Does the work that follows commits. */
export const workHandlers: ProcessContext['work'] = {
  'remove-project': removeProject,
  'remove-remains': removeRemains,
  'wake-dependents': wakeDependents,
  'remove-files': finishWork,
  'start-verification': finishWork,
  'stop-verification': finishWork,
  'after-step': finishWork,
};
