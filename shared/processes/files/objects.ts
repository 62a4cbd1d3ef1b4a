import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ProcessFileRow } from '../rows.ts';
import { type FileId, objectKey } from './object-key.ts';

// Objects of the files of processes. A key is written once: what was looked at is what is there.

/** The bucket of files of processes. */
export interface Attachments {
  s3: S3Client;
  name: string;
}

/** Never shown as a page, whatever it is. */
const contentType = 'application/octet-stream';

/** Puts the bytes of a new file. @returns their ETag */
export async function putBytes({ s3, name: Bucket }: Attachments, file: FileId, bytes: Buffer): Promise<string> {
  const ContentMD5 = createHash('md5').update(bytes).digest('base64');
  const put = { Bucket, Key: objectKey(file), Body: bytes, ContentMD5, ContentType: contentType, IfNoneMatch: '*' };
  return (await s3.send(new PutObjectCommand(put))).ETag ?? '';
}

/** Reads the bytes of a small file. @throws Error named PreconditionFailed or NoSuchKey when they are not those that were stored */
export async function getBytes({ s3, name: Bucket }: Attachments, file: ProcessFileRow): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: objectKey(file), IfMatch: file.etag }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Reads the bytes of a file of any size. @throws as `getBytes`, while it reads */
export async function* readBytes({ s3, name: Bucket }: Attachments, file: ProcessFileRow): AsyncGenerator<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: objectKey(file), IfMatch: file.etag }));
  if (Body instanceof Readable) for await (const chunk of Body) yield chunk;
}

/** Bytes of a part of an upload, of which three are in flight. */
const partSize = 8 * 2 ** 20;

/** Puts bytes whose number nobody knows yet. */
export async function putStream(
  { s3, name: Bucket }: Attachments,
  file: FileId,
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  const params = { Bucket, Key: objectKey(file), Body: Readable.from(bytes), ContentType: contentType };
  await new Upload({ client: s3, partSize, queueSize: 3, params }).done();
}

/** Size and ETag of the object of a file; undefined when there is none. */
export async function headFile(
  { s3, name: Bucket }: Attachments,
  file: FileId,
): Promise<{ size: number; etag: string } | undefined> {
  try {
    const { ContentLength = 0, ETag = '' } = await s3.send(new HeadObjectCommand({ Bucket, Key: objectKey(file) }));
    return { size: ContentLength, etag: ETag };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return undefined;
    throw error;
  }
}

/** Seconds for which an address for a download or an upload may be used. */
export const addressSeconds = 3_600;

/** An address from which S3 gives a file, as an attachment. */
export const downloadAddress = (
  { s3, name: Bucket }: Attachments,
  file: FileId & Pick<ProcessFileRow, 'fileName'>,
): Promise<string> =>
  getSignedUrl(
    s3,
    new GetObjectCommand({
      Bucket,
      Key: objectKey(file),
      ResponseContentDisposition: attachment(file.fileName),
      ResponseContentType: contentType,
      ResponseCacheControl: 'no-store',
    }),
    { expiresIn: addressSeconds },
  );

/** Address to which a client puts a file of a known size, once, and the headers that it has to send. */
export async function uploadAddress(
  { s3, name: Bucket }: Attachments,
  file: FileId & { size: number; md5?: string | undefined },
): Promise<{ url: string; headers: Record<string, string> }> {
  const ContentMD5 = file.md5 && Buffer.from(file.md5, 'hex').toString('base64');
  const command = new PutObjectCommand({
    Bucket,
    Key: objectKey(file),
    ContentLength: file.size,
    IfNoneMatch: '*',
    ...(ContentMD5 && { ContentMD5 }),
  });
  const url = await getSignedUrl(s3, command, { expiresIn: addressSeconds });
  return {
    url,
    headers: {
      'content-length': String(file.size),
      'if-none-match': '*',
      ...(ContentMD5 && { 'content-md5': ContentMD5 }),
    },
  };
}

/** Headers of an answer that is a file: browsers save it and never show it. */
export const attachmentHeaders = (fileName: string): Record<string, string> => ({
  'content-type': contentType,
  'content-disposition': attachment(fileName),
});

/** `Content-Disposition` with a name in Unicode, and one in ASCII for old clients (RFC 6266). */
function attachment(fileName: string): string {
  const ascii = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
