import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type PortalSimulator, startSimulator } from '../../infra/local/portal/simulator.ts';
import { startJsonServer } from '../../infra/local/services/json-server.ts';
import { secretActions } from '../../infra/local/services/secrets.ts';
import { create, play } from '../support/messages.ts';
import { startCloudFormation } from './cloud-formation.ts';
import { useGateways } from './gateway-fixture.ts';
import { useOperatedWorlds } from './operator-fixture.ts';
import { runOperator, runOperatorHere } from './run-operator.ts';

const apiKey = 'key-of-the-centre-0123456789';
const sure = ['--reason', 'contract 17', '--yes'];

describe('npm run operator -- confirm-project', () => {
  const newGateway = useGateways();
  const newWorld = useOperatedWorlds();
  let portal: PortalSimulator;
  let variables: Record<string, string>;
  beforeAll(async () => {
    portal = await startSimulator({ apiKey });
    variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
  });
  afterAll(() => portal.stop());
  beforeEach(async () => {
    await portal.reset();
    await portal.setFaults({ knownProjects: ['1001', '2147483647'] });
  });

  it('tells what it will do, asks, confirms, and says so when it was confirmed before', async () => {
    const asked = await runOperatorHere(['confirm-project', '1001', '--reason', 'x'], variables, false);
    expect(asked).toMatchObject({
      code: 1,
      output: expect.stringMatching(/contract for project 1001\.\n.*Nothing was/s),
    });
    const dry = await runOperatorHere(['confirm-project', '1001', '--reason', 'x', '--dry-run'], variables);
    expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('No gateway is named') });
    expect((await portal.snapshot()).confirmed).toEqual([]);

    const first = await runOperatorHere(['confirm-project', '1001', ...sure], variables);
    const second = await runOperatorHere(['confirm-project', '1001', ...sure], variables);
    expect(first).toMatchObject({
      code: 0,
      output: expect.stringMatching(/\nProject 1001 is confirmed\.\n$/),
      errors: '',
    });
    expect(second).toMatchObject({ code: 0, output: expect.stringContaining('was confirmed already'), errors: '' });
    expect((await portal.snapshot()).confirmed).toEqual(['1001']);
  });

  it.each(['10O1', 'abc', '0', '007', '-1', '1.5', '2147483648', '99999999999', '..', '１'])(
    'sends no number that the portal can not have: %s',
    async (projectNo) => {
      const id = projectNo.startsWith('-') ? ['--', projectNo] : [projectNo];
      const { code, errors } = await runOperatorHere(['confirm-project', ...sure, ...id], variables);
      expect([code, errors]).toEqual([
        2,
        expect.stringContaining('projectNo: must be a whole number from 1 to 2147483647'),
      ]);
      expect((await portal.snapshot()).confirmed).toEqual([]);
    },
  );

  it('takes the largest number that the portal can have', async () => {
    expect(await runOperatorHere(['confirm-project', '2147483647', ...sure], variables)).toMatchObject({ code: 0 });
  });

  it('says that DST knows no such project, in its own words and in those of the portal', async () => {
    const { code, errors } = await runOperatorHere(['confirm-project', '1002', ...sure], variables);
    expect(code).toBe(1);
    expect(errors).toMatch(/^DST knows no project 1002: check the number .*404 Project number does not exist/);
  });

  it('is in the history of the project, before it is made and after', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ knownProjects: ['1001'] });
    const before = await world.operate('confirm-project', '1001', ...sure);
    expect(before).toMatchObject({ code: 0, errors: '' });
    await play(world, create('1001'));
    await world.operate('confirm-project', '1001', ...sure);
    const failed = await world.operate('confirm-project', '1002', ...sure);

    expect(failed.code).toBe(1);
    const details = { by: userInfo().username, reason: 'contract 17' };
    expect(await world.json('history', 'project#1001')).toHaveLength(3);
    expect(await world.rows.history('project#1001')).toMatchObject([
      { event: 'confirmed', sequence: 1, details },
      { event: 'created', sequence: 2 },
      { event: 'confirmed', sequence: 3, details: { ...details, outcome: 'already-confirmed' } },
    ]);
    expect(await world.rows.history('project#1002')).toEqual([]);
    expect((await world.rows.projects())[0]).toMatchObject({ version: 3 });
  });

  it('never shows the key, not even a wrong one', async () => {
    const { code, output, errors } = await runOperator(['confirm-project', '1001', ...sure], {
      ...variables,
      DST_API_KEY: 'wrong-key',
    });
    expect(code).toBe(1);
    expect(errors).toContain('401');
    expect(output + errors).not.toContain('wrong-key');
  });

  it('finds the portal and the key of the gateway that runs in a data directory', async () => {
    const gateway = await newGateway();
    const file = join(gateway.directory, 'endpoints.json');
    const { endpoint } = await startSecrets();
    const endpoints = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
    const secretsManager = { endpoint, secrets: { PortalApiKey: secretArn } };
    writeFileSync(file, JSON.stringify({ ...endpoints, secretsManager, portal: { url: portal.url } }));
    const { code, output } = await gateway.operate('confirm-project', '1001', ...sure);
    expect([code, output]).toEqual([0, expect.stringContaining('Project 1001 is confirmed.\n')]);
  });

  it('finds the portal and the key of a stack on AWS by its outputs', async () => {
    const [secrets, gateway] = [await startSecrets(), await newGateway()];
    const outputs = { ...gateway.outputs, PortalUrl: portal.url, PortalApiKeySecret: secretArn };
    const cloudFormation = await startCloudFormation(outputs);
    const { code, output, errors } = await runOperator(['confirm-project', '1001', '--stack', 'dst-test', ...sure], {
      ...aws,
      ...gateway.variables,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    });
    expect([code, output, errors]).toEqual([0, expect.stringContaining('Project 1001 is confirmed.\n'), '']);
    expect(cloudFormation.asked).toEqual(['dst-test', 'dst-test']);
  });

  it.each([
    [['confirm-project', '1001', '--yes'], 'confirm-project --reason <TEXT> [options] <projectNo>'],
    [['confirm-project', '1001', '--reason', 'x'], 'There is no terminal to ask at'],
    [['confirm-project', '1', ...sure, '--data-dir', '/nowhere'], 'No gateway runs in /nowhere'],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, output, errors } = await runOperatorHere(args, {});
    expect([code, output, errors]).toEqual([2, '', expect.stringContaining(message)]);
  });

  it('ends with 2 when nothing tells where the gateway is', async () => {
    const { code, errors } = await runOperator(['confirm-project', '1', ...sure]);
    expect([code, errors]).toEqual([2, expect.stringContaining("The stack dst-gateway can't be read")]);
  });
});

const secretArn = 'arn:aws:secretsmanager:eu-north-1:000000000000:secret:ApiKey-aaaaaa';
const aws = { AWS_REGION: 'eu-north-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };

async function startSecrets() {
  const server = await startJsonServer(secretActions({ values: new Map([['ApiKey', apiKey]]) }));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}
