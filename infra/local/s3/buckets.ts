import type { S3Call, S3Reply } from './call.ts';
import { S3Error } from './errors.ts';
import { document, tag } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, the main rules. */
const bucketName = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function listBuckets({ store }: S3Call): S3Reply {
  const buckets = store.buckets.keys.map((name) => {
    const created = new Date(store.bucket(name).created).toISOString();
    return tag('Bucket', tag('Name', name), tag('CreationDate', created));
  });
  const owner = tag('Owner', tag('ID', 'local'));
  return { body: document('ListAllMyBucketsResult', owner, tag('Buckets', ...buckets)) };
}

/** Creating one's own bucket again is success, as in us-east-1. */
export function createBucket({ store, bucket, request }: S3Call): S3Reply {
  request.resume();
  if (!bucketName.test(bucket)) throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  if (!store.buckets.get(bucket)) store.commit({ type: 'bucket', bucket, created: Date.now() });
  return { headers: { location: `/${bucket}` } };
}

export function headBucket({ store, bucket }: S3Call): S3Reply {
  store.bucket(bucket);
  return { headers: { 'x-amz-bucket-region': 'us-east-1' } };
}
