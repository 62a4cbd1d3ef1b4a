import { styleText } from 'node:util';
import { expectedBytes } from '../../../shared/files/file-progress.ts';
import { smallFile } from '../../../shared/files/transfer/plan.ts';
import { isMoving, progressOf } from '../../../shared/operate/files/file-state.ts';
import { describeError } from '../../../shared/platform/errors.ts';
import { bytes } from '../../../shared/platform/units.ts';
import { createProgressBars } from '../../terminal/progress-bars.ts';
import { fileLine, messageLine, noticeLine, timeOfDay } from '../../terminal/render.ts';
import type { Screen } from '../../terminal/screen.ts';
import { type LogEvent, outcomeOf, readLogLine } from './events.ts';
import type { Notices } from './notices.ts';
import type { OpenedTables } from './tables.ts';

/** Milliseconds between two looks at the files. */
const liveInterval = 500;

export interface View extends Disposable {
  /** Takes a line of the gateway's log. */
  onLog(line: string): void;
  /** Begins to show what comes, and what has come since. */
  begin(tables: OpenedTables, notices: Notices): void;
  /** Waits until all that has come is shown. */
  settled(): Promise<unknown>;
}

/** Shows live what a gateway does: its log as a line per message, and its table of files as progress. */
export function createView(screen: Screen): View {
  const about = new Map<string, { type: string; line: string }>();
  const begun = Promise.withResolvers<[OpenedTables, Notices]>();
  let shown: Promise<unknown> = begun.promise;
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let over = false;

  async function show(event: LogEvent, tables: OpenedTables, notices: Notices): Promise<void> {
    if (over) return;
    // Looked up before the event is shown: the commands come right under it, whatever else is printed meanwhile.
    const commands = event.message === 'incident' ? await notices.about(event) : [];
    await showEvent(event, tables);
    for (const line of commands) screen.print(line);
  }

  async function showLeft(notices: Notices): Promise<void> {
    for (const line of await notices.left()) screen.print(line);
  }

  async function showEvent(event: LogEvent, tables: OpenedTables): Promise<void> {
    const at = event.timestamp.getTime();
    const { message, messageId, kind, subject = '', expected = '', found = '' } = event;
    if (message === 'the portal answers again') screen.print(`${timeOfDay(at)}  ${message}`);
    if (event.fileId !== undefined) return showFile(event, event.fileId, at, tables);
    const outcome = outcomeOf(event);
    if (message === 'incident' && messageId === undefined && kind) {
      screen.print(coloured(message, noticeLine({ at, kind, subject, expected, found })));
    }
    if (outcome === undefined || messageId === undefined) return;
    const { type, line } = await subjectOf(event, messageId, tables);
    screen.print(coloured(event.message, messageLine({ at, messageId, type, line, outcome })));
    if (event.message === 'marked') about.delete(messageId);
  }

  async function subjectOf({ messageType, line }: LogEvent, messageId: string, tables: OpenedTables) {
    const known = about.get(messageId) ?? (line === undefined ? await tables.message(messageId) : undefined);
    const subject = { type: known?.type ?? messageType ?? '?', line: known?.line ?? line ?? '' };
    about.set(messageId, subject);
    return subject;
  }

  async function showFile(event: LogEvent, fileId: string, at: number, tables: OpenedTables) {
    const { message, error, attempt } = event;
    if (message === 'transfer failed') {
      screen.print(coloured(message, fileLine(at, fileId, `attempt ${attempt} failed: ${error}`)));
    }
    if (message === 'incident') screen.print(coloured(message, fileLine(at, fileId, outcomeOf(event) ?? message)));
    if (message !== 'stored' && message !== 'sent') return;
    const size = (await tables.file(fileId))?.size ?? 0;
    if (message === 'sent' || size > smallFile) screen.print(fileLine(at, fileId, `${message}, ${bytes(size)}`));
  }

  return {
    onLog(line) {
      const event = readLogLine(line);
      if (event) shown = shown.then(async () => show(event, ...(await begun.promise))).catch(report);
    },
    begin(tables, notices) {
      begun.resolve([tables, notices]);
      shown = shown.then(() => showLeft(notices)).catch(report);
      const look = lookAtFiles(screen, tables);
      timer = setInterval(() => {
        if (looking) return;
        looking = true;
        look(() => over)
          .catch(report)
          .finally(() => (looking = false));
      }, liveInterval);
    },
    settled: () => shown,
    [Symbol.dispose]() {
      clearInterval(timer);
      over = true;
      screen.bars([]);
    },
  };

  function report(error: unknown): void {
    if (!over) screen.print(`This can't be shown: ${describeError(error)}`);
  }
}

/** Shows how far the large files are; small ones are there before anybody could look. */
function lookAtFiles(screen: Screen, tables: OpenedTables): (isOver: () => boolean) => Promise<void> {
  const show = createProgressBars(screen);
  return async (isOver) => {
    const now = Date.now();
    const moving = (await tables.filesToMove()).filter((each) => isMoving(each, now)).map(progressOf);
    if (!isOver()) show(moving.filter((file) => (expectedBytes(file) ?? 0) > smallFile));
  };
}

const colours: Record<string, 'green' | 'yellow' | 'red' | 'dim'> = {
  received: 'dim',
  done: 'dim',
  marked: 'green',
  incident: 'red',
  'work failed': 'yellow',
  'transfer failed': 'yellow',
  'marking failed': 'yellow',
  'the portal refused to mark': 'yellow',
};

function coloured(message: string, line: string): string {
  const colour = colours[message];
  return colour ? styleText(colour, line, { stream: process.stdout }) : line;
}
