import { forEachConcurrently } from '../../platform/concurrency.ts';
import { counted } from '../../platform/units.ts';
import type { ProcessContext } from '../context.ts';
import { limitExceeded } from '../files/limits.ts';
import { headFile } from '../files/objects.ts';
import type { ProcessFileRow } from '../rows.ts';
import type { Check, Order } from './service.ts';

/** Requests for objects at once. */
const concurrency = 10;

/** The files that a service works on, of those of its order. */
export const filesNamed = ({ files }: Pick<Order, 'files'>, ids: readonly string[]): ProcessFileRow[] =>
  files.filter(({ fileID }) => ids.includes(fileID));

/** Check that the objects of files are there, in their size, and are those that were stored. @param select the files */
export const filesAreWhole = (select: (order: Order) => readonly ProcessFileRow[]): Check<ProcessContext> => ({
  name: 'Files are whole',
  async run({ attachments }, order) {
    const damaged: string[] = [];
    await forEachConcurrently(select(order), concurrency, async (file) => {
      const object = await headFile(attachments, file);
      if (object?.size !== file.size || object.etag !== file.etag) damaged.push(file.fileName);
    });
    return damaged.length === 0
      ? { passed: true, message: 'Every file is as it was added' }
      : { passed: false, message: `Missing or damaged: ${damaged.toSorted().join(', ')}` };
  },
});

/** Check that all files of the order are within the limits of a process. */
export const filesAreWithinLimits: Check<ProcessContext> = {
  name: 'Files are within the limits',
  async run(_context, { files }) {
    const message = limitExceeded(files);
    return { passed: message === undefined, message: message ?? counted(files.length, 'file') };
  },
};
