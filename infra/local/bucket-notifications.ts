import { z } from 'zod';
import { describeError } from '../../shared/platform/errors.ts';
import { bucketName, nameOf, type Resource, region } from './resources.ts';
import type { ObjectCreated } from './s3/server.ts';
import type { Sqs } from './sqs.ts';

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

interface Notification {
  id: string;
  bucket: string;
  queue: string;
  wants(eventName: string, key: string): boolean;
}

function parseNotifications({ id, properties }: Resource): Notification[] {
  const { QueueConfigurations = [] } = bucketSchema.parse(properties).NotificationConfiguration ?? {};
  return QueueConfigurations.map(({ Event, Queue, Filter }, index) => {
    const rules = Filter?.S3Key.Rules ?? [];
    return {
      id: `${id}-${index}`,
      bucket: bucketName(id),
      queue: nameOf(Queue),
      wants: (eventName, key) =>
        (Event.endsWith(':*') ? eventName.startsWith(Event.slice(3, -1)) : eventName === Event.slice(3)) &&
        rules.every(({ Name, Value }) => (Name === 'prefix' ? key.startsWith(Value) : key.endsWith(Value))),
    };
  });
}

/**
 * Tells queues of created objects, as the buckets of the template ask for.
 *
 * @throws ZodError for a notification of another kind, which nobody would deliver here
 */
export function bucketNotifier(buckets: readonly Resource[], sqs: Sqs): (created: ObjectCreated) => void {
  const notifications = buckets.flatMap(parseNotifications);
  return (created) => {
    for (const { id, bucket, queue, wants } of notifications) {
      if (bucket !== created.bucket || !wants(created.eventName, created.key)) continue;
      sqs.send(queue, JSON.stringify({ Records: [recordOf(id, created)] })).catch((error) => {
        console.error(`S3 could not tell ${queue}: ${describeError(error)}`);
      });
    }
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
