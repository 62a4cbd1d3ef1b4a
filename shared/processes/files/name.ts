import { InvalidInputError } from '../../platform/errors.ts';
import { checkFile } from '../../portal/upload.ts';
import { refusals } from '../errors.ts';

/** Characters before the name of a file that is exported: `exportKey`. */
const prefix = 'abcdefgh-';

/** @throws Refusal with 400 for a name under which DST could not get the file, or a size that is none */
export function checkName(fileName: string, size: number, maxBytes: number): void {
  try {
    for (const name of [fileName, prefix + fileName]) checkFile({ fileName: name, size }, maxBytes);
  } catch (error) {
    if (error instanceof InvalidInputError) throw refusals.badRequest(error.message);
    throw error;
  }
}
