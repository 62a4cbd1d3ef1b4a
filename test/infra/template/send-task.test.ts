import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Rights, rightsOf, rightsOfRole, rightsOfTask } from './read-rights.ts';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize({ logRetentionDays: '30' });
const { properties } = synthesis.task;
const only = (type: string) => Object.values(synthesis.resources(type))[0]?.Properties;
const container = z.object({ ContainerDefinitions: z.tuple([z.record(z.string(), z.unknown())]) }).parse(properties)
  .ContainerDefinitions[0];
const environment = Object.fromEntries(
  z
    .array(z.object({ Name: z.string(), Value: z.unknown() }))
    .parse(container.Environment)
    .map(({ Name, Value }) => [Name, Value]),
);

describe('the network of the task', () => {
  it('lets nobody in, and out by TLS alone', () => {
    expect(Object.keys(synthesis.resources('AWS::EC2::SecurityGroup'))).toHaveLength(1);
    const { SecurityGroupEgress, ...rest } = only('AWS::EC2::SecurityGroup') ?? {};
    expect(SecurityGroupEgress).toEqual([{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }]);
    expect(rest).not.toHaveProperty('SecurityGroupIngress');
  });

  it("lets out to the portal's port, when that is another", () => {
    const other = synthesize({ portalUrl: 'https://dst.example:8443/HPCApi' });
    const [group] = Object.values(other.resources('AWS::EC2::SecurityGroup'));
    expect(group?.Properties.SecurityGroupEgress).toMatchObject([{ FromPort: 443 }, { FromPort: 8443, ToPort: 8443 }]);
  });

  it('has nothing in it that costs by the hour: no NAT, no endpoints, no addresses of its own', () => {
    const types = Object.values(
      z.record(z.string(), z.object({ Type: z.string() })).parse(synthesis.template.toJSON().Resources),
    ).map(({ Type }) => Type);
    expect([...new Set(types.filter((type) => /^AWS::(EC2|ECS)::/.test(type)))].sort()).toEqual([
      'AWS::EC2::InternetGateway',
      'AWS::EC2::Route',
      'AWS::EC2::RouteTable',
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::Subnet',
      'AWS::EC2::SubnetRouteTableAssociation',
      'AWS::EC2::VPC',
      'AWS::EC2::VPCGatewayAttachment',
      'AWS::ECS::Cluster',
      'AWS::ECS::TaskDefinition',
    ]);
    expect(types.filter((type) => /^Custom::(?!CDKBucketDeployment)|CustomResource/.test(type))).toEqual([]);
  });
});

describe('the task', () => {
  it('is a small one on Fargate, on ARM', () => {
    expect(properties).toMatchObject({
      RequiresCompatibilities: ['FARGATE'],
      NetworkMode: 'awsvpc',
      Cpu: '512',
      Memory: '1024',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  it('runs a public image of Node by its digest, as a user without rights', () => {
    expect(container.Image).toMatch(/^public\.ecr\.aws\/docker\/library\/node@sha256:[0-9a-f]{64}$/);
    expect(container.User).toBe('node');
  });

  it('has a command that CloudFormation takes as it is', () => {
    const [node, ...options] = z.array(z.string()).parse(container.Command);
    expect([node, ...options.slice(0, 2)]).toEqual(['node', '--input-type=module', '--eval']);
    expect(options[2]).not.toContain('${');
  });

  it('has the variables of send-file, where its program is, and no secret', () => {
    const { AWS_REGION, PROGRAM_URL, PROGRAM_SHA256, ...others } = environment;
    expect(AWS_REGION).toEqual({ Ref: 'AWS::Region' });
    expect(JSON.stringify(PROGRAM_URL)).toMatch(/https:\/\/s3\..*\/[0-9a-f]{64}\.mjs/);
    expect(PROGRAM_SHA256).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual(synthesis.environment('files/send-file'));
  });

  it('writes to a log group of its own, which forgets', () => {
    const { LogDriver, Options } = z
      .object({
        LogDriver: z.string(),
        Options: z.looseObject({ 'awslogs-group': z.object({ Ref: z.string() }) }),
      })
      .parse(container.LogConfiguration);
    expect(LogDriver).toBe('awslogs');
    const group = synthesis.resources('AWS::Logs::LogGroup')[Options['awslogs-group'].Ref];
    expect(group?.Properties.RetentionInDays).toBe(30);
  });
});

describe('the rights of the task', () => {
  const roleOf = (name: 'TaskRoleArn' | 'ExecutionRoleArn') => properties[name];

  it('are those of send-file, to read its own code, and to tell what came of it', () => {
    const { 'own logs': _logs, '*': _traces, ...sending } = rightsOf(synthesis, 'files/send-file');
    const machine = 'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:stateMachine:dst-gateway-transfer';
    const { [machine]: telling, ...rights } = rightsOfTask(synthesis);
    const [code = ''] = Object.keys(rights).filter((resource) => resource.endsWith('.mjs'));

    expect(rights).toEqual({ ...sending, [code]: ['s3:GetObject'] } satisfies Rights);
    expect(telling).toEqual(['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess']);
  });

  it("to be started are to write its log, for the image is anybody's", () => {
    const logs = Object.keys(synthesis.resources('AWS::Logs::LogGroup')).filter((id) => /SendTask/.test(id));
    expect(rightsOfRole(synthesis, roleOf('ExecutionRoleArn'))).toEqual({
      [logs[0] ?? '']: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
  });

  it('are given to ECS alone', () => {
    const roles = synthesis.resources('AWS::IAM::Role');
    for (const name of ['TaskRoleArn', 'ExecutionRoleArn'] as const) {
      const { 'Fn::GetAtt': get } = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).parse(roleOf(name));
      expect(JSON.stringify(roles[get[0]]?.Properties.AssumeRolePolicyDocument)).toContain(
        '"Principal":{"Service":"ecs-tasks.amazonaws.com"}',
      );
    }
  });
});
