import { AbortMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { chunkSize, partSizeFor } from '../../../shared/files/copy/chunks.ts';
import { outboxPrefix } from '../../../shared/files/object-key.ts';
import { byTaskMetadata } from '../../../shared/files/result.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { bytes } from '../../../shared/platform/units.ts';
import { readProject } from '../../../shared/projects/project.ts';
import { progressBar } from '../../terminal/progress-bars.ts';
import { printable } from '../../terminal/render.ts';
import type { Screen } from '../../terminal/screen.ts';
import { untilStopped } from '../../terminal/stop.ts';
import type { Command } from '../command.ts';
import { commandLine } from '../command-line.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import type { Target } from '../target/find-stack.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { contentOf, findFile, type LocalFile } from './local-file.ts';

const options = {
  project: { flags: '--project <N>', required: true, summary: 'project whose researcher gets the file at DST' },
  byTask: {
    flags: '--by-task',
    summary: 'send it by a task on Fargate, whatever its size, to prove before going live that tasks work',
  },
  replace: { flags: '--replace', summary: 'replace a file of that name that was not sent yet' },
} as const;

/** Puts a result file into the outbox, from which the gateway sends it to DST. */
export const sendFile: Command<typeof options> = {
  name: 'send-file',
  group: 'Files',
  arguments: ['<file>'],
  options,
  summary: "Send a result file to DST, into the researcher's area of a project",
  examples: [
    'send-file --project 1001 means.csv',
    'send-file --project 1001 --replace means.csv',
    'send-file --project 1001 --by-task means.csv',
  ],
  async run({ gateway, screen, json, where }, { project, replace = false, byTask = false }, path = '') {
    const projectNo = readProjectNo(project);
    const file = await findFile(path);
    const opened = await gateway();
    await checkProject(opened, projectNo);
    const state = (await readProject(opened, projectNo))?.state;
    if (state !== 'active') {
      throw new PermanentError(`There is no project ${projectNo} here${state ? `: it is ${state}` : ''}`);
    }
    const key = `${outboxPrefix(projectNo)}${file.name}`;
    if (!replace && (await exists(opened, key))) throw stillThere(key);
    await upload(opened, file, { key, replace, byTask }, screen);
    if (json) screen.print(jsonLine({ objectKey: key, projectNo, bytes: file.size }));
    else for (const line of nextSteps(where, projectNo, key, file.size)) screen.print(line);
    return 0;
  },
};

async function exists({ s3, bucket }: OperatedGateway, Key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return false;
    throw error;
  }
}

const stillThere = (key: string) =>
  new PermanentError(`${printable(key)} is there already, not sent yet. With --replace this one takes its place`);

/** @throws PermanentError when another one of that name came first; nothing is left of an upload that failed */
async function upload(
  { s3, bucket, clock }: OperatedGateway,
  file: LocalFile,
  { key, replace, byTask }: { key: string; replace: boolean; byTask: boolean },
  screen: Screen,
): Promise<void> {
  using stop = untilStopped();
  const target = { Bucket: bucket, Key: key };
  const body = contentOf(file);
  const sending = new Upload({
    client: s3,
    partSize: partSizeFor(chunkSize, file.size)(0),
    params: {
      ...target,
      Body: body,
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      ...(replace ? {} : { IfNoneMatch: '*' }),
      ...(byTask ? { Metadata: byTaskMetadata } : {}),
    },
  });
  const began = clock.now();
  sending.on('httpUploadProgress', ({ loaded: bytesDone = 0 }) => {
    const bytesPerSecond = (bytesDone * 1_000) / Math.max(1, clock.now() - began);
    screen.bars([progressBar({ fileId: file.name, bytesDone, size: file.size, bytesPerSecond })]);
  });
  stop.signal.addEventListener('abort', () => void sending.abort());
  try {
    await sending.done();
  } catch (error) {
    // Upload leaves its parts when S3 refuses to put them together.
    const { uploadId: UploadId } = sending;
    if (UploadId) await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(ignoreMissing);
    if (stop.signal.aborted) throw new PermanentError('Stopped: nothing was put');
    if (error instanceof Error && error.name === 'PreconditionFailed') throw stillThere(key);
    throw error;
  } finally {
    body.destroy();
    screen.bars([]);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
}

function nextSteps(where: Target, projectNo: string, key: string, size: number): string[] {
  return [
    `${printable(key)} is put, ${bytes(size)}. The gateway sends it to DST, within a minute unless much else is on its`,
    'way, and removes it here when DST has it. Its progress:',
    `  ${commandLine(where, ['files', '--project', projectNo])}`,
  ];
}
