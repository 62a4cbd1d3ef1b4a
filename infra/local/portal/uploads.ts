import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { createFormParser, formBoundary } from './form-data.ts';
import { behaviourOf, done, type PortalState, refusal, type SimulatedAnswer } from './portal.ts';
import type { ReceivedFile } from './record.ts';
import type { CallName } from './routes.ts';

/** The content of an upload's body. */
interface Upload {
  readonly size: number;
  readonly md5: string;
  /** Only with a form. */
  readonly fileName?: string;
}

/** Target of an upload, from its path. */
export type UploadTarget = Pick<ReceivedFile, 'fileId' | 'projectNo' | 'fileName'>;

/** Whether the portal takes a file for this target; answered before the body is read. */
export function judgeTarget(portal: PortalState, { fileId, projectNo }: UploadTarget): SimulatedAnswer | undefined {
  if (projectNo !== undefined) {
    const forbidden = portal.faults.current().forbiddenProjects.includes(projectNo);
    return forbidden ? refusal(403, 'HPC center not authorized to transfer files to this project') : undefined;
  }
  const file = portal.files.get(fileId ?? '');
  if (file === undefined) return refusal(404, 'A file with the given fileId does not exist');
  return behaviourOf(portal, file).forbidden
    ? refusal(403, 'HPC center not authorized to return this file')
    : undefined;
}

/**
 * Receives a file: hashes the bytes and discards them.
 * @param contentType checked before with the request's headers
 * @throws InvalidInputError when the body is not the form it should be
 */
export async function receive(
  portal: PortalState,
  call: CallName,
  target: UploadTarget,
  contentType: string,
  body: AsyncIterable<Buffer>,
): Promise<SimulatedAnswer> {
  const boundary = formBoundary(contentType);
  const upload = boundary === undefined ? await readRaw(body) : await readForm(body, boundary);
  // The file name in the path takes precedence.
  portal.received.push({ call, ...upload, ...target, at: portal.now() });
  return done;
}

async function readRaw(body: AsyncIterable<Buffer>): Promise<Upload> {
  const hash = createHash('md5');
  let size = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, md5: hash.digest('hex') };
}

async function readForm(body: AsyncIterable<Buffer>, boundary: string): Promise<Upload> {
  const hash = createHash('md5');
  let size = 0;
  let fileName: string | undefined;
  const parser = createFormParser(boundary, {
    part(part) {
      if (fileName !== undefined) throw new InvalidInputError('form: more than one part');
      if (part.name !== 'DataFile') throw new InvalidInputError('form: the field is not DataFile');
      if (!part.fileName) throw new InvalidInputError('form: DataFile has no file name');
      fileName = part.fileName;
    },
    data(bytes) {
      hash.update(bytes);
      size += bytes.length;
    },
  });
  for await (const chunk of body) parser.write(chunk);
  parser.end();
  if (fileName === undefined) throw new InvalidInputError('form: no part');
  return { size, md5: hash.digest('hex'), fileName };
}
