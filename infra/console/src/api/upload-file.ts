import * as z from 'zod';
import { call, pathOf, send } from './call.ts';
import { ApiError } from './error.ts';
import { longestForm, type Place, uploadProcessFile } from './processes.ts';

const begunUpload = z.object({ uploadID: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) });

/** Most bytes of a file. */
export const longestFile = 5_000_000_000;

/**
 * Adds a file to a process: by a form, or where it is too large for one by an address of S3.
 *
 * @throws ApiError when the gateway or S3 refuses it
 */
export async function uploadFile(place: Place, file: File): Promise<void> {
  if (file.size <= longestForm) {
    await uploadProcessFile(place, file, false);
    return;
  }
  const { uploadID, url, headers } = await call({
    method: 'POST',
    path: '/processes/public/uploads',
    body: { ...place, fileName: file.name, size: file.size },
    schema: begunUpload,
  });
  await putToS3(url, headers, file);
  await call({
    method: 'POST',
    path: pathOf`/processes/public/uploads/${uploadID}/complete`,
    body: place,
    schema: z.unknown(),
  });
}

async function putToS3(url: string, headers: Readonly<Record<string, string>>, file: File): Promise<void> {
  // Browsers set the length themselves, and let no page set it.
  const { 'content-length': _length, ...others } = headers;
  // Without cookies, without the page's header, and as bytes of no type: the address alone admits them.
  const { ok, status } = await send(url, {
    method: 'PUT',
    credentials: 'omit',
    headers: others,
    body: file.slice(),
  });
  if (!ok) throw new ApiError([`S3: status ${status}`], { status });
}
