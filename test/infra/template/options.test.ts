import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../../infra/settings.ts';
import { stackNameOf } from '../../../infra/stack.ts';
import { allOptions } from './nag.ts';
import { policies } from './read-rights.ts';
import { allFunctions, type Synthesis, synthesize } from './synthesis.ts';

const statement = z.object({
  Effect: z.string(),
  Principal: z.unknown(),
  Action: z.unknown(),
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});

/** Statements of the policy of the bucket of files, except that for TLS. */
function bucketPolicy(synthesis: Synthesis) {
  const bucket = synthesis.idOf('FilesBucket');
  const policy = z.object({
    Bucket: z.object({ Ref: z.string() }),
    PolicyDocument: z.object({ Statement: z.array(statement) }),
  });
  return Object.values(synthesis.resources('AWS::S3::BucketPolicy'))
    .map(({ Properties }) => policy.parse(Properties))
    .filter(({ Bucket }) => Bucket.Ref === bucket)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow');
}

const isName = /^(Name|Family|(?!Metric).*[a-z]Name)$/;
const named = z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });

const idsOf = (synthesis: Synthesis, type: string) => Object.keys(synthesis.resources(type));

describe('without a portal', () => {
  const rulesOf = ({ template }: Synthesis) => Object.keys(template.toJSON().Rules ?? {});
  const missing = /There is no portal yet: give it as -c portalUrl=/;

  it('the app is synthesized, for what needs no portal, and CloudFormation refuses to deploy it', () => {
    const synthesis = synthesize();
    expect(synthesis.errors).toEqual([]);
    const { Rules } = synthesis.template.toJSON();
    const [{ Assert, AssertDescription }] = Rules.PortalUrlIsGiven.Assertions;
    expect(AssertDescription).toMatch(missing);
    const [one, other] = Assert['Fn::Equals'];
    expect(one).not.toBe(other);
  });

  it.each([{ centre: 'kbh' }, { stage: 'test' }])(
    'the synthesis fails that is of a gateway of its own: %o',
    (settings) => {
      expect(synthesize(settings).errors).toEqual([expect.stringMatching(missing)]);
    },
  );

  it('nothing is said that is given', () => {
    const synthesis = synthesize({ centre: 'kbh', portalUrl: 'https://dst.example/HPCApi' });
    expect(synthesis.errors).toEqual([]);
    expect(rulesOf(synthesis)).not.toContain('PortalUrlIsGiven');
  });
});

describe('by default', () => {
  const synthesis = synthesize();

  it('nobody may read files but the gateway', () => {
    expect(bucketPolicy(synthesis)).toEqual([]);
  });

  it('what holds data outlives the stack, and what other APIs of the account use, and nothing else does', () => {
    const all = z.record(z.string(), z.object({ Type: z.string(), DeletionPolicy: z.string().optional() }));
    const kept = Object.values(all.parse(synthesis.template.toJSON().Resources))
      .filter(({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate')
      .map(({ Type }) => Type);
    expect(new Set(kept)).toEqual(
      new Set([
        ...['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret'],
        ...['AWS::ApiGateway::Account', 'AWS::IAM::Role'],
      ]),
    );
  });

  it('what outlives the stack has no name of its own, which would be in the way of the next stack', () => {
    const kept = z.record(z.string(), named.extend({ DeletionPolicy: z.string().optional() }));
    for (const { DeletionPolicy, Properties } of Object.values(kept.parse(synthesis.template.toJSON().Resources))) {
      if (DeletionPolicy === 'RetainExceptOnCreate')
        expect(Object.keys(Properties).filter((name) => isName.test(name))).toEqual([]);
    }
  });

  it('nothing is paid by the hour', () => {
    for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::EC2::VPCEndpoint', 'AWS::CloudTrail::Trail']) {
      expect(idsOf(synthesis, type)).toEqual([]);
    }
  });
});

describe('readerRoleArns', () => {
  const [one, two] = ['one', 'two'].map((name) => `arn:aws:iam::123456789012:role/${name}`);
  const synthesis = synthesize({ readerRoleArns: { '1001': [one], '1002': [one, two] } });
  const bucket = { 'Fn::GetAtt': [synthesis.idOf('FilesBucket'), 'Arn'] };
  const reading = (projectNo: string, principal: unknown) => [
    {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 's3:GetObject',
      Resource: { 'Fn::Join': ['', [bucket, `/projects/${projectNo}/files/*`]] },
    },
    {
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 's3:ListBucket',
      Resource: bucket,
      Condition: { StringLike: { 's3:prefix': `projects/${projectNo}/files/*` } },
    },
  ];

  it('may read and list the files of their projects, and no others', () => {
    expect(bucketPolicy(synthesis)).toEqual([...reading('1001', one), ...reading('1002', [one, two])]);
  });

  it('may use the key by way of S3, to read', () => {
    const [key] = Object.values(synthesis.resources('AWS::KMS::Key'));
    const { Statement } = z.object({ Statement: z.array(statement) }).parse(key?.Properties.KeyPolicy);
    const [, ...foreign] = Statement.filter(({ Principal }) => JSON.stringify(Principal).includes('"AWS"'));
    expect(foreign).toMatchObject([{ Action: 'kms:Decrypt', Principal: { AWS: [one, two] } }]);
    expect(JSON.stringify(foreign[0]?.Condition)).toMatch(/kms:ViaService.*s3\./);
  });
});

describe('with a network', () => {
  const synthesis = synthesize({ vpc: true });

  it('all functions and the task work inside, and go out by one address, which the stack tells', () => {
    for (const entry of allFunctions) {
      const { SubnetIds } = z
        .object({ SubnetIds: z.array(z.unknown()) })
        .parse(synthesis.lambda(entry).properties.VpcConfig);
      expect(SubnetIds).toHaveLength(2);
    }
    expect(JSON.stringify(synthesis.resources('AWS::StepFunctions::StateMachine'))).toContain('DISABLED');
    const [address] = idsOf(synthesis, 'AWS::EC2::EIP');
    expect(synthesis.output('EgressAddress')).toEqual({ 'Fn::GetAtt': [address, 'PublicIp'] });
    expect(idsOf(synthesis, 'AWS::EC2::NatGateway')).toHaveLength(1);
  });

  it('nothing gets in but to the endpoints, from within', () => {
    const groups = Object.entries(synthesis.resources('AWS::EC2::SecurityGroup'));
    const open = groups.filter(([, { Properties }]) => Properties.SecurityGroupIngress);
    const [own] = groups.filter(([, { Properties }]) => !Properties.SecurityGroupIngress).map(([id]) => id);
    expect(open.map(([, { Properties }]) => Properties.SecurityGroupIngress)).toEqual([
      [
        {
          IpProtocol: 'tcp',
          FromPort: 443,
          ToPort: 443,
          SourceSecurityGroupId: { 'Fn::GetAtt': [own, 'GroupId'] },
        },
      ],
    ]);
  });

  it('functions may do what Lambda needs for it, and that is the only right to everything', () => {
    const wide = policies(synthesis)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => Resource.includes('*'))
      .flatMap(({ Action }) => Action);
    expect(new Set(wide.filter((action) => !/^(logs|xray):/.test(action)))).toEqual(
      new Set(
        [
          'AssignPrivateIpAddresses',
          'CreateNetworkInterface',
          'DeleteNetworkInterface',
          'DescribeNetworkInterfaces',
          'DescribeSubnets',
          'UnassignPrivateIpAddresses',
        ].map((action) => `ec2:${action}`),
      ),
    );
  });
});

it('the functions in a network reach the portal and the SLURM clusters of workspaces, at whichever port', () => {
  const cluster = (name: string, root_url: string) => ({
    name,
    resource_type: 'slurm',
    capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 4_096, max_time_minutes: 60 },
    connection_details: { root_url, version: 'v0.0.40', user: 'jobs', token_secret: 'arn:aws:secretsmanager:1' },
  });
  const available_resources = {
    one: cluster('One', 'http://slurm.centre.example:6820'),
    two: cluster('Two', 'http://slurm.centre.example'),
  };
  const synthesis = synthesize({
    vpc: true,
    portalUrl: 'https://portal.example:8443/HPCApi',
    workspaces: { available_resources },
  });
  const groups = Object.values(synthesis.resources('AWS::EC2::SecurityGroup'));
  const outgoing = groups.flatMap(({ Properties }) =>
    z
      .array(z.object({ CidrIp: z.string(), FromPort: z.number() }))
      .catch([])
      .parse(Properties.SecurityGroupEgress),
  );
  const everywhere = outgoing.filter(({ CidrIp }) => CidrIp === '0.0.0.0/0').map(({ FromPort }) => FromPort);
  expect(everywhere.toSorted((one, other) => one - other)).toEqual([80, 443, 6_820, 8_443]);
});

describe('switching the network of a stack', () => {
  const both = [synthesize({ vpc: false }), synthesize({ vpc: true })] as const;
  const networkOf = (synthesis: Synthesis, type: string) =>
    Object.entries(synthesis.resources(type)).map(([id, { Properties }]) => ({
      id,
      block: String(Properties.CidrBlock),
    }));

  it('keeps the VPC, which the ranges of all subnets lie in', () => {
    const [vpcs, others] = both.map((synthesis) => networkOf(synthesis, 'AWS::EC2::VPC'));
    expect(others).toEqual(vpcs);
    for (const { block } of both.flatMap((synthesis) => networkOf(synthesis, 'AWS::EC2::Subnet'))) {
      expect(overlap(block, vpcs?.[0]?.block ?? ''), block).toBe(true);
    }
  });

  it('finds room for the new subnets beside the old ones, which go last', () => {
    const subnets = both.flatMap((synthesis) => networkOf(synthesis, 'AWS::EC2::Subnet'));
    expect(new Set(subnets.map(({ id }) => id)).size).toBe(subnets.length);
    for (const [index, { block }] of subnets.entries()) {
      for (const other of subnets.slice(index + 1)) expect(overlap(block, other.block), other.block).toBe(false);
    }
  });

  /** Whether two ranges of IPv4 addresses have one in common. */
  function overlap(one: string, other: string): boolean {
    const [oneFirst, oneLast] = rangeOf(one);
    const [otherFirst, otherLast] = rangeOf(other);
    return oneFirst <= otherLast && otherFirst <= oneLast;
  }

  /** The first and the last address of a block, as numbers. */
  function rangeOf(block: string): [number, number] {
    const [address = '', length] = block.split('/');
    const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return [first, first + 2 ** (32 - Number(length)) - 1];
  }
});

describe('with the other options', () => {
  const synthesis = synthesize(allOptions);

  it('a trail tells of every access to files, in a bucket that outlives the stack', () => {
    const [trail] = Object.values(synthesis.resources('AWS::CloudTrail::Trail'));
    const files = { 'Fn::GetAtt': [synthesis.idOf('FilesBucket'), 'Arn'] };
    expect(trail?.Properties).toMatchObject({
      EnableLogFileValidation: true,
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: false,
          DataResources: [{ Type: 'AWS::S3::Object', Values: [{ 'Fn::Join': ['', [files, '/']] }] }],
        },
      ],
    });
    const bucket = synthesis.resources('AWS::S3::Bucket')[synthesis.idOf('AuditBucket')];
    expect(bucket).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { PublicAccessBlockConfiguration: {} },
    });
  });

  it('every role has the boundary', () => {
    for (const { Properties } of Object.values(synthesis.resources('AWS::IAM::Role'))) {
      expect(Properties.PermissionsBoundary).toBe(allOptions.permissionsBoundary);
    }
  });
});

describe('stacks in one account', () => {
  const pairs = [
    {},
    { centre: 'kbh' },
    { centre: 'kbh', stage: 'test' },
    { centre: 'kbh-test' },
    { centre: 'centre', stage: 'test' },
    { centre: 'centre-test' },
  ];

  it('have names of their own, by centre and stage, and so has what they name', () => {
    const names = pairs.map((settings) => stackNameOf(parseSettings(settings)));
    expect(new Set(names).size).toBe(pairs.length);
    expect(names[0]).toBe('dst-gateway');

    const ofOne = namedBy({ centre: 'kbh', ...allOptions });
    // Domains are chosen by whoever deploys.
    const domains = { apiDomain: 'api.test.centre.example', liveDomain: 'live.test.centre.example' };
    const ofAnother = namedBy({ centre: 'kbh', stage: 'test', ...allOptions, ...domains });
    expect(ofOne).toContain('AWS::StepFunctions::StateMachine dst-gateway-kbh-production-transfer');
    expect(ofOne.filter((name) => ofAnother.includes(name))).toEqual([]);
  });

  /** Names that an account or a region has only once, according to the template. */
  function namedBy(settings: Record<string, unknown>): string[] {
    const { Resources } = z
      .object({ Resources: z.record(z.string(), named) })
      .parse(synthesize(settings).template.toJSON());
    return (
      Object.values(Resources)
        // Named within their roles and APIs.
        .filter(({ Type }) => !['AWS::IAM::Policy', 'AWS::ApiGatewayV2::Stage'].includes(Type))
        .flatMap(({ Type, Properties }) =>
          Object.entries(Properties)
            .filter(([name]) => isName.test(name))
            .flatMap(([, value]) => (typeof value === 'string' ? `${Type} ${value}` : [])),
        )
    );
  }

  it('are protected against deletion in production', () => {
    const isProtected = (settings: object) => synthesize({ ...settings }).terminationProtection;
    expect(isProtected({})).toBe(true);
    expect(isProtected({ stage: 'test' })).toBe(false);
  });
});

describe('a sender of mail', () => {
  const mailRights = (synthesis: Synthesis) =>
    policies(synthesis).flatMap(({ Roles, PolicyDocument }) =>
      PolicyDocument.Statement.filter(({ Action }) => Action.some((action) => action.startsWith('ses:'))).map(
        (statement) => ({ roles: Roles.length, ...statement }),
      ),
    );

  it('is none by default, and nobody may send', () => {
    expect(mailRights(synthesize())).toEqual([]);
  });

  it('lets one function send, from this address alone', () => {
    const synthesis = synthesize({ mailSender: 'gateway@centre.example', mailLink: 'https://centre.example/orders' });
    const [statement, ...others] = mailRights(synthesis);
    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      roles: 1,
      Action: ['ses:SendEmail'],
      Condition: { StringEquals: { 'ses:FromAddress': 'gateway@centre.example' } },
    });
    expect(JSON.stringify(statement?.Resource)).toMatch(/identity\/centre\.example.*identity\/gateway@centre\.example/);
  });
});

describe('pages that upload files of processes', () => {
  it.each([
    [{}, ['{"Fn::Join":["",["https://",{"Ref":"']],
    [
      { apiOrigins: 'https://console.centre.example' },
      ['{"Fn::Join":["",["https://",{"Ref":"', '"https://console.centre.example"'],
    ],
  ])('are those of the API itself, and with %j others', (settings, origins) => {
    const synthesis = synthesize(settings);
    const cors = z.object({
      CorsConfiguration: z
        .object({
          CorsRules: z.array(z.object({ AllowedOrigins: z.array(z.unknown()), AllowedMethods: z.array(z.string()) })),
        })
        .optional(),
    });
    const buckets = Object.entries(synthesis.resources('AWS::S3::Bucket')).map(
      ([id, { Properties }]) => [id, cors.parse(Properties).CorsConfiguration?.CorsRules] as const,
    );
    const [[id, rules] = [], ...others] = buckets.filter(([, found]) => found !== undefined);
    expect(others).toEqual([]);
    expect(id).toBe(synthesis.idOf('AttachmentsBucket'));
    expect(rules?.[0]?.AllowedMethods).toEqual(['PUT', 'GET']);
    const allowed = rules?.[0]?.AllowedOrigins.map((origin) => JSON.stringify(origin)) ?? [];
    expect(allowed).toHaveLength(origins.length);
    for (const [index, origin] of origins.entries()) expect(allowed[index]).toContain(origin);
  });
});
