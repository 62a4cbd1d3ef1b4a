import { z } from 'zod';
import { readText } from './body.ts';
import type { S3Call, S3Reply } from './call.ts';
import { checkTags } from './description.ts';
import { findObject } from './objects.ts';
import { document, parseXml, tag } from './xml.ts';

const taggingSchema = z.object({
  Tagging: z.object({
    TagSet: z.union([
      z.object({ Tag: z.array(z.object({ Key: z.string(), Value: z.string() })) }),
      z.literal('').transform(() => ({ Tag: [] })),
    ]),
  }),
});
const maximumRequest = 64 * 1024;

export function getObjectTagging(call: S3Call): S3Reply {
  const tags = Object.entries(findObject(call).tags).map(([key, value]) =>
    tag('Tag', tag('Key', key), tag('Value', value)),
  );
  return { body: document('Tagging', tag('TagSet', ...tags)) };
}

/** Replaces the tags; everything else about the object stays, its time too. */
export async function putObjectTagging(call: S3Call): Promise<S3Reply> {
  const text = await readText(call.request, { maximum: maximumRequest, guarded: true });
  const { Tag: list } = parseXml(text, ['Tag'], taggingSchema).Tagging.TagSet;
  const tags = checkTags(list.map(({ Key, Value }) => [Key, Value]));
  call.store.commit({ type: 'object', bucket: call.bucket, object: { ...findObject(call), tags } });
  return {};
}
