import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { untilStopped } from '../../terminal/stop.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { fileDetail } from '../explain/file.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { failedFiles, filesOfProject, filesToMove, type Reading } from '../find/file-list.ts';
import { findFile } from '../find/find-file.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { filterText, refuseFilters } from '../listing.ts';
import { describeFile, type FileState, fileStates, type ShownFile, stateOf } from './file-state.ts';
import { tableHead, tableRow } from './file-table.ts';
import { watchFiles } from './watch-files.ts';

const options = {
  project: {
    type: 'string',
    value: 'N',
    summary: 'all files of this project; without it those to be moved, or failed',
  },
  state: { type: 'string', value: 'STATE', summary: `only those that are ${fileStates.join(', ')}` },
  json: { type: 'boolean', summary: 'a line of JSON for each' },
  watch: { type: 'boolean', summary: 'shows those under way, waiting or failed, each second until Ctrl-C' },
} as const;

/** Lists files, and how far they are. */
export const files: Command<typeof options> = {
  arguments: ['fileId?'],
  options,
  summary: 'lists files, and how far they are; of one it tells who delivered it, why it stands, what can be done',
  examples: ['files', 'files --state failed', 'files --watch', 'files 5d10'],
  async run({ gateway, screen, where }, { project, state, json = false, watch = false }, fileId) {
    if (fileId !== undefined) refuseFilters('fileId', { project, state, watch });
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    const only = state === undefined ? undefined : readState(state);
    if (watch && json) throw new InvalidInputError('--watch is for people, --json for programs: give one of them');
    if ((watch || projectNo === undefined) && (only === 'stored' || only === 'sent')) {
      throw new InvalidInputError(`--state ${only} needs --project, and no --watch: only a project's are listed`);
    }
    const opened = await gateway();
    if (fileId !== undefined) {
      const file = await findFile(opened, fileId);
      return printDetail(screen, { json }, await fileDetail({ gateway: opened, where }, file));
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
      if (count === 0 && !json) screen.print(tableHead);
      count += 1;
      screen.print(json ? jsonLine(describeFile(shown, now())) : tableRow(shown, now()));
    }
    if (json) return 0;
    if (count === 0) screen.print(`No files${filterText({ project, state })}.`);
    else screen.print(count === 1 ? '1 file' : `${count} files`);
    return 0;
  },
};

function readState(text: string): FileState {
  const known = fileStates.find((state) => state === text);
  if (!known) throw new InvalidInputError(`--state: must be one of ${fileStates.join(', ')}`);
  return known;
}

async function* filesOf(
  reading: Reading,
  projectNo: string | undefined,
  state: FileState | undefined,
): AsyncGenerator<ShownFile> {
  // That a file is to be returned is not in its row.
  const returns = state === 'to-return' || state === 'returning';
  if (projectNo !== undefined && !returns) {
    for await (const file of filesOfProject(reading, projectNo)) yield { file };
    return;
  }
  yield* filesToMove(reading);
  if (!returns) for await (const file of failedFiles(reading)) yield { file };
}
