import { z } from 'zod';
import { readText } from './body.ts';
import { header, type S3Call, type S3Reply } from './call.ts';
import { checkWrite } from './conditions.ts';
import { S3Error } from './errors.ts';
import { document, parseXml, tag } from './xml.ts';

const deleteSchema = z.object({
  Delete: z.object({
    Quiet: z.enum(['true', 'false']).default('false'),
    Object: z
      .array(z.strictObject({ Key: z.string().min(1), ETag: z.string().optional() }))
      .min(1)
      .max(1000),
  }),
});
/** Bytes: a thousand keys of a kilobyte, each character written as a reference. */
const maximumRequest = 16 * 1024 ** 2;

/**
 * Deleting a missing object succeeds, but with If-Match the answer is NoSuchKey, as measured with S3.
 * @throws S3Error NoSuchBucket, PreconditionFailed, NoSuchKey
 */
export function deleteObject(call: S3Call): S3Reply {
  deleteKey(call, call.key, header(call, 'if-match'));
  return { status: 204 };
}

function deleteKey({ store, bucket }: S3Call, key: string, ifMatch: string | undefined): void {
  const existing = store.bucket(bucket).objects.get(key);
  checkWrite({ ifMatch, ifNoneMatch: undefined }, key, existing);
  if (existing) store.commit({ type: 'delete', bucket, keys: [key] });
}

/** Deletes up to 1,000 keys, each with its own result. @throws S3Error NoSuchBucket, MalformedXML, InvalidRequest (no checksum) */
export async function deleteObjects(call: S3Call): Promise<S3Reply> {
  call.store.bucket(call.bucket);
  const text = await readText(call.request, { maximum: maximumRequest, guarded: true });

  const { Delete: request } = parseXml(text, ['Object'], deleteSchema);
  const results = request.Object.map(({ Key: key, ETag: etag }) => {
    try {
      deleteKey(call, key, etag);
      return request.Quiet === 'true' ? undefined : tag('Deleted', tag('Key', key));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      return tag('Error', tag('Key', key), tag('Code', error.code), tag('Message', error.message));
    }
  });
  return { body: document('DeleteResult', ...results) };
}
