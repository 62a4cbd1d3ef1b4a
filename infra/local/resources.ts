import { z } from 'zod';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { ignoredTypes, type ServedType, servedTypes } from './resource-types.ts';
import { type Json, resolve, type Scope, type Template } from './template.ts';

export const region = 'eu-north-1';
export const account = '000000000000';
const suffix = 'amazonaws.com';

const ignored: ReadonlySet<string> = new Set(ignoredTypes);

/** A resource of the template with its intrinsic functions resolved. */
export interface ServedResource {
  id: string;
  properties: Json;
}

export interface Resources {
  of(type: ServedType): ServedResource[];
  /** The stack's outputs, which identify its resources. */
  outputs: Map<string, string>;
}

/**
 * The resources of a template, named for this machine.
 * @param sqsEndpoint endpoint of the queues
 * @throws ConfigurationError naming a resource of a type that is neither served nor ignored here
 */
export function readResources(template: Template, sqsEndpoint: string): Resources {
  for (const [id, { Type, Condition }] of Object.entries(template.Resources)) {
    if (ignored.has(Type)) continue;
    if (!isServed(Type)) throw new ConfigurationError(`The local runner doesn't know ${Type} (resource ${id})`);
    if (Condition) throw new ConfigurationError(`The local runner doesn't know conditions (resource ${id})`);
  }
  const scope = scopeOf(template, sqsEndpoint);
  const outputs = Object.entries(template.Outputs).map(([name, { Value }]) => [name, resolve(Value, scope)] as const);
  return {
    of: (type) =>
      Object.entries(template.Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, resource]) => ({ id, properties: resolve(resource.Properties, scope) })),
    outputs: new Map(outputs.map(([name, value]) => [name, String(value)])),
  };
}

function isServed(type: string): type is ServedType {
  return servedTypes.some((known) => known === type);
}

const pseudoParameters: Record<string, string> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/local/local`,
  'AWS::StackName': 'local',
  'AWS::URLSuffix': suffix,
};

function scopeOf(template: Template, sqsEndpoint: string): Scope {
  const attributes = (id: string): Record<string, string> | undefined => {
    const resource = template.Resources[id];
    return resource && attributesOf(id, resource, sqsEndpoint);
  };
  const isIgnored = (id: string) => ignored.has(template.Resources[id]?.Type ?? '');
  return {
    ref: (name) => pseudoParameters[name] ?? template.Parameters[name]?.Default ?? attributes(name)?.Ref,
    attribute: (id, name) => attributes(id)?.[name] ?? (isIgnored(id) ? `${id}.${name}` : undefined),
  };
}

type TemplateResource = Template['Resources'][string];
const stateMachineSchema = z.object({ StateMachineName: z.string().optional() });

/** Names and ARNs are derived from the template alone, so that they stay the same after a restart. */
function attributesOf(id: string, resource: TemplateResource, sqsEndpoint: string): Record<string, string> {
  const arn = (service: string, name: string) => `arn:aws:${service}:${region}:${account}:${name}`;
  switch (resource.Type) {
    case 'AWS::ApiGatewayV2::Api':
      return { Ref: id, ApiEndpoint: `${endpointScheme(resource.Properties)}://${id}.execute-api.${region}.${suffix}` };
    case 'AWS::CloudFront::Distribution':
      return { Ref: id, DomainName: `${id}.cloudfront.net` };
    case 'AWS::CloudFront::Function':
      return { Ref: id, FunctionARN: arn('cloudfront', `function/${id}`) };
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return { Ref: id, Arn: arn('dynamodb', `table/${id}`) };
    case 'AWS::EC2::SecurityGroup':
      return { Ref: id, GroupId: id };
    case 'AWS::ECS::TaskDefinition':
      return { Ref: arn('ecs', `task-definition/${id}`) };
    case 'AWS::Events::EventBus':
      return { Ref: id, Arn: arn('events', `event-bus/${id}`), Name: id };
    case 'AWS::Lambda::Function':
      return { Ref: id, Arn: arn('lambda', `function:${id}`) };
    case 'AWS::S3::Bucket':
      return {
        Ref: bucketName(id),
        Arn: `arn:aws:s3:::${bucketName(id)}`,
        RegionalDomainName: `${bucketName(id)}.s3.${region}.${suffix}`,
      };
    case 'AWS::SQS::Queue':
      return { Ref: `${sqsEndpoint}/${account}/${id}`, Arn: arn('sqs', id), QueueName: id };
    case 'AWS::SecretsManager::Secret':
      return { Ref: arn('secretsmanager', `secret:${id}-aaaaaa`), Id: arn('secretsmanager', `secret:${id}-aaaaaa`) };
    case 'AWS::StepFunctions::StateMachine': {
      const name = stateMachineName(id, resource.Properties);
      return { Ref: arn('states', `stateMachine:${name}`), Arn: arn('states', `stateMachine:${name}`), Name: name };
    }
    default:
      return { Ref: id, Arn: arn('ignored', id) };
  }
}

const apiSchema = z.object({ ProtocolType: z.string() });

const endpointScheme = (properties: Json): string =>
  apiSchema.parse(properties).ProtocolType === 'WEBSOCKET' ? 'wss' : 'https';

/** A bucket's name is lower case and at most 63 characters long. */
export function bucketName(id: string): string {
  return id.toLowerCase().slice(-63);
}

/** State machines may have a given name, so that their ARN is known before they are created. */
export function stateMachineName(id: string, properties: Json): string {
  return stateMachineSchema.parse(properties).StateMachineName ?? id;
}

/** The name of a table, queue, function, event bus, secret, task definition or state machine from its ARN or URL. */
export function nameOf(reference: string): string {
  return (
    reference
      .split(/[:/]/)
      .at(-1)
      ?.replace(/-aaaaaa$/, '') ?? reference
  );
}
