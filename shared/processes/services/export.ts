import * as z from 'zod';
import { readRows } from '../../files/rows.ts';
import type { ProcessContext } from '../context.ts';
import { exportFile, exportKey, wasExported } from '../files/put-into-outbox.ts';
import { codeOf } from '../machine/status.ts';
import type { Missing } from '../missing.ts';
import type { ProcessFileRow } from '../rows.ts';
import { dstProjectNoOf, dstProjectOf, hasDstProject, isStillActive } from './dst-project.ts';
import { filesAreWhole, filesAreWithinLimits, filesNamed } from './order-files.ts';
import type { Order, Service } from './service.ts';

const details = z
  .strictObject({
    files: z.array(z.string().max(100)).max(100).describe('Ids of files of the process that go to DST'),
    purpose: z.string().max(2_000).describe('What the files are for, for those who look at them'),
  })
  .partial();

const filesOf = (order: Order): ProcessFileRow[] => filesNamed(order, details.parse(order.details).files ?? []);

/** Sends files to DST, by the outbox, after people of the contractor have looked at them. */
export const exportService: Service<ProcessContext> = {
  number: 2,
  name: 'EXPORT',
  details,
  missing(given, files): Missing[] {
    const { files: ids = [], purpose = '' } = details.parse(given);
    const absent = ids.filter((id) => !files.some(({ fileID }) => fileID === id));
    return [
      ...(ids.length > 0 ? [] : [{ key: 'Service-Files', message: 'No file is named' }]),
      ...absent.map((id) => ({ key: 'Service-Files', message: `The process has no file ${id}` })),
      ...(purpose.trim() === '' ? [{ key: 'Service-Purpose', message: 'No purpose is given' }] : []),
    ];
  },
  checks: [hasDstProject, filesAreWhole(filesOf), filesAreWithinLimits],
  async beforeStep(context, order, to) {
    if (to !== 'PRODUCTION' || (await dstProjectNoOf(context, order)) !== undefined) return [];
    return [{ key: 'Service-Project', message: 'The client has no enabled access to a project of DST' }];
  },
  followedSteps: ['PRODUCTION'],
  async afterStep(context, order) {
    const project = await dstProjectOf(context, order);
    // DST has deleted the project meanwhile: its processes end with it.
    if (!project) return;
    for (const file of filesOf(order)) {
      // Copies take minutes, and a later project of the same number must get none of them.
      if (!(await isStillActive(context, project))) return;
      if (!(await wasExported(context, project.projectNo, file))) await exportFile(context, project.projectNo, file);
    }
  },
  async report(context, order) {
    if (codeOf(order.process.status) < codeOf('PRODUCTION')) return {};
    const projectNo = await dstProjectNoOf(context, order);
    if (projectNo === undefined) return {};
    const files = filesOf(order);
    const rows = await readRows(
      context,
      files.map((file) => exportKey(projectNo, file)),
    );
    const sending = files.map((file) => {
      const row = rows.get(exportKey(projectNo, file));
      const { state = 'waiting', bytesDone = 0 } = row ?? {};
      return { fileID: file.fileID, fileName: file.fileName, state, bytesDone, size: file.size };
    });
    return { export: sending };
  },
};
