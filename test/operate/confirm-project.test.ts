import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { describeEndpoints, writeEndpoints } from '../../infra/local/endpoints.ts';
import { startJsonServer } from '../../infra/local/json-server.ts';
import { type PortalSimulator, startSimulator } from '../../infra/local/portal/simulator.ts';
import { secretActions } from '../../infra/local/secrets.ts';
import { startCloudFormation } from './cloud-formation.ts';
import { operate, operateHere } from './operate.ts';

const apiKey = 'key-of-the-centre-0123456789';

describe('npm run operator -- confirm-project', () => {
  let portal: PortalSimulator;
  let variables: Record<string, string>;
  beforeAll(async () => {
    portal = await startSimulator({ apiKey });
    variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
  });
  afterAll(() => portal.stop());
  beforeEach(async () => {
    await portal.reset();
    await portal.setFaults({ knownProjects: ['1001'] });
  });

  it('confirms a project, and says so when it was confirmed before', async () => {
    const first = await operateHere(['confirm-project', '1001'], variables);
    const second = await operateHere(['confirm-project', '1001'], variables);

    expect(first).toEqual({ code: 0, output: 'Project 1001 is confirmed.\n', errors: '' });
    expect(second).toEqual({ code: 0, output: 'Project 1001 was confirmed already: nothing to do.\n', errors: '' });
    expect((await portal.snapshot()).confirmed).toEqual(['1001']);
  });

  it("fails with the portal's words when it has no such project", async () => {
    const { code, errors } = await operateHere(['confirm-project', '1002'], variables);
    expect(code).toBe(1);
    expect(errors).toContain('404 Project number does not exist');
  });

  it('never shows the key, not even a wrong one', async () => {
    const { code, output, errors } = await operate(['confirm-project', '1001'], {
      ...variables,
      DST_API_KEY: 'wrong-key',
    });
    expect(code).toBe(1);
    expect(errors).toContain('401');
    expect(output + errors).not.toContain('wrong-key');
  });

  it('finds the portal and the key of the gateway that runs in a data directory', async () => {
    const directory = await runningGateway(portal.url);
    const { code, output } = await operateHere(['confirm-project', '1001', '--data-dir', directory], {});
    expect([code, output]).toEqual([0, 'Project 1001 is confirmed.\n']);
  });

  it('finds the portal and the key of a stack on AWS by its outputs', async () => {
    const secrets = await startSecrets();
    const cloudFormation = await startCloudFormation({ PortalUrl: portal.url, PortalApiKeySecret: secretArn });
    const { code, output, errors } = await operate(['confirm-project', '1001', '--stack', 'dst-test'], {
      ...aws,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    });
    expect([code, output, errors]).toEqual([0, 'Project 1001 is confirmed.\n', '']);
    expect(cloudFormation.asked).toEqual(['dst-test']);
  });

  it.each([
    [['confirm-project', '..'], true, 'id:'],
    [['confirm-project', '1', '--data-dir', '/nowhere'], false, 'No gateway runs in /nowhere'],
  ])('ends with 2 for %j', async (args, knowsPortal, message) => {
    const { code, errors } = await operateHere(args, knowsPortal ? variables : {});
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  });

  it('ends with 2 when nothing tells where the gateway is', async () => {
    const { code, errors } = await operate(['confirm-project', '1']);
    expect([code, errors]).toEqual([2, expect.stringContaining("The stack dst-gateway can't be read")]);
  });
});

const secretArn = 'arn:aws:secretsmanager:eu-north-1:000000000000:secret:ApiKey-aaaaaa';
const aws = { AWS_REGION: 'eu-north-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };

async function startSecrets() {
  const server = await startJsonServer(secretActions(new Map([['ApiKey', apiKey]])));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** What the command line sees of a gateway that runs: its endpoints, and its secrets. */
async function runningGateway(portalUrl: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'operate-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { endpoint } = await startSecrets();
  const outputs = new Map([['PortalApiKeySecret', secretArn]]);
  const services = {
    dynamodb: endpoint,
    s3: endpoint,
    sqs: endpoint,
    stepFunctions: endpoint,
    secretsManager: endpoint,
    eventBridge: endpoint,
    lambda: endpoint,
  };
  writeEndpoints(directory, describeEndpoints(services, outputs, portalUrl));
  return directory;
}
