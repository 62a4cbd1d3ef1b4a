import * as z from 'zod';
import { usePages } from './use-pages.ts';

export const fileStates = ['pending', 'copying', 'stored', 'failed', 'deleting'] as const;
export type FileState = (typeof fileStates)[number];

const file = z.object({
  file_id: z.string(),
  source_path: z.string(),
  state: z.enum(fileStates),
  md5: z.string(),
  size: z.number().optional(),
  announced_size: z.number().optional(),
  bytes_done: z.number(),
  bytes_per_second: z.number().optional(),
  checksum_failures: z.number(),
  datetime_delivered: z.string(),
  datetime_stored: z.string().nullable(),
});
export type DeliveredFile = z.infer<typeof file>;

const page = z.object({
  data: z.object({ project_no: z.string().nullable(), files: z.array(file), next: z.string().optional() }),
});

/** The files that DST has delivered to the project of the own access, page by page. */
export const useDeliveredFiles = (state?: string) =>
  usePages({
    path: '/uws/delivered_files',
    query: { limit: 100, state },
    schema: page,
    nextOf: ({ data }) => data.next,
    live: ['file#', 'project#', 'access#'],
  });
