import { beforeAll, describe, expect, it } from 'vitest';
import { readJob } from '../../shared/workspaces/find.ts';
import { standardParameters } from '../../shared/workspaces/job-parameters.ts';
import {
  createWorkspacesApi,
  exampleConfiguration,
  ok,
  type Person,
  refused,
  type WorkspacesApi,
} from './workspaces-fixture.ts';

// Rules for `resource_options` of the documented API, whose texts clients show to people.

const parameter = (variable_name: string, validation: object) => ({
  display_name: variable_name,
  description: '',
  variable_name,
  default_value: null,
  validation,
});

/** Parameters of every type, with and without each rule. */
const parameters = [
  parameter('cores', { type: 'int', min: 1, max: 4 }),
  parameter('offset', { type: 'int', min: 0, max: 0 }),
  parameter('share', { type: 'float', min: 0.5, max: 1.5 }),
  parameter('wanted', { type: 'bool' }),
  parameter('queue', { type: 'str', enums: ['short', 'long'] }),
  parameter('level', { type: 'int', enums: [1, 2] }),
];

let api: WorkspacesApi;
let bob: Person;
let workspaceId: number;

async function createIn(configuration: object): Promise<void> {
  api = await createWorkspacesApi(configuration);
  bob = await api.person('bob');
  const { body } = await api.ask('POST /workspaces', { name: 'n', description: '' }, bob);
  workspaceId = Object(body).data.workspace.id;
}

/** Starts a job. @param options as JSON, in which a number has the text that a client sends */
const start = (options: string) =>
  api.ask(`PUT /workspaces/${workspaceId}/start`, `{"job_type": "test_job", "resource_options": ${options}}`, bob);

const mismatch = (name: string, value: string, found: string, type: string) =>
  `${name}: Value '${value}' of type ${found} does not match required type ${type}. Skipping further validation of parameter ${name}.`;

describe('options of a job', () => {
  beforeAll(() => createIn({ ...exampleConfiguration, parameters }));

  it.each([
    ['{"cores": 0}', ["cores: Value '0' not above minimum of 1."]],
    ['{"cores": 5}', ["cores: Value '5' above maximum of 4."]],
    ['{"share": 0.4}', ["share: Value '0.4' not above minimum of 0.5."]],
    ['{"share": 2.0}', ["share: Value '2.0' above maximum of 1.5."]],
    ['{"share": 1}', [mismatch('share', '1', 'int', 'float')]],
    ['{"cores": 1.0}', [mismatch('cores', '1.0', 'float', 'int')]],
    ['{"cores": true}', [mismatch('cores', 'True', 'bool', 'int')]],
    ['{"cores": null}', [mismatch('cores', 'None', 'NoneType', 'int')]],
    ['{"cores": [1, "a"]}', [mismatch('cores', "[1, 'a']", 'list', 'int')]],
    ['{"cores": {"a": false}}', [mismatch('cores', "{'a': False}", 'dict', 'int')]],
    ['{"wanted": 1}', [mismatch('wanted', '1', 'int', 'bool')]],
    ['{"queue": 1}', [mismatch('queue', '1', 'int', 'str')]],
    ['{"queue": "middle"}', ["queue: Value 'middle' is invalid. Valid values: short, long."]],
    ['{"level": 3}', ["level: Value '3' is invalid. Valid values: 1, 2."]],
    [
      '{"cores": 9, "other": 1, "share": 0.1}',
      ["cores: Value '9' above maximum of 4.", "share: Value '0.1' not above minimum of 0.5."],
    ],
  ])('%s are refused with every rule that they break', async (options, texts) => {
    const list = texts.map((text) => `"${text}"`).join(', ');
    expect(await start(options)).toMatchObject(refused(422, `Invalid resource options found: [${list}]`));
  });

  it('are quoted as Python quotes them, whatever is in them', async () => {
    expect(await start(String.raw`{"queue": "a \"b\" \\ é"}`)).toMatchObject(
      refused(
        422,
        String.raw`Invalid resource options found: ['queue: Value \'a "b" \\ é\' is invalid. Valid values: short, long.']`,
      ),
    );
  });

  it.each([
    '{}',
    '{"unknown": "x"}',
    '{"cores": 1, "share": 1.0, "wanted": false, "queue": "long", "level": 2}',
    // A limit of 0 is none.
    '{"offset": -5}',
    '{"offset": 5}',
  ])('%s are taken', async (options) => {
    expect(await start(options)).toMatchObject(ok('Successful start.'));
  });
});

describe('the standard parameters', () => {
  beforeAll(() => createIn({ ...exampleConfiguration, parameters: standardParameters }));

  it('are public, with the defaults of the public clients', async () => {
    const { body } = await api.ask('GET /parameters');
    const defaults = Object(body).data.parameters.map((each: (typeof standardParameters)[number]) => [
      each.variable_name,
      each.default_value,
    ]);
    expect(Object.fromEntries(defaults)).toEqual({
      num_cpus: 1,
      memory_mb: 8_192,
      time_limit_minutes: 180,
      gpu_enabled: false,
    });
  });

  it.each([
    '{"num_cpus": 1, "memory_mb": 1024, "time_limit_minutes": 60, "gpu_enabled": false}',
    '{"num_cpus": 16, "memory_mb": 131072, "time_limit_minutes": 720, "gpu_enabled": true}',
  ])('let the public clients ask for %s', async (options) => {
    expect(await start(options)).toMatchObject(ok('Successful start.'));
  });
});

it('options that no resource has are refused', async () => {
  const { here } = exampleConfiguration.available_resources;
  const capabilities = { ...here.capabilities, max_cpus: 2 };
  await createIn({ ...exampleConfiguration, available_resources: { here: { ...here, capabilities } } });
  expect(await start('{"num_cpus": 2}')).toMatchObject(ok('Successful start.'));
  expect(await start('{"num_cpus": 3}')).toMatchObject(
    refused(422, "Invalid resource options found: ['No resource has what the options ask for.']"),
  );
});

describe('an option', () => {
  it('keeps to the rule of its parameter by either of its names', async () => {
    await createIn({ ...exampleConfiguration, parameters: standardParameters });
    for (const name of ['time_limit_minutes', 'time_limit_min']) {
      expect(await start(`{"${name}": 721}`)).toMatchObject(
        refused(422, 'Invalid resource options found: ["time_limit_minutes: Value \'721\' above maximum of 720."]'),
      );
    }
  });

  it('that the centre does not have counts for nothing', async () => {
    const own = standardParameters.filter(({ variable_name: name }) => name !== 'gpu_enabled');
    await createIn({ ...exampleConfiguration, parameters: own });
    expect(await start('{"gpu_enabled": true, "num_cpus": 2}')).toMatchObject(ok('Successful start.'));
    const [{ userId, jobId } = { userId: 0, jobId: 0 }] = api.started;
    expect(await readJob(api.context, { userId, jobId })).toMatchObject({ gpu: false, cores: 2 });
  });
});
