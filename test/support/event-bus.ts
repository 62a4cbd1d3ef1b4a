import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { onTestFinished } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { eventBusActions, type PublishedEvent } from '../../infra/local/services/event-bus.ts';
import { type Actions, startJsonServer } from '../../infra/local/services/json-server.ts';
import { type DomainEvent, eventSchema } from '../../shared/history/events.ts';
import { type EventBus, eventBridge } from '../../shared/platform/event-bus.ts';

type Put = Actions[string];

/** The embedded event bus, until the test has ended. */
export interface TestBus {
  bus: EventBus;
  published: PublishedEvent[];
  /** Content of the details. */
  events(): DomainEvent[];
  /** Stands between the client and the bus: may answer in its place, before or after. */
  answer: (input: unknown, put: Put) => ReturnType<Put>;
  /** One line each, as developers see it. */
  file: string;
}

export async function startTestBus(): Promise<TestBus> {
  const directory = mkdtempSync(join(tmpdir(), 'dst-gateway-bus-'));
  const file = join(directory, 'events.jsonl');
  const published: PublishedEvent[] = [];
  const served = eventBusActions([{ id: 'bus', properties: {} }], file, (event) => published.push(event));
  const put = served['AWSEvents.PutEvents'] as Put;
  const server = await startJsonServer({ 'AWSEvents.PutEvents': (input) => running.answer(input, put) });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new EventBridgeClient({ region, credentials, endpoint: server.endpoint, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  const running: TestBus = {
    bus: eventBridge(client, 'bus'),
    published,
    events: () => published.map(({ detail }) => eventSchema.parse(detail)),
    answer: (input, pass) => pass(input),
    file,
  };
  return running;
}
