import { filesToMove } from '../../../shared/files/files-to-move.ts';
import {
  describeFile,
  type FileState,
  fileStates,
  type ShownFile,
  stateOf,
} from '../../../shared/operate/files/file-state.ts';
import { failedFiles, filesOfProject, type Reading } from '../../../shared/operate/find/file-list.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { counted } from '../../../shared/platform/units.ts';
import { untilStopped } from '../../terminal/stop.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { fileDetail } from '../explain/file.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { findFile } from '../find/find-file.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { filterText, refuseFilters } from '../listing.ts';
import { tableHead, tableRow } from './file-table.ts';
import { watchFiles } from './watch-files.ts';

const options = {
  project: { flags: '--project <N>', summary: 'all files of this project; without it those to be moved, or failed' },
  state: { flags: '--state <STATE>', choices: fileStates, summary: 'only of this state' },
  watch: { flags: '--watch', summary: 'show files under way, waiting or failed, each second until Ctrl-C' },
} as const;

/** Lists files and their progress, or explains one. */
export const files: Command<typeof options> = {
  name: 'files',
  group: 'Look',
  arguments: ['[fileId]'],
  options,
  summary: 'List files and their progress; or explain one: its delivery, why it waits, what can be done',
  examples: ['files', 'files --state failed', 'files --watch', 'files 5d10'],
  async run(operation, { project, state: only, watch = false }, fileId) {
    const { screen, json, where } = operation;
    if (fileId !== undefined) refuseFilters('fileId', { project, state: only, watch });
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    if (watch && json) throw new InvalidInputError('--watch is for people, --json for programs: give one of them');
    if ((watch || projectNo === undefined) && (only === 'stored' || only === 'sent')) {
      throw new InvalidInputError(`--state ${only} needs --project, and no --watch: only a project's are listed`);
    }
    const opened = await operation.gateway();
    if (fileId !== undefined) {
      const file = await findFile(opened, fileId);
      return printDetail(operation, await fileDetail({ gateway: opened, where }, file));
    }
    if (projectNo !== undefined) await checkProject(opened, projectNo);
    const now = () => opened.clock.now();
    const wanted = (shown: ShownFile) =>
      (only === undefined || stateOf(shown, now()) === only) &&
      (projectNo === undefined || shown.file.projectNo === projectNo);
    if (watch) {
      using stop = untilStopped();
      await watchFiles(opened, screen, wanted, stop.signal);
      return 0;
    }
    let count = 0;
    for await (const shown of filesOf(opened, projectNo, only)) {
      if (!wanted(shown)) continue;
      if (count === 0 && !json) screen.print(screen.style('bold', tableHead));
      count += 1;
      screen.print(json ? jsonLine(describeFile(shown, now())) : tableRow(shown, now()));
    }
    if (json) return 0;
    if (count === 0) screen.print(`No files${filterText({ project, state: only })}.`);
    else screen.print(counted(count, 'file'));
    return 0;
  },
};

async function* filesOf(
  reading: Reading,
  projectNo: string | undefined,
  state: FileState | undefined,
): AsyncGenerator<ShownFile> {
  // A file's row does not say whether the file is to be returned.
  const returns = state === 'to-return' || state === 'returning';
  if (projectNo !== undefined && !returns) {
    for await (const file of filesOfProject(reading, projectNo)) yield { file };
    return;
  }
  yield* filesToMove(reading);
  if (!returns) for await (const file of failedFiles(reading)) yield { file };
}
