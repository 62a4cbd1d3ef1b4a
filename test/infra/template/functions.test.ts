import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  liveTableVariables,
  processTableVariables,
  tableVariables,
  workspaceTableVariables,
} from '../../../shared/platform/tables.ts';
import { allFunctions, jobFunctions, messageFunctions, synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize({ logRetentionDays: '30' });
const { template } = synthesis;

describe('functions', () => {
  it('are those of the design, and no others', () => {
    // The function that puts the console into its bucket is CDK's own.
    const lambdas = Object.entries(synthesis.resources('AWS::Lambda::Function')).flatMap(([id, each]) =>
      id.startsWith('CustomCDKBucketDeployment') ? [] : each,
    );
    expect(lambdas.map(({ Properties }) => Properties.Description).sort()).toEqual(allFunctions);
  });

  const sizes: Record<string, { MemorySize: number; Timeout: number }> = {
    'messages/poll': { MemorySize: 512, Timeout: 300 },
    ...Object.fromEntries(Object.values(messageFunctions).map((entry) => [entry, { MemorySize: 256, Timeout: 30 }])),
    'files/prepare-transfer': { MemorySize: 256, Timeout: 30 },
    'files/copy-files': { MemorySize: 1769, Timeout: 900 },
    'files/send-file': { MemorySize: 512, Timeout: 900 },
    'files/complete-transfer': { MemorySize: 256, Timeout: 360 },
    'files/fail-transfer': { MemorySize: 256, Timeout: 30 },
    'files/register-result': { MemorySize: 256, Timeout: 30 },
    'files/sweep-outbox': { MemorySize: 256, Timeout: 300 },
    'processes/sweep': { MemorySize: 256, Timeout: 300 },
    'workspaces/sweep': { MemorySize: 256, Timeout: 300 },
    'workspaces/launch-job': { MemorySize: 512, Timeout: 900 },
    'workspaces/watch-job': { MemorySize: 256, Timeout: 60 },
    'workspaces/end-job': { MemorySize: 512, Timeout: 900 },
    'processes/do-work': { MemorySize: 512, Timeout: 900 },
    'processes/fail-work': { MemorySize: 256, Timeout: 30 },
    'history/publish-events': { MemorySize: 256, Timeout: 60 },
    'users/take-one-time-password': { MemorySize: 256, Timeout: 30 },
  };

  describe.each(allFunctions)('%s', (entry) => {
    const { id, properties } = synthesis.lambda(entry);

    it('runs on Node 24 on ARM, with the memory and time of the design', () => {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        ...sizes[entry],
      });
    });

    it('reserves no concurrency: a new account may have only 10', () => {
      expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
    });

    it('writes to a log group of its own, which forgets', () => {
      const { LogGroup } = z.object({ LogGroup: z.object({ Ref: z.string() }) }).parse(properties.LoggingConfig);
      const others = allFunctions.filter((other) => other !== entry).map((other) => synthesis.lambda(other).properties);

      expect(synthesis.resources('AWS::Logs::LogGroup')[LogGroup.Ref]?.Properties).toMatchObject({
        RetentionInDays: 30,
        KmsKeyId: { 'Fn::GetAtt': [synthesis.idOf('EncryptionKey'), 'Arn'] },
      });
      expect(JSON.stringify(others)).not.toContain(LogGroup.Ref);
    });

    it('has a role of its own', () => {
      const role = JSON.stringify(properties.Role);
      const sharing = Object.values(synthesis.resources('AWS::Lambda::Function')).filter(
        ({ Properties }) => JSON.stringify(Properties.Role) === role,
      );
      expect(sharing).toHaveLength(1);
    });

    it('is cut out of a loop with SQS or itself only if it takes no part in one', () => {
      const transfers = ['files/complete-transfer', 'files/fail-transfer'];
      const looping = [...Object.values(messageFunctions), ...transfers, 'live/watch', 'live/api'];
      expect(properties.RecursiveLoop).toBe(looping.includes(entry) ? 'Allow' : 'Terminate');
    });

    it('is in no VPC, and no container image', () => {
      expect(properties).not.toHaveProperty('VpcConfig');
      expect(properties).not.toHaveProperty('PackageType');
      expect(id).toBeTruthy();
    });
  });
});

describe('variables', () => {
  const everywhere = ['POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME', ...Object.values(tableVariables)];
  const portal = ['PORTAL_URL', 'PORTAL_API_KEY_SECRET_ARN'];
  const passwords = ['PASSWORD_SECRET_ARN', 'CENTRE'];
  const transfers = ['TRANSFER_STATE_MACHINE_ARN', 'TRANSFER_SLOTS', 'CHECKSUM_TRIES', 'FILES_BUCKET'];
  const pushes = [...Object.values(liveTableVariables), 'LIVE_CALLBACK_URL'];
  const processes = Object.values(processTableVariables);
  const workspaces = [
    ...Object.values(workspaceTableVariables),
    ...['WORKSPACES', 'WORKSPACES_BUCKET', 'JOB_STATE_MACHINE_ARN', 'JOBS_DIRECTORY', 'JOBS_URL'],
  ];
  const endingJobs = ['WORKSPACES_TABLE', 'WORKSPACES_BUCKET', 'JOB_STATE_MACHINE_ARN'];
  const lineWork = [
    ...portal,
    'INTERNAL_BUCKET',
    'QUEUE_URLS',
    'POLL_SECONDS',
    'MAX_ATTEMPTS',
    'MISMATCHES_PER_HOUR',
    'HOLD_MISMATCHES_OF',
    'HOLD_TYPES',
  ];
  const operators = ['INTERNAL_BUCKET', 'QUEUE_URLS', 'PORTAL_URL'];
  const expected: Record<string, string[]> = {
    'accounts/api': [
      ...['HIDE_UNKNOWN_USERS', 'FIRST_ADMIN_SECRET_ARN', 'WEBAUTHN_DOMAIN', 'WEBAUTHN_ORIGINS', 'LIVE_URL'],
      'ORIGIN_VERIFY_SECRET_ARN',
      ...passwords,
      ...processes,
    ],
    ...Object.fromEntries(
      ['api', 'sweep', 'do-work', 'fail-work'].map((name) => [
        `processes/${name}`,
        [
          ...[...processes, ...workspaces, 'ATTACHMENTS_BUCKET', 'FILES_BUCKET', 'PROCESS_WORK_STATE_MACHINE_ARN'],
          ...['MAIL_SENDER', 'MAIL_LINK'],
          // It alone of them has clients.
          ...(name === 'api' ? ['ORIGIN_VERIFY_SECRET_ARN'] : []),
        ],
      ]),
    ),
    'workspaces/api': [...workspaces, 'ORIGIN_VERIFY_SECRET_ARN'],
    'workspaces/sweep': workspaces,
    ...Object.fromEntries(
      jobFunctions.map((entry) => [
        entry,
        [
          ...workspaces,
          'FILES_BUCKET',
          // They tell processes of the end of jobs.
          ...(/watch/.test(entry) ? [] : [...processes, 'PROCESS_WORK_STATE_MACHINE_ARN']),
        ],
      ]),
    ),
    'auth/api': ['HIDE_UNKNOWN_USERS', 'ORIGIN_VERIFY_SECRET_ARN', 'SIGNING_KEYS_SECRET_ARN'],
    'operate/api': operators,
    'operate/decide': [...operators, 'POLL_FUNCTION'],
    'operate/compare': [...portal, 'INTERNAL_BUCKET', 'FILES_BUCKET'],
    'live/api': [...pushes, 'LIVE_WATCH_FUNCTION', ...processes],
    'live/watch': pushes,
    'messages/poll': [...lineWork, ...transfers, 'STRICT_MESSAGES'],
    'projects/create-project': [...lineWork, 'FILES_BUCKET', 'READ_PROJECTS'],
    'projects/delete-project': [...lineWork, 'FILES_BUCKET', ...processes, 'ATTACHMENTS_BUCKET', ...endingJobs],
    'users/create-project-access': [...lineWork, ...passwords],
    'users/delete-project-access': [...lineWork, ...endingJobs],
    'users/disable-project-access': [...lineWork, ...endingJobs],
    'users/enable-project-access': [...lineWork],
    'users/reset-password': [...lineWork, ...passwords],
    'files/data-delivery-ready': [...lineWork, ...transfers],
    'files/delete-data-file': [...lineWork, 'FILES_BUCKET'],
    'files/return-data-file': [...lineWork, ...transfers],
    'files/prepare-transfer': ['FILES_BUCKET', 'TASK_ABOVE_BYTES'],
    'files/copy-files': [
      'NODE_OPTIONS',
      ...portal,
      'FILES_BUCKET',
      'RANGES_IN_FLIGHT',
      'MEBIBYTES_IN_FLIGHT',
      'FIRST_BYTE_SECONDS',
      'MIN_BYTES_PER_SECOND',
    ],
    'files/send-file': [...portal, 'FILES_BUCKET', 'LARGE_FILE_ENCODING', 'MAX_FORM_BYTES'],
    'files/complete-transfer': [...lineWork, ...transfers],
    'files/register-result': [...lineWork, ...transfers],
    'files/sweep-outbox': [...lineWork, ...transfers],
    'files/fail-transfer': [...lineWork, ...transfers],
    'history/publish-events': ['EVENT_BUS', ...pushes, 'LIVE_WATCH_FUNCTION'],
    'users/take-one-time-password': [...passwords],
  };

  it.each(allFunctions)('of %s are those that it needs', (entry) => {
    const names = Object.keys(synthesis.environment(entry)).sort();
    expect(names).toEqual([...everywhere, ...(expected[entry] ?? [])].sort());
  });

  it('carry the settings', () => {
    const set = synthesize({
      centre: 'kbh-1',
      portalUrl: 'https://dst.example/HPCApi/',
      pollMinutes: '2',
      strictMessages: 'true',
      holdMismatchesOf: 'CreateProject, ResetPassword',
      holdTypes: 'DeleteProject',
      mismatchesPerHour: '5',
      maxAttempts: '3',
      transferSlots: '4',
      checksumTries: '5',
      firstByteSeconds: '90',
      minBytesPerSecond: '0',
      largeFileEncoding: 'form-data',
      maxFormBytes: '1000',
      taskAboveBytes: '2000',
    });

    expect(set.environment('messages/poll')).toMatchObject({
      PORTAL_URL: 'https://dst.example/HPCApi',
      POLL_SECONDS: '120',
      STRICT_MESSAGES: 'true',
      HOLD_MISMATCHES_OF: 'CreateProject,ResetPassword',
      HOLD_TYPES: 'DeleteProject',
      MISMATCHES_PER_HOUR: '5',
      MAX_ATTEMPTS: '3',
      TRANSFER_SLOTS: '4',
      CHECKSUM_TRIES: '5',
    });
    expect(set.environment('users/reset-password').CENTRE).toBe('kbh-1');
    expect(set.environment('files/send-file')).toMatchObject({
      LARGE_FILE_ENCODING: 'form-data',
      MAX_FORM_BYTES: '1000',
    });
    expect(set.environment('files/copy-files')).toMatchObject({ FIRST_BYTE_SECONDS: '90', MIN_BYTES_PER_SECOND: '0' });
    expect(set.environment('files/prepare-transfer').TASK_ABOVE_BYTES).toBe('2000');
    expect(set.output('PortalUrl')).toBe('https://dst.example/HPCApi');
  });

  it('fit into the 4 KB that Lambda allows, however long the names that CloudFormation gives', () => {
    // Queue names have at most 80 characters, other names here fewer; a region has at most 14 and an account number 12.
    const url = 'https://sqs.ap-southeast-1.amazonaws.com/123456789012/'.padEnd(54 + 80, 'x');
    const name = 'dst-gateway-'.padEnd(80, 'x');
    const arn = 'arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:'.padEnd(58 + 64, 'x');
    const pseudoParameters: Record<string, string> = {
      'AWS::Partition': 'aws-us-gov',
      'AWS::Region': 'ap-southeast-1',
      'AWS::AccountId': '123456789012',
    };
    for (const entry of allFunctions) {
      const text = JSON.stringify(synthesis.environment(entry)).replaceAll(/\{"Ref":"([^"]+)"\}/g, (_, id: string) => {
        if (id.startsWith('AWS::')) return pseudoParameters[id] ?? arn;
        if (/Queue[0-9A-F]{8}$/.test(id)) return url;
        return /(Table|Bucket)[0-9A-F]{8}$/.test(id) ? name : arn;
      });
      expect(text.length, entry).toBeLessThan(4096);
    }
  });

  it('name the tables and buckets that the outputs name', () => {
    const environment = synthesis.environment('projects/delete-project');

    for (const name of [
      'Projects',
      'Members',
      'Users',
      'Messages',
      'Lines',
      'Files',
      'History',
      'Unpublished',
      'Incidents',
      'Control',
    ]) {
      expect(environment[`${name.toUpperCase()}_TABLE`]).toEqual(synthesis.output(`${name}Table`));
    }
    expect(environment.FILES_BUCKET).toEqual(synthesis.output('FilesBucket'));
    expect(environment.INTERNAL_BUCKET).toEqual(synthesis.output('InternalBucket'));
  });

  it('hold no secret: only ARNs of secrets', () => {
    for (const entry of allFunctions) {
      const secrets = Object.entries(synthesis.environment(entry)).filter(([name]) => /SECRET|KEY|PASSWORD/.test(name));
      for (const [name, value] of secrets) {
        expect(name).toMatch(/_SECRET_ARN$/);
        expect(value).toEqual({ Ref: expect.any(String) });
      }
    }
  });
});

describe('log groups', () => {
  it('are one per function, one for the task, each state machine and each API, all with a retention', () => {
    const groups = Object.values(synthesis.resources('AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(allFunctions.length + 6);
    for (const group of groups) expect(group.Properties.RetentionInDays).toBe(30);
  });
});

describe('the stack', () => {
  it('has no kind of resource that the design does not name', () => {
    const types = Object.values(
      z.record(z.string(), z.object({ Type: z.string() })).parse(template.toJSON().Resources),
    );
    expect([...new Set(types.map(({ Type }) => Type))].sort()).toEqual([
      'AWS::ApiGateway::Account',
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::ApiGatewayV2::Stage',
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::Function',
      'AWS::CloudFront::OriginAccessControl',
      'AWS::CloudFront::ResponseHeadersPolicy',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::DynamoDB::Table',
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
      'AWS::Events::Archive',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::KMS::Alias',
      'AWS::KMS::Key',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::LayerVersion',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::Logs::MetricFilter',
      'AWS::Logs::QueryDefinition',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::Schedule',
      'AWS::SecretsManager::Secret',
      'AWS::StepFunctions::StateMachine',
      'Custom::CDKBucketDeployment',
    ]);
  });

  it('has every function of the transfer in its state', () => {
    const machine = JSON.stringify(synthesis.resources('AWS::StepFunctions::StateMachine'));
    for (const entry of Object.values(transferFunctions)) expect(machine).toContain(synthesis.lambda(entry).id);
  });
});
