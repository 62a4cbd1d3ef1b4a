import { S3ServiceException } from '@aws-sdk/client-s3';
import type { FileRow } from '../../../shared/files/file.ts';
import { isResult, readRows } from '../../../shared/files/rows.ts';
import { Throughput } from '../../../shared/files/throughput.ts';
import { type AnyFile, filesOfProject, pageSize } from '../../../shared/operate/find/file-list.ts';
import { forEachConcurrently } from '../../../shared/platform/concurrency.ts';
import { describeError, InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { gatherPages } from '../../../shared/platform/pages.ts';
import type { Clock } from '../../../shared/platform/time.ts';
import { bytes } from '../../../shared/platform/units.ts';
import { progressBar } from '../../terminal/progress-bars.ts';
import { printable } from '../../terminal/render.ts';
import type { Screen, Style } from '../../terminal/screen.ts';
import type { Command } from '../command.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { findFile } from '../find/find-file.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { readBack } from './read-back.ts';

const options = {
  project: { flags: '--project <N>', summary: 'all files of this project' },
} as const;

/** Milliseconds between two updates of the progress bars. */
const showInterval = 500;

/** Files read concurrently: a small one takes little more than the round trip to S3. */
const concurrency = 4;

type Verdict = 'sound' | 'differs' | 'unreadable' | 'not stored';

/** Reads stored files back and compares them with what DST announced. */
export const verifyFile: Command<typeof options> = {
  name: 'verify-file',
  group: 'Files',
  arguments: ['[fileId]'],
  options,
  summary: "Read a stored file, or a project's files, back from S3, and compare with DST's MD5 and S3's checksum",
  examples: ['verify-file 5d10', 'verify-file --project 1001'],
  async run({ gateway, screen, json }, { project }, fileId) {
    if ((project === undefined) === (fileId === undefined)) {
      throw new InvalidInputError('Give a fileId or --project');
    }
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    const opened = await gateway();
    if (projectNo !== undefined) await checkProject(opened, projectNo);
    const files = projectNo === undefined ? oneFile(opened, fileId ?? '') : filesOfProject(opened, projectNo);
    const counts = new Map<Verdict, { files: number; bytes: number }>();
    const progress = createReadingProgress(opened.clock, screen);
    for await (const page of gatherPages(files, pageSize)) {
      const delivered = page.filter((file): file is FileRow => !isResult(file));
      await forEachConcurrently(delivered, concurrency, async (file) => {
        const { verdict, text } = await check(opened, file, progress);
        const { fileId, projectNo, size = 0 } = file;
        if (json) screen.print(jsonLine({ fileId, projectNo, verdict, text, bytes: size }));
        else screen.print(lineOf(screen, verdict, fileId, text));
        const count = counts.get(verdict) ?? { files: 0, bytes: 0 };
        counts.set(verdict, { files: count.files + 1, bytes: count.bytes + size });
      });
    }
    if (!json) screen.print(summary(counts));
    if (!json && counts.has('differs'))
      screen.print('To have one fetched from DST again: files fetch-again FILE --reason "…"');
    return counts.has('differs') || counts.has('unreadable') ? 1 : 0;
  },
};

const colours: Record<Verdict, Style> = { sound: 'green', differs: 'red', unreadable: 'red', 'not stored': 'yellow' };

const lineOf = ({ style }: Screen, verdict: Verdict, fileId: string, text: string) =>
  `${style(colours[verdict], verdict.padEnd(10))}  ${printable(fileId)}  ${printable(text)}`;

async function* oneFile(gateway: OperatedGateway, text: string): AsyncGenerator<AnyFile> {
  const row = await findFile(gateway, text);
  if (isResult(row))
    throw new PermanentError(`${printable(row.fileId)} is a result: it goes to DST and is not kept here`);
  yield row;
}

async function check(
  gateway: OperatedGateway,
  file: FileRow,
  progress: ReadingProgress,
): Promise<{ verdict: Verdict; text: string }> {
  if (file.state !== 'stored') return notStored(file);
  try {
    const wrong = await readBack(gateway, file, (count) => progress.add(file, count));
    if (wrong.length > 0) return { verdict: 'differs', text: wrong.join('; ') };
    return { verdict: 'sound', text: `${bytes(file.size ?? 0)}, MD5 ${file.checksum}` };
  } catch (error) {
    if (!isMissing(error)) return { verdict: 'unreadable', text: describeError(error) };
    // The file may have been deleted since its row was read.
    const row = (await readRows(gateway, [file.fileId])).get(file.fileId);
    if (row?.state === 'stored') return { verdict: 'differs', text: 'S3 has no such object' };
    return { verdict: 'not stored', text: 'deleted meanwhile' };
  } finally {
    progress.end(file);
  }
}

const notStored = ({ state, lastError }: FileRow) =>
  ({ verdict: 'not stored', text: lastError === undefined ? state : `${state}: ${lastError}` }) as const;

const isMissing = (error: unknown) =>
  error instanceof S3ServiceException && (error.name === 'NotFound' || error.name === 'NoSuchKey');

type ReadingProgress = ReturnType<typeof createReadingProgress>;

/** Shows the progress of large files on a terminal. */
function createReadingProgress(clock: Clock, screen: Screen) {
  const reading = new Map<string, { rate: Throughput; size: number; bytesDone: number }>();
  let shown = clock.now();

  function show(now: number): void {
    shown = now;
    const bars = [...reading].map(([fileId, { rate, size, bytesDone }]) =>
      progressBar({ fileId, size, bytesDone, bytesPerSecond: rate.at(now, bytesDone) }),
    );
    screen.bars(bars);
  }

  return {
    add({ fileId, size = 0 }: FileRow, count: number): void {
      const now = clock.now();
      const { rate, bytesDone } = reading.get(fileId) ?? { rate: new Throughput(now, 0), bytesDone: 0 };
      reading.set(fileId, { rate, size, bytesDone: bytesDone + count });
      if (now - shown >= showInterval) show(now);
    },
    end({ fileId }: FileRow): void {
      reading.delete(fileId);
      if (reading.size === 0) screen.bars([]);
    },
  };
}

function summary(counts: ReadonlyMap<Verdict, { files: number; bytes: number }>): string {
  const order: readonly Verdict[] = ['sound', 'differs', 'unreadable', 'not stored'];
  const parts = order.flatMap((verdict) => {
    const count = counts.get(verdict);
    return count ? [`${count.files} ${verdict} (${bytes(count.bytes)})`] : [];
  });
  return parts.length > 0 ? parts.join(', ') : 'There are no files.';
}
