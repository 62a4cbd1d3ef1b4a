import * as z from 'zod';
import type { FileRow } from '../../files/file.ts';
import { omitUndefined } from '../../portal/json.ts';
import { deliveredFiles, shownProject } from '../delivered-files.ts';
import { refuse } from '../errors.ts';
import { account, okAnswerWith, okWith, readViewer, refusalAnswer, route } from './context.ts';

const states = ['pending', 'copying', 'stored', 'failed', 'deleting'] as const satisfies FileRow['state'][];

const fileShape = z.object({
  file_id: z.string(),
  source_path: z.string().describe('Names the file in a link of a workspace'),
  state: z
    .enum(states)
    .describe('`stored`: its bytes have the MD5 that DST announced. `failed`: a person of the centre has to decide'),
  md5: z.string().describe('As DST announced it, in hexadecimal'),
  size: z.int().optional().describe('Bytes; as announced until the file is stored'),
  announced_size: z.int().optional().describe('Bytes that DST announced, where they are others'),
  bytes_done: z.int(),
  bytes_per_second: z.number().optional(),
  checksum_failures: z.int().describe('Copies that were thrown away because of their MD5'),
  datetime_delivered: z.string(),
  datetime_stored: z.string().nullable(),
});

type FileView = z.infer<typeof fileShape>;

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

function fileView(row: FileRow): FileView {
  const { fileId, projectNo, state, checksum, bytesDone = 0, checksumFailures = 0, createdAt, storedAt } = row;
  return {
    file_id: fileId,
    source_path: `projects/${projectNo}/${fileId}`,
    state,
    md5: checksum,
    bytes_done: bytesDone,
    checksum_failures: checksumFailures,
    datetime_delivered: isoTime(createdAt),
    datetime_stored: storedAt === undefined ? null : isoTime(storedAt),
    ...omitUndefined({
      size: row.size,
      announced_size: row.announcedSize,
      bytes_per_second: state === 'copying' ? row.bytesPerSecond : undefined,
    }),
  };
}

const example: FileView = {
  file_id: '5f0e5f0e-0000-4000-8000-000000000001',
  source_path: 'projects/1001/5f0e5f0e-0000-4000-8000-000000000001',
  state: 'stored',
  md5: '9e107d9d372bb6826bd81d3542a419d6',
  size: 43,
  bytes_done: 43,
  checksum_failures: 0,
  datetime_delivered: '2026-01-05T08:00:00.000Z',
  datetime_stored: '2026-01-05T08:00:02.000Z',
};

const page = z.object({
  project_no: z.string().nullable().describe('Null without an enabled access to a project'),
  files: z.array(fileShape),
  next: z.string().optional().describe('`after` of the next page; absent on the last one'),
});

export const listDeliveredFiles = route({
  method: 'GET',
  path: '/uws/delivered_files',
  summary: 'Lists the files that DST has delivered to the project of your access, with their checks',
  access: account,
  query: z.object({
    project_no: z
      .string()
      .max(256)
      .optional()
      .describe('For operators: another project')
      .meta({ examples: ['1001'] }),
    state: z
      .enum(states)
      .optional()
      .meta({ examples: ['stored'] }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(1_000)
      .meta({ examples: ['100'] }),
    after: z
      .string()
      .max(1_000)
      // A key of DynamoDB has 1,024 bytes.
      .refine((text) => Buffer.byteLength(text) <= 1_000, 'must be `next` of a page before')
      .optional()
      .describe('`next` of the page before')
      .meta({ examples: [example.file_id] }),
  }),
  answers: {
    200: okAnswerWith('A page of the files, by their ids', page, { project_no: '1001', files: [example] }),
    404: refusalAnswer('No such project, or one that you may not see', 'Project 1002 not found for user.'),
  },
  async handler({ caller, query }, context) {
    const { project_no: asked, state, limit, after } = query;
    const projectNo = await shownProject(context, await readViewer(context, caller), asked);
    if (projectNo === undefined && asked !== undefined) throw refuse(404, `Project ${asked} not found for user.`);
    if (projectNo === undefined) return okWith('You have access to no project.', { project_no: null, files: [] });
    const files: FileView[] = [];
    for await (const row of deliveredFiles(context, projectNo, { after, limit })) {
      if (state !== undefined && row.state !== state) continue;
      if (files.length === limit) {
        const { file_id: next } = files.at(-1) ?? example;
        return okWith('Successful.', { project_no: projectNo, files, next });
      }
      files.push(fileView(row));
    }
    return okWith('Successful.', { project_no: projectNo, files });
  },
});
