import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoredTypes, servedTypes } from '../../infra/local/resource-types.ts';
import manifest from '../../package.json' with { type: 'json' };
import { slow } from '../../vitest.config.ts';
import { tableNames } from '../support/services.ts';
import { allDocuments, anchorsOf, codeIn, documentPaths, linksIn, readDocument, root, tableIn } from './documents.ts';

describe.each(documentPaths)('%s', (path) => {
  it('links to files and headings that there are', () => {
    for (const { target, anchor } of linksIn(path)) {
      expect(existsSync(join(root, target)), target).toBe(true);
      if (anchor !== undefined && target.endsWith('.md')) expect(anchorsOf(target), target).toContain(anchor);
    }
  });

  it('names source files that there are, from the root or from its own folder', () => {
    for (const file of codeIn(readDocument(path)).filter((code) => /^[\w./-]+\.(ts|mjs|py|md)$/.test(code))) {
      const places = [root, join(root, dirname(path))];
      expect(
        places.some((place) => existsSync(join(place, file))),
        file,
      ).toBe(true);
    }
  });
});

describe('the documents', () => {
  it.each(['.', 'functions', 'shared', 'infra', 'infra/cli', 'infra/local', 'infra/local/s3', 'test'])(
    'that a newcomer opens first in %s is a README',
    (folder) => expect(documentPaths).toContain(join(folder, 'README.md')),
  );

  it('are all reached by links from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const { target } of linksIn(path)) if (target.endsWith('.md')) reached.add(target);
    }
    expect([...reached].toSorted()).toEqual(documentPaths);
  });

  it('begin with a README of a few pages', () => {
    expect(readDocument('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });
});

describe('tables in documents', () => {
  const namesIn = (rows: string[][]) => rows.flatMap(([first = '']) => codeIn(first));

  it('have every dependency, and no other', () => {
    const rows = tableIn(readDocument('.github/CONTRIBUTING.md'), 'dependency | for');
    const patterns = rows.flatMap(([names = '']) => {
      const [first = '', ...more] = codeIn(names);
      const scope = first.slice(0, first.lastIndexOf('/'));
      return [first, ...more.map((name) => (name.startsWith('/') ? `${scope}${name}` : name))];
    });
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const all = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const covers = (pattern: string, name: string) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : [pattern, `@aws-sdk/${pattern}`].includes(name);
    for (const name of all)
      expect(
        patterns.filter((pattern) => covers(pattern, name)),
        name,
      ).toHaveLength(1);
    for (const pattern of patterns)
      expect(
        all.some((name) => covers(pattern, name)),
        pattern,
      ).toBe(true);
  });

  it('have every table of the database', () => {
    expect(namesIn(tableIn(readDocument('shared/README.md'), 'table | key | holds')).toSorted()).toEqual(
      tableNames.toSorted(),
    );
  });

  it('have every script of package.json that a developer runs', () => {
    const scripts = Object.keys(manifest.scripts).filter((name) => !name.startsWith('pre'));
    const text = documentPaths.map(readDocument).join('\n');
    for (const name of scripts) expect(text, name).toMatch(new RegExp(`npm (run )?(--silent )?${name}\\b`));
  });
});

describe('commands in documents', () => {
  const slowFiles = globSync(slow, { cwd: root });
  const files = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => !slowFiles.includes(file));
  const commands = [...allDocuments.matchAll(/((?:[A-Z]+=\S+ )*)npx vitest run ((?!--)[^\s`]+)/g)];

  it.each(commands)('%s runs the tests that it names', (...[, variables = '', name = '']) => {
    const tier = variables.includes('TESTS=slow') ? slowFiles : files;
    expect(tier.filter((file) => file.includes(name))).not.toEqual([]);
  });
});

describe('the table of delays and limits', () => {
  const rows = tableIn(readDocument('shared/README.md'), 'what | value | where');
  const seconds = (milliseconds: number) => `${milliseconds / 1_000} s`;
  const minutes = (milliseconds: number) => `${milliseconds / 60_000} min`;
  const hours = (milliseconds: number) => `${milliseconds / 3_600_000} h`;
  const days = (milliseconds: number) => `${milliseconds / 86_400_000} day`;
  const grouped = (count: number) => count.toLocaleString('en');

  it.each<[row: string, constant: string, text: (value: number) => string]>([
    ['queueing again of a message', 'maxDoublings', (value) => `${2 ** (value + 1)} polls`],
    ['retry of one portal request', 'maxAttempts', (value) => `${value} attempts`],
    ['retry of one portal request', 'maxDelay', seconds],
    ['portal counts as unreachable', 'failuresOfOutage', (value) => `${value} failed polls`],
    ['polls of an unreachable portal', 'longest', minutes],
    ['marking again', 'maxPolls', (value) => `${value} polls`],
    ['marking again', 'longest', minutes],
    ['marking again', 'pollsUntilIncident', (value) => `after ${value} polls`],
    ['incident `marking-refused`', 'refusalsUntilIncident', (value) => `${value} refusals`],
    ['lease of a message or a poll', 'longestMessageLease', minutes],
    ['lease of a file and a slot', 'leaseTime', seconds],
    ['lease of a file and a slot', 'completionTime', minutes],
    ['tolerated difference of clocks', 'clockTolerance', minutes],
    ['upload without progress', 'stallTime', minutes],
    ['heartbeat of a task', 'heartbeatTime', (value) => (value === 60_000 ? 'each minute' : minutes(value))],
    ['small file; files of one batch', 'maxBatch', String],
    ['small file; files of one batch', 'chunkSize', (value) => `up to ${value / 2 ** 20} MiB`],
    ['parts of an upload', 'maxParts', grouped],
    ['actions of a transaction', 'maxActions', String],
    ['message: bytes, values, nesting', 'maxValues', grouped],
    ['message: bytes, values, nesting', 'maxDepth', String],
    ['message text in the table, else in S3', 'longestInItem', (value) => `${value / 1_000} kB`],
    ['id', 'maxIdBytes', (value) => `${value} bytes`],
    ['message kept after it is marked', 'messageRetentionDays', (value) => `${value} days`],
    ['secret kept in memory', 'keptFor', minutes],
    ['events of one call to the bus', 'maxEntries', String],
    ['HTTP API: body as JSON, as a form;', 'maxDepth', String],
    ['password; generated password', 'minLength', (value) => `${value} to `],
    ['password; generated password', 'maxLength', (value) => `to ${value} characters`],
    ['password; generated password', 'generatedPasswordTime', days],
    ['wrong passwords before a pause,', 'longestWait', minutes],
    ['opaque token,', 'sessionTime', hours],
    ['opaque token,', 'tokenTime', minutes],
    ['opaque token,', 'refreshableTime', days],
    ['signed token', 'lifetime', (value) => hours(1_000 * value)],
    ['second factor after the password;', 'challengeTime', minutes],
    ['second factor after the password;', 'period', (value) => `${value} s`],
    ['looks at what is to be pushed to clients;', 'eventInterval', (value) => `${value} ms`],
    ['looks at what is to be pushed to clients;', 'checkInterval', seconds],
    ['first message of a client;', 'defaultTimeout', (value) => `${value} s; ${value} s`],
    ['first message of a client;', 'maxLife', hours],
    ['connections without a first message,', 'maxUnauthenticatedOfAddress', String],
    ['connections without a first message,', 'maxUnauthenticated', (value) => `${grouped(value)};`],
    ['connections without a first message,', 'maxOfAccount', (value) => `; ${grouped(value)}`],
    ['push kept for clients that are away;', 'retention', hours],
    ['push kept for clients that are away;', 'maxReplayed', String],
    ['message of the WebSocket API;', 'maxMessageBytes', (value) => `${value / 1_024} KB`],
    ['message of the WebSocket API;', 'maxWaiting', String],
    ['message of the WebSocket API;', 'maxMalformed', (value) => `; ${value}`],
    ['client: keepalive;', 'longestDelay', seconds],
    ['drafts of a visitor,', 'draftTime', days],
    ['verification of a process', 'verificationTime', minutes],
    ['details of a process;', 'maxDetails', grouped],
    ['presigned address of a file of a process;', 'addressSeconds', (value) => hours(1_000 * value)],
    ['presigned address of a file of a process;', 'uploadTime', hours],
    ['ticket to an interactive job;', 'ticketTime', minutes],
    ['ticket to an interactive job;', 'visitTime', days],
    ["proxy: connection to a job's server,", 'connectTime', seconds],
    ["proxy: connection to a job's server,", 'idleTime', minutes],
    ["proxy: connection to a job's server,", 'mostOpen', String],
    ['workspaces of a deleted project or access:', 'stopPatience', minutes],
    ['lease of the watch', 'leaseTime', seconds],
  ])('has for %s the value of %s', (name, constant, text) => {
    const [, value = '', where = ''] =
      rows.find(([first = '']) => first === name || first.startsWith(`${name} `)) ?? [];
    const files = [...where.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => readDocument(`shared/${path}`));
    const declared = files.flatMap((file) => new RegExp(`const ${constant} = ([\\d_ *]+);`).exec(file)?.[1] ?? []);
    const factors = (declared[0] ?? '').replaceAll('_', '').split('*').map(Number);
    expect(declared).toHaveLength(1);
    expect(value).toContain(text(factors.reduce((product, factor) => product * factor)));
  });
});

it('lists of resource types that the local mode serves and ignores are those of the code', () => {
  const text = readDocument('infra/local/README.md');
  const [served = '', ignored = ''] = text.slice(text.indexOf('## Resource types')).split(/^The types of the second/m);
  const typesIn = (part: string) => codeIn(part).filter((code) => /^\w+::\w+$/.test(code));
  const named = (types: readonly string[]) => types.map((type) => type.replace('AWS::', '')).toSorted();
  expect(typesIn(served).toSorted()).toEqual(named(servedTypes));
  expect(typesIn(ignored).toSorted()).toEqual(named(ignoredTypes));
});
