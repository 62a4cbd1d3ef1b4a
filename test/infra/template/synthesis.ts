import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { type Bundles, programs } from '../../../infra/bundle/bundle.ts';
import { parseSettings } from '../../../infra/settings.ts';
import { GatewayStack } from '../../../infra/stack.ts';

/** The functions that handle the messages of a type. */
export const messageFunctions = {
  CreateProject: 'projects/create-project',
  DeleteProject: 'projects/delete-project',
  CreateProjectAccess: 'users/create-project-access',
  DeleteProjectAccess: 'users/delete-project-access',
  DisableProjectAccess: 'users/disable-project-access',
  EnableProjectAccess: 'users/enable-project-access',
  ResetPassword: 'users/reset-password',
  DataDeliveryReady: 'files/data-delivery-ready',
  DeleteDataFile: 'files/delete-data-file',
  ReturnDataFile: 'files/return-data-file',
};

/** The functions of the transfer's states. */
export const transferFunctions = {
  Prepare: 'files/prepare-transfer',
  Copy: 'files/copy-files',
  Send: 'files/send-file',
  Complete: 'files/complete-transfer',
  Fail: 'files/fail-transfer',
};

/** The functions of the results for DST. */
const outboxFunctions = ['files/register-result', 'files/sweep-outbox'];

/** The functions behind the HTTP API. */
export const apiFunctions = [
  'accounts/api',
  'api/asyncapi',
  'api/openapi',
  'auth/api',
  'operate/api',
  'operate/compare',
  'operate/decide',
  'processes/api',
  'workspaces/api',
];

/** The functions of the WebSocket API. */
export const liveFunctions = ['live/api', 'live/watch'];

/** The functions of the state machine that works on processes. */
export const processWorkFunctions = ['processes/do-work', 'processes/fail-work'];

/** The functions of processes that no client calls. */
const processFunctions = ['processes/sweep', ...processWorkFunctions];

/** The functions of the state machine of jobs. */
export const jobFunctions = ['workspaces/launch-job', 'workspaces/watch-job', 'workspaces/end-job'];

/** The functions of workspaces that no client calls. */
const workspaceFunctions = ['workspaces/sweep', ...jobFunctions];

export const allFunctions = [
  ...apiFunctions,
  ...liveFunctions,
  ...processFunctions,
  ...workspaceFunctions,
  'messages/poll',
  'history/publish-events',
  'users/take-one-time-password',
  ...outboxFunctions,
  ...Object.values(messageFunctions),
  ...Object.values(transferFunctions),
].sort();

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
export type Resource = z.infer<typeof resource>;

/** A synthesized template, and the words in which tests ask about it. */
export class Synthesis {
  readonly template: Template;
  /** Those of the stack. */
  readonly tags: Record<string, string>;
  readonly terminationProtection: boolean;
  /** By which the CDK's command line ends a synthesis. */
  readonly errors: string[];

  constructor(template: Template, stack?: Stack) {
    this.template = template;
    this.tags = stack?.tags.tagValues() ?? {};
    this.terminationProtection = stack?.terminationProtection ?? false;
    const said = stack?.node.metadata ?? [];
    this.errors = said.flatMap(({ type, data }) => (type === 'aws:cdk:error' ? String(data) : []));
  }

  /** The resources of a type by logical id. */
  resources(type: string): Record<string, Resource> {
    return z.record(z.string(), resource).parse(this.template.findResources(type));
  }

  /** Value of an output, such as `{ Ref: … }`. */
  output(name: string): unknown {
    const outputs = this.template.findOutputs(name);
    return outputs[name]?.Value;
  }

  /** The logical id behind an output that gives a resource's name, URL or ARN. */
  idOf(outputName: string): string {
    return z.object({ Ref: z.string() }).parse(this.output(outputName)).Ref;
  }

  /** A function's logical id and properties, by its file. */
  lambda(entry: string): { id: string; properties: Record<string, unknown> } {
    const found = Object.entries(this.resources('AWS::Lambda::Function')).find(
      ([, { Properties }]) => Properties.Description === entry,
    );
    if (!found) throw new Error(`The template has no function ${entry}`);
    return { id: found[0], properties: found[1].Properties };
  }

  /** The logical id and properties of the task that sends. */
  get task(): { id: string; properties: Record<string, unknown> } {
    return this.taskOf('files/send-task');
  }

  /** The logical id and properties of the task that runs a program. */
  taskOf(entry: string): { id: string; properties: Record<string, unknown> } {
    const name = entry.split('/').at(-1);
    const found = Object.entries(this.resources('AWS::ECS::TaskDefinition')).find(([, { Properties }]) =>
      JSON.stringify(Properties.Family).endsWith(`-${name}"`),
    );
    if (!found) throw new Error(`The template has no task of ${entry}`);
    return { id: found[0], properties: found[1].Properties };
  }

  /** A function's variables; what CloudFormation fills in at deployment is left as it is. */
  environment(entry: string): Record<string, unknown> {
    const environment = z.object({ Variables: z.record(z.string(), z.unknown()) });
    return environment.parse(this.lambda(entry).properties.Environment).Variables;
  }
}

const syntheses = new Map<string, Synthesis>();

/** The stack with functions that do nothing, which is all that the template needs: synthesized once for all files. */
export function synthesize(settings: Record<string, unknown> = {}): Synthesis {
  const key = JSON.stringify(settings);
  const synthesis = syntheses.get(key) ?? synthesizeAnew(settings);
  syntheses.set(key, synthesis);
  return synthesis;
}

function synthesizeAnew(settings: Record<string, unknown>): Synthesis {
  const folder = mkdtempSync(join(tmpdir(), 'synthesis-'));
  try {
    const app = new App({ outdir: join(folder, 'cdk.out') });
    const stack = new GatewayStack(app, 'dst-gateway', {
      settings: parseSettings(settings),
      bundles: emptyBundles(folder),
    });
    return new Synthesis(Template.fromStack(stack), stack);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Code of which the template tells no more than that there is some. */
function emptyBundles(folder: string): Bundles {
  const fileOf = (entry: string, name: string) => {
    const file = join(folder, entry, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `export const handler = async () => '${entry}';\n`);
    return file;
  };
  return {
    lambda: (entry) => Code.fromAsset(dirname(fileOf(entry, 'index.mjs'))),
    program: (entry) => fileOf(entry, 'program.mjs'),
    console: dirname(fileOf('console', 'index.html')),
  };
}

/** Writes functions and programs that do nothing. @returns the folder */
export function writeFunctions(folder: string, entries: readonly string[] = [...allFunctions, ...programs]): string {
  for (const entry of entries) {
    const file = join(folder, `${entry}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `export const handler = async () => '${entry}';\n`);
  }
  return folder;
}
