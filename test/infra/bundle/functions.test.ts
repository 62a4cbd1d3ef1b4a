import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { functionEntries } from '../../../infra/bundle/bundle.ts';
import { allFunctions, synthesize } from '../template/synthesis.ts';

const root = join(import.meta.dirname, '../../..', 'functions');
const entries = functionEntries(root);
const synthesis = synthesize();
const environment = process.env;

/** Variables of a function in the template, with examples of values that CloudFormation fills in. */
function deployed(entry: string): Record<string, string> {
  const examples: Record<string, string> = {
    QUEUE_URLS: '{"CreateProject":"https://sqs.example/1/create-project"}',
    LIVE_CALLBACK_URL: 'https://api.example/live',
    LIVE_URL: 'wss://api.example/live',
  };
  const filledIn = (name: string) => examples[name] ?? `deployed-${name.toLowerCase()}`;
  return Object.fromEntries(
    Object.entries(synthesis.environment(entry)).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : filledIn(name),
    ]),
  );
}

/** Loads a function as Lambda does. @returns the names of the variables that it was given and read */
async function load(entry: string): Promise<Set<string>> {
  const given = deployed(entry);
  const read = new Set<string>();
  process.env = new Proxy<NodeJS.ProcessEnv>(
    { ...environment, AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: entry, ...given },
    {
      get: (target, name) => {
        if (typeof name !== 'string') return undefined;
        if (name in given) read.add(name);
        return target[name];
      },
    },
  );
  vi.resetModules();
  const module: Record<string, unknown> = await import(join(root, `${entry}.ts`));
  expect(module.handler, `${entry} exports a handler`).toBeTypeOf('function');
  expect(module.handler, `the handler of ${entry} is a middy chain`).toHaveProperty('use');
  return read;
}

afterEach(() => {
  process.env = environment;
});

describe('the functions', () => {
  it('are all deployed', () => {
    expect(allFunctions).toEqual(expect.arrayContaining(entries));
  });

  it('find every variable that they need, and need every one that they are given', async () => {
    const readByNode = ['NODE_OPTIONS', 'POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME'];
    for (const entry of entries) {
      const read = await load(entry);
      // The names of all tables are given to every function.
      const given = Object.keys(deployed(entry)).filter((name) => !name.endsWith('_TABLE'));
      const unread = given.filter((name) => !read.has(name) && !readByNode.includes(name));
      expect(unread, `what ${entry} is given and does not read`).toEqual([]);
    }
  });
});
