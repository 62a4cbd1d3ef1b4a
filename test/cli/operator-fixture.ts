import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, onTestFinished } from 'vitest';
import { describeEndpoints, writeEndpoints } from '../../infra/local/endpoints.ts';
import { account } from '../../infra/local/resources.ts';
import { createAll } from '../support/lazy-tables.ts';
import { type Services, useServices } from '../support/services.ts';
import { apiKey, createWorld, type World } from '../support/world.ts';
import { endpointsOf, outputsOf } from './gateway-fixture.ts';
import { runOperatorHere, start } from './run-operator.ts';

type Settings = Parameters<typeof createWorld>[1];

/** A world, and the operators' command line for it. Its clock stands at the time of the machine, as operators have it. */
export type OperatedWorld = World & {
  /** Those of CreateProject. */
  sendToDeadLetters: (body: string) => Promise<void>;
  operate: (...args: string[]) => ReturnType<typeof runOperatorHere>;
  /** Starts a command in a process of its own. */
  start: (...args: string[]) => ReturnType<typeof start>;
  /** Has a WebSocket API at the URL. */
  serveLive: (url: string) => void;
  /** With somebody at a terminal who answers so. */
  asked: (answer: boolean, ...args: string[]) => ReturnType<typeof runOperatorHere>;
  /** Lines of JSON that a command prints. */
  json: (...args: string[]) => Promise<Record<string, unknown>[]>;
};

/** Starts the embedded services for the tests of a file. @returns makes a world of its own for a test */
export function useOperatedWorlds(): (settings?: Settings) => Promise<OperatedWorld> {
  let services: Services;
  beforeAll(async () => {
    services = await useServices();
  });
  return async (settings) => {
    const world = await createWorld(services, settings);
    await createAll(world.tables);
    world.clock.advance(Date.now() - world.clock.now());
    const directory = mkdtempSync(join(tmpdir(), 'operate-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const { tables, filesBucket, context, portal } = world;
    const deadLetters = `${filesBucket}-dead`;
    await services.sqs.createQueue({ id: deadLetters, properties: {} });
    const outputs = new Map([
      ['CreateProjectDeadLetterQueue', `${services.sqs.endpoint}/${account}/${deadLetters}`] as const,
      ...Object.entries(outputsOf(tables, filesBucket, context.internalBucket)),
      ...Object.entries(context.queues).map(([type, url]) => [`${type}Queue`, url] as const),
    ]);
    const endpoints = describeEndpoints(endpointsOf(services), outputs, portal.url);
    writeEndpoints(directory, endpoints);
    const variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
    const here = (args: string[], answer?: boolean) =>
      runOperatorHere([...args, '--data-dir', directory], variables, answer);
    const run = (...args: string[]) => here(args);
    return {
      ...world,
      sendToDeadLetters: (body) => services.sqs.send(deadLetters, body),
      operate: run,
      start: (...args) => start([...args, '--data-dir', directory], variables),
      serveLive(url) {
        writeEndpoints(directory, { ...endpoints, live: { url, callbackUrl: url.replace('ws:', 'http:') } });
      },
      asked: (answer, ...args) => here(args, answer),
      async json(...args) {
        const { output, errors } = await run(...args, '--json');
        if (errors !== '') throw new Error(errors);
        return output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
      },
    };
  };
}
