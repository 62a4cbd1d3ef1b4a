import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect, onTestFinished, vi } from 'vitest';
import { account, region } from '../../infra/local/resources.ts';
import { bucketNotifier, readNotifications, wants } from '../../infra/local/s3/notifications.ts';
import type { ObjectCreated } from '../../infra/local/s3/server.ts';
import { notificationFunction } from '../../shared/files/outbox/notifications.ts';
import { sweepOutbox } from '../../shared/files/outbox/sweep.ts';
import { sqsRecord } from '../support/aws-events.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import type { Services } from './file-services.ts';
import type { World } from './files-fixture.ts';

/** Researchers' objects in the outbox, and their notifications: S3 notifies a queue of each object. */
export class Outbox {
  readonly #world: World;
  readonly #services: Services;
  readonly #queue: string;

  private constructor(world: World, services: Services) {
    this.#world = world;
    this.#services = services;
    this.#queue = `${world.bucket}-outbox`;
  }

  static async open(world: World, services: Services): Promise<Outbox> {
    const outbox = new Outbox(world, services);
    const queue = `arn:aws:sqs:${region}:${account}:${outbox.#queue}`;
    await services.sqs.createQueue({ id: outbox.#queue, properties: {} });
    const Filter = { S3Key: { Rules: [{ Name: 'prefix', Value: 'outbox/' }] } };
    const QueueConfigurations = [{ Event: 's3:ObjectCreated:*', Queue: queue, Filter }];
    const bucket = { id: world.bucket, properties: { NotificationConfiguration: { QueueConfigurations } } };
    const notifications = readNotifications([bucket]);
    const tell = bucketNotifier(services.sqs);
    const notify = (created: ObjectCreated) => {
      for (const notification of notifications) if (wants(notification, created)) tell(notification, created);
    };
    services.onCreated.add(notify);
    onTestFinished(() => void services.onCreated.delete(notify));
    return outbox;
  }

  /** Puts an object, of which S3 tells. @returns the MD5 of its content */
  async put(key: string, content: string | Buffer = 'result', metadata: Record<string, string> = {}): Promise<string> {
    const told = await this.#services.sqs.count(this.#queue);
    const put = { Bucket: this.#world.bucket, Key: key, Body: content, Metadata: metadata };
    await this.#world.s3.send(new PutObjectCommand(put));
    await vi.waitFor(async () => expect(await this.#services.sqs.count(this.#queue)).toBe(told + 1), { interval: 2 });
    return createHash('md5').update(content).digest('hex');
  }

  /** Puts an object of which no news comes. */
  async putUnseen(key: string, content: string | Buffer = 'result'): Promise<string> {
    const md5 = await this.put(key, content);
    await this.takeNews();
    return md5;
  }

  /** The queue messages that have come. They are lost if nobody registers them. */
  async takeNews(): Promise<string[]> {
    const messages = await this.#services.sqs.receive(this.#queue, 10, 0);
    await this.#services.sqs.delete(
      this.#queue,
      messages.map((message) => message.ReceiptHandle),
    );
    return messages.map(({ Body }) => Body);
  }

  /** Lets the gateway see news: what has come, unless told. */
  async register(news?: readonly string[]): Promise<SQSBatchResponse | undefined> {
    const bodies = news ?? (await this.takeNews());
    const { gateway, crashes } = this.#world;
    const handler = notificationFunction(gateway.transfers, () => gateway.startTransfers());
    return crashes.invoke(() => handler({ Records: bodies.map(sqsRecord) }, lambdaContext()));
  }

  async sweep(): Promise<void> {
    const { gateway, crashes } = this.#world;
    await crashes.invoke(async () => {
      if ((await sweepOutbox(gateway.transfers)) > 0) await gateway.startTransfers();
    });
  }
}
