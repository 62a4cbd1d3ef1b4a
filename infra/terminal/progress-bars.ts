import type { FileProgress } from '../../shared/files/file-progress.ts';
import { fileLine, progressBar, progressText } from './render.ts';
import type { Screen } from './screen.ts';

/** Milliseconds between two lines about one file where there are no bars. */
const sparseInterval = 5_000;

/** Lines around the files' bars, where there are bars. */
interface Around {
  above?: readonly string[];
  below?: readonly string[];
}

/** Shows the progress of files: as bars, or without a terminal as a line for each now and then. */
export function createProgressBars(screen: Screen): (files: readonly FileProgress[], around?: Around) => void {
  const lastShown = new Map<string, number>();
  return (files, { above = [], below = [] } = {}) => {
    screen.bars([...above, ...files.map((file) => progressBar(file, screen.columns)), ...below]);
    if (screen.live) return;
    const now = Date.now();
    for (const file of files) {
      const last = lastShown.get(file.fileId) ?? now;
      if (last === now || now - last >= sparseInterval) lastShown.set(file.fileId, now);
      if (now - last >= sparseInterval) screen.print(fileLine(now, file.fileId, progressText(file)));
    }
    for (const fileId of lastShown.keys()) {
      if (!files.some((file) => file.fileId === fileId)) lastShown.delete(fileId);
    }
  };
}
