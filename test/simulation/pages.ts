import { Readable } from 'node:stream';
import type { HttpAnswer } from '../../shared/platform/http.ts';
import type { FileFault } from './file-kinds.ts';

/** Faults with which something before the portal answers in its place. */
type Unlike = Extract<FileFault, `${string} ${'redirected' | 'forbidden' | 'a page'}`>;

const statuses: Readonly<Record<Unlike, number>> = {
  'download redirected': 302,
  'download forbidden': 403,
  'download a page': 200,
  'upload redirected': 302,
  'upload forbidden': 403,
  'upload a page': 200,
};

export const isUnlike = (fault: string | undefined): fault is Unlike => fault !== undefined && fault in statuses;

export const pageStatus = (fault: Unlike): number => statuses[fault];

const page = Buffer.from('<!DOCTYPE html><html><title>Back soon</title><body>Maintenance</body></html>');

/** A page of a proxy's, for people to read. */
export const pageAnswer = (statusCode: number): HttpAnswer => ({
  statusCode,
  toWholeRequest: true,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-length': `${page.length}`,
    ...(statusCode === 302 && { location: 'https://login.example/' }),
  },
  body: Readable.from([page]),
});
