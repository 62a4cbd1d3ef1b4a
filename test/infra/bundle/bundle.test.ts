import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundle as bundleAll } from '../../../infra/bundle/bundle.ts';
import { knownErrors } from '../../../infra/bundle/prune.ts';
import { parseSettings } from '../../../infra/settings.ts';
import { GatewayStack } from '../../../infra/stack.ts';
import { allFunctions, writeFunctions } from '../template/synthesis.ts';

// Inside the repository, so that the functions find its node_modules; this folder is ignored by git.
const base = join(import.meta.dirname, '../../..', 'cdk.out');
mkdirSync(base, { recursive: true });
const folder = mkdtempSync(join(base, 'bundle-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const source = `
import { S3Client } from '@aws-sdk/client-s3';
import { configuration } from '../../../../shared/platform/configuration.ts';
configuration([]);
const isBuffer = (value: unknown): boolean => Buffer.isBuffer(value);
export const handler = async () => {
  new S3Client({ region: 'eu-west-1' }).destroy();
  return { buffer: isBuffer('') };
};
`;

describe('bundles', async () => {
  const functions = join(folder, 'functions');
  mkdirSync(join(functions, 'projects'), { recursive: true });
  writeFileSync(join(functions, 'projects', 'create-project.ts'), source);
  const out = join(folder, 'bundled');
  const bundles = await bundleAll(functions, out);
  const bundle = join(out, 'projects', 'create-project');

  it('run by themselves, with the AWS SDK and CommonJS dependencies in them', async () => {
    const text = readFileSync(join(bundle, 'index.mjs'), 'utf8');
    const imports = [...text.matchAll(/^import[^'"]*['"]([^'"]+)['"]/gm)].map(([, module]) => module ?? '');
    const loaded = z.object({ handler: z.function({ input: [], output: z.promise(z.unknown()) }) });

    const { handler } = loaded.parse({ ...(await import(join(bundle, 'index.mjs'))) });

    expect(await handler()).toEqual({ buffer: false });
    expect(imports.filter((module) => module.includes('aws'))).toEqual([]);
  });

  it('have a source map that leads to the source', () => {
    const map = z
      .object({ sources: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(join(bundle, 'index.mjs.map'), 'utf8')));

    expect(readdirSync(bundle).sort()).toEqual(['index.mjs', 'index.mjs.map']);
    expect(readFileSync(join(bundle, 'index.mjs'), 'utf8')).toMatch(/\n\/\/# sourceMappingURL=index\.mjs\.map\s*$/);
    expect(map.sources).toContain('../../../functions/projects/create-project.ts');
  });

  it('have the classes of the errors that the code asks for by class', () => {
    const root = join(import.meta.dirname, '../../..');
    const sources = globSync('{shared,functions}/**/*.ts', { cwd: root });
    const asked = sources.flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /import [^;]*\b(\w+Exception)\b[^;]* from '@aws-sdk\/client-/g,
      ),
    ]);
    // A service's base exception is always there.
    const classes = asked.map(([, name = '']) => name).filter((name) => !name.endsWith('ServiceException'));
    expect(new Set(classes)).toEqual(new Set(knownErrors));
  });

  it('have what else a service refuses under its name, with its message', async () => {
    const refuse = `
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
export const handler = async ({ endpoint }: { endpoint: string }) => {
  const settings = { region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const told = (error: Error) => [error.name, error.message];
  return [
    await new DynamoDBClient(settings).send(new GetItemCommand({ TableName: 't', Key: {} })).catch(told),
    await new SFNClient(settings).send(new StartExecutionCommand({ stateMachineArn: 'm' })).catch(told),
  ];
};`;
    writeFileSync(join(functions, 'projects', 'delete-project.ts'), refuse);
    await bundleAll(functions, out);
    const answers = [
      'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      'com.amazonaws.sfn#ExecutionAlreadyExists',
    ];
    const server = createServer((_, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: answers.shift(), message: 'in the words of the service' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const { handler } = await import(join(out, 'projects', 'delete-project', 'index.mjs'));
    expect(await handler({ endpoint: `http://127.0.0.1:${port}` })).toEqual([
      ['ResourceNotFoundException', 'in the words of the service'],
      ['ExecutionAlreadyExists', 'in the words of the service'],
    ]);
    server.close();
  });

  it('of functions that nobody wrote are an error that names the file', () => {
    expect(() => bundles.lambda('projects/rename-project')).toThrow(
      /There is no function .*projects\/rename-project\.ts/,
    );
  });

  it('of source that does not compile are an error', async () => {
    const broken = join(folder, 'broken', 'functions');
    writeFunctions(broken, ['messages/poll']);
    writeFileSync(join(broken, 'messages', 'poll.ts'), "import './not-there.ts';\n");

    await expect(bundleAll(broken, join(folder, 'broken-out'))).rejects.toThrow(/not-there/);
  });
});

describe('assets', async () => {
  const assets = async (name: string) => {
    const functions = writeFunctions(join(folder, name, 'functions'));
    const app = new App({ outdir: join(folder, name, 'cdk.out') });
    const bundles = await bundleAll(functions, join(folder, name, 'bundles'));
    new GatewayStack(app, 'dst-gateway', { settings: parseSettings({}), bundles });
    return app.synth();
  };
  const first = await assets('first');
  const second = await assets('second');

  it('have hashes that depend on the source alone, not on when or where it was synthesized', () => {
    const templates = [first, second].map((assembly) => assembly.getStackByName('dst-gateway').template);
    expect(templates[0]).toEqual(templates[1]);
  });

  it('are one folder per function and one of the page: no container images, nothing to build with Docker', () => {
    const manifest = z
      .object({
        files: z.record(z.string(), z.object({ source: z.object({ path: z.string(), packaging: z.string() }) })),
        dockerImages: z.record(z.string(), z.unknown()),
      })
      .parse(JSON.parse(readFileSync(join(first.directory, 'dst-gateway.assets.json'), 'utf8')));
    const folders = Object.values(manifest.files)
      .filter(({ source }) => source.packaging === 'zip')
      .map(({ source }) => readdirSync(join(first.directory, source.path)).sort());
    const functions = folders.filter((names) => names.includes('index.mjs'));
    // The console's page, and the CDK's program that uploads it.
    const others = folders.filter((names) => !names.includes('index.mjs'));

    expect(manifest.dockerImages).toEqual({});
    expect(functions).toEqual(allFunctions.map(() => ['index.mjs', 'index.mjs.map']));
    expect(others.toSorted()).toEqual([['assets', 'favicon.svg', 'index.html'], ['index.py']]);
  });

  it('need no account, region or look-up to be synthesized', () => {
    expect(first.getStackByName('dst-gateway').environment).toMatchObject({
      account: 'unknown-account',
      region: 'unknown-region',
    });
    expect(first.manifest.missing ?? []).toEqual([]);
  });
});
