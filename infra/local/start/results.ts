import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { outboxPrefix } from '../../../shared/files/object-key.ts';
import type { Endpoints } from '../endpoints.ts';
import { fileContent } from '../portal/content.ts';
import { region } from '../resources.ts';
import type { ScenarioResult } from './scenario.ts';

/** A client for the S3 of this machine. */
export function openS3({ credentials, s3: { endpoint } }: Endpoints): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

export const resultKey = ({ projectNo, fileName }: ScenarioResult) => `${outboxPrefix(projectNo)}${fileName}`;

/** Seed and size that decide a result's bytes. */
export const contentOf = (result: ScenarioResult) => ({ seed: resultKey(result), size: result.size });

/** Puts a result as a researcher does: any way to put an object will do. */
export async function putResult(endpoints: Endpoints, result: ScenarioResult): Promise<void> {
  const client = openS3(endpoints);
  try {
    const Body = Buffer.concat([...fileContent(contentOf(result))]);
    await client.send(new PutObjectCommand({ Bucket: endpoints.s3.buckets.files, Key: resultKey(result), Body }));
  } finally {
    client.destroy();
  }
}
