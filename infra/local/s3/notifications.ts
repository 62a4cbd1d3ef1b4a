import { z } from 'zod';
import { describeError } from '../../../shared/platform/errors.ts';
import { bucketName, nameOf, region, type ServedResource } from '../resources.ts';
import type { Sqs } from '../services/sqs.ts';
import type { ObjectCreated } from './server.ts';

const rulesSchema = z.array(z.strictObject({ Name: z.enum(['prefix', 'suffix']), Value: z.string() }));
const bucketSchema = z.object({
  NotificationConfiguration: z
    .strictObject({
      QueueConfigurations: z.array(
        z.strictObject({
          Event: z.templateLiteral(['s3:ObjectCreated:', z.string()]),
          Queue: z.string(),
          Filter: z.strictObject({ S3Key: z.strictObject({ Rules: rulesSchema }) }).optional(),
        }),
      ),
    })
    .optional(),
});

/** A notification setting of a bucket, as data that can be sent to a thread. */
export interface Notification {
  id: string;
  bucket: string;
  queue: string;
  /** Without `s3:`; may end in `:*`. */
  event: string;
  rules: z.infer<typeof rulesSchema>;
}

/**
 * The notification settings of the template's buckets.
 *
 * @throws ZodError for another kind of notification, which is not served here
 */
export function readNotifications(buckets: readonly ServedResource[]): Notification[] {
  return buckets.flatMap(({ id, properties }) => {
    const { QueueConfigurations = [] } = bucketSchema.parse(properties).NotificationConfiguration ?? {};
    return QueueConfigurations.map(({ Event, Queue, Filter }, index) => ({
      id: `${id}-${index}`,
      bucket: bucketName(id),
      queue: nameOf(Queue),
      event: Event.slice('s3:'.length),
      rules: Filter?.S3Key.Rules ?? [],
    }));
  });
}

export function wants({ bucket, event, rules }: Notification, created: ObjectCreated): boolean {
  const isEvent = event.endsWith(':*') ? created.eventName.startsWith(event.slice(0, -1)) : created.eventName === event;
  const fits = ({ Name, Value }: (typeof rules)[number]) =>
    Name === 'prefix' ? created.key.startsWith(Value) : created.key.endsWith(Value);
  return bucket === created.bucket && isEvent && rules.every(fits);
}

/** Creates a function that notifies a queue of created objects. */
export function bucketNotifier(sqs: Sqs): (notification: Notification, created: ObjectCreated) => void {
  return ({ id, queue }, created) => {
    sqs.send(queue, JSON.stringify({ Records: [recordOf(id, created)] })).catch((error) => {
      console.error(`S3 could not notify ${queue}: ${describeError(error)}`);
    });
  };
}

/** Amazon S3 user guide, "Event message structure". The key is encoded as in a form, but for its slashes. */
function recordOf(configurationId: string, { eventName, requestId, bucket, key, size, etag, at }: ObjectCreated) {
  const encoded = new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(at).toISOString(),
    eventName,
    userIdentity: { principalId: 'local' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket, ownerIdentity: { principalId: 'local' }, arn: `arn:aws:s3:::${bucket}` },
      object: { key: encoded, size, eTag: etag, sequencer: at.toString(16).toUpperCase().padStart(16, '0') },
    },
  };
}
