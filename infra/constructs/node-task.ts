import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import {
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
  type PortMapping,
} from 'aws-cdk-lib/aws-ecs';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { transformSync } from 'esbuild';
import { commonTo, environmentOf } from './function.ts';
import { createLogs } from './logs.ts';
import { acknowledgeNagFinding } from './nag.ts';
import type { Platform } from './platform.ts';
import { allow, type ResourceAccess } from './rights.ts';

/**
 * node:24.18.0-bookworm-slim, for ARM and x86, pinned by digest. From Docker's public mirror at AWS, so that neither the
 * deployment nor the task needs Docker Hub or our own repository.
 */
const image =
  'public.ecr.aws/docker/library/node@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d';

export interface NodeTaskProps {
  readonly platform: Platform;
  /** The program below functions/, without `.ts`. */
  readonly entry: string;
  /** The container's name. */
  readonly name: string;
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Variables and rights of the resources that the program uses. */
  readonly access: readonly ResourceAccess[];
  readonly ports?: readonly PortMapping[];
}

/** A task of ECS that runs a program of the gateway in a public Node.js image. */
export interface NodeTask {
  definition: FargateTaskDefinition;
  roles: readonly IRole[];
}

/** Defines a task that fetches its program from the deployment's assets, and runs the program only with the expected SHA-256. */
export function createNodeTask(scope: Construct, props: NodeTaskProps): NodeTask {
  const { platform, entry, name, access, ports } = props;
  const path = platform.bundles.program(entry);
  const program = new Asset(scope, 'Program', { path });
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const taskRole = createTaskRole(scope, access, program);
  const executionRole = new Role(scope, 'ExecutionRole', { assumedBy: ecsTasks() });
  const definition = new FargateTaskDefinition(scope, 'Definition', {
    family: `${Stack.of(scope).stackName}-${name}`,
    cpu: props.cpu,
    memoryLimitMiB: props.memoryMiB,
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    taskRole,
    executionRole,
  });
  definition.addContainer(name, {
    image: ContainerImage.fromRegistry(image),
    user: 'node',
    command: ['node', '--input-type=module', '--eval', fetchProgram()],
    environment: {
      ...commonTo(scope),
      ...platform.tableNames,
      ...environmentOf(access),
      AWS_REGION: Stack.of(scope).region,
      PROGRAM_URL: program.httpUrl,
      PROGRAM_SHA256: sha256,
    },
    logging: LogDriver.awsLogs({ logGroup: createLogs(scope, platform), streamPrefix: name }),
    ...(ports && { portMappings: [...ports] }),
  });
  acknowledgeNagFinding(
    definition,
    'AwsSolutions-ECS2',
    'the variables are names and limits; the secrets among them are ARNs',
  );
  return { definition, roles: [taskRole, executionRole] };
}

function createTaskRole(scope: Construct, access: readonly ResourceAccess[], program: Asset): Role {
  const role = new Role(scope, 'Role', { assumedBy: ecsTasks() });
  const code = program.bucket.arnForObjects(program.s3ObjectKey);
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [code] }));
  allow(
    role,
    access.flatMap(({ allows }) => allows),
  );
  return role;
}

/** The program without comments and template literals, because CloudFormation's validation would interpret `${…}`. */
function fetchProgram(): string {
  const source = readFileSync(join(import.meta.dirname, 'fetch-program.mjs'), 'utf8');
  return transformSync(source, { format: 'esm', minify: true, supported: { 'template-literal': false } }).code;
}

const ecsTasks = () => new ServicePrincipal('ecs-tasks.amazonaws.com');
