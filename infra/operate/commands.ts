import type { Command } from './command.ts';
import { confirmProject } from './confirm-project.ts';
import { files } from './files.ts';
import { sendFile } from './send-file.ts';
import { verifyFile } from './verify-file.ts';

/** What operators can do, by the word for it. */
export const commands: Record<string, Command> = {
  'confirm-project': confirmProject,
  files,
  'send-file': sendFile,
  'verify-file': verifyFile,
};
