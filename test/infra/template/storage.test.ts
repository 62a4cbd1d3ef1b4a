import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize();
const { template } = synthesis;
const key = { 'Fn::GetAtt': [synthesis.idOf('EncryptionKey'), 'Arn'] };

describe('the key', () => {
  const [[, own] = []] = Object.entries(synthesis.resources('AWS::KMS::Key'));
  const statements = z
    .array(
      z.object({
        Principal: z.record(z.string(), z.unknown()),
        Action: z.unknown(),
        Condition: z.unknown().optional(),
      }),
    )
    .parse(z.object({ Statement: z.unknown() }).parse(own?.Properties.KeyPolicy).Statement);

  it('is one, changes every year, and outlives the stack as the data does', () => {
    expect(Object.keys(synthesis.resources('AWS::KMS::Key'))).toEqual([synthesis.idOf('EncryptionKey')]);
    expect(own?.Properties.EnableKeyRotation).toBe(true);
    expect(own).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('is used by services of AWS for this account alone, and by nobody else without a right of their own', () => {
    const [owner, ...others] = statements;
    expect(JSON.stringify(owner?.Principal)).toContain(':root');
    for (const { Principal, Action, Condition } of others) {
      expect(Object.keys(Principal)).toEqual(['Service']);
      // Describing a key is no use of it.
      if (Action !== 'kms:DescribeKey') expect(JSON.stringify(Condition)).toContain('AWS::AccountId');
    }
  });
});

describe('tables', () => {
  const keys = {
    Projects: { projectNo: 'S' },
    Members: { projectNo: 'S', member: 'S' },
    Users: { accessIdentifier: 'S' },
    Messages: { messageId: 'S' },
    Lines: { line: 'S', position: 'S' },
    Files: { fileId: 'S' },
    History: { subject: 'S', sequence: 'N' },
    Unpublished: { subject: 'S', sequence: 'N' },
    Incidents: { incidentId: 'S' },
    Control: { name: 'S' },
    Accounts: { account: 'S' },
    Sessions: { sessionId: 'S' },
    Attempts: { subject: 'S' },
    Connections: { connectionId: 'S' },
    Subscriptions: { channel: 'S', subscriber: 'S' },
    Channels: { channel: 'S', offset: 'N' },
    Processes: { scope: 'S', item: 'S' },
    Workspaces: { scope: 'S', item: 'S' },
  };
  const indexes: Record<string, { name: string; keys: Record<string, string> }> = {
    Accounts: { name: 'organizations', keys: { kind: 'S', account: 'S' } },
    History: { name: 'byProject', keys: { projectNo: 'S', at: 'N' } },
    Sessions: { name: 'byAccount', keys: { account: 'S', createdAt: 'N' } },
  };
  const tables = synthesis.resources('AWS::DynamoDB::Table');

  it('are those of the design, and no others', () => {
    expect(Object.keys(tables).sort()).toEqual(
      Object.keys(keys)
        .map((name) => synthesis.idOf(`${name}Table`))
        .sort(),
    );
  });

  it.each(Object.entries(keys))('%s has its key, and no index to lag behind it but those for people', (name, key) => {
    const properties = tables[synthesis.idOf(`${name}Table`)]?.Properties;
    const kinds = ['HASH', 'RANGE'];

    expect(properties?.KeySchema).toEqual(
      Object.keys(key).map((attribute, index) => ({ AttributeName: attribute, KeyType: kinds[index] })),
    );
    const attributes = { ...key, ...indexes[name]?.keys };
    expect(properties?.AttributeDefinitions).toEqual(
      Object.entries(attributes).map(([attribute, type]) => ({ AttributeName: attribute, AttributeType: type })),
    );
    const index = {
      IndexName: indexes[name]?.name,
      KeySchema: Object.keys(indexes[name]?.keys ?? {}).map((attribute, at) => ({
        AttributeName: attribute,
        KeyType: kinds[at],
      })),
      Projection: { ProjectionType: 'ALL' },
    };
    expect(properties?.GlobalSecondaryIndexes).toEqual(indexes[name] && [index]);
    expect(properties).not.toHaveProperty('LocalSecondaryIndexes');
    expect(properties).not.toHaveProperty('StreamSpecification');
  });

  it.each(Object.entries(tables))(
    '%s is on demand, encrypted, restorable to any second, named by CloudFormation, and outlives the stack',
    (_id, table) => {
      expect(table).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
      expect(table.Properties).not.toHaveProperty('TableName');
    },
  );

  it('forget nothing but messages, sessions, tries to sign in, tickets, what is live, and what was missed in processes', () => {
    const expiring = Object.entries(tables).filter(([, table]) => table.Properties.TimeToLiveSpecification);

    const expected: unknown[] = [
      'Attempts',
      'Channels',
      'Connections',
      'Messages',
      'Sessions',
      'Subscriptions',
      'Workspaces',
    ].map((name) => [synthesis.idOf(`${name}Table`), { AttributeName: 'expiresAt', Enabled: true }]);
    expected.push([synthesis.idOf('ProcessesTable'), { AttributeName: 'removeAt', Enabled: true }]);
    expect(expiring.map(([id, table]) => [id, table.Properties.TimeToLiveSpecification]).sort()).toEqual(
      expected.sort(),
    );
  });
});

/** The bucket of the console's page, which comes with each deployment. */
const [pageBucket = ''] = Object.keys(synthesis.resources('AWS::S3::Bucket')).filter((id) => id.startsWith('Console'));
const blocked = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };

describe('buckets', () => {
  const { [pageBucket]: page, ...buckets } = synthesis.resources('AWS::S3::Bucket');
  const abandoned = { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } };

  it('are files, internal, attachments and workspaces, the one of the page, and no others', () => {
    expect(page).toMatchObject({ DeletionPolicy: 'Delete', Properties: { PublicAccessBlockConfiguration: blocked } });
    expect(Object.keys(buckets).sort()).toEqual(
      ['Files', 'Internal', 'Attachments', 'Workspaces'].map((name) => synthesis.idOf(`${name}Bucket`)).sort(),
    );
  });

  it.each(Object.entries(buckets))('%s is private, encrypted, and outlives the stack', (_id, bucket) => {
    expect(bucket).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: blocked,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
          ],
        },
      },
    });
  });

  it.each(Object.keys(buckets))('%s refuses what does not come over TLS, and grants nothing by itself', (id) => {
    const arn = { 'Fn::GetAtt': [id, 'Arn'] };
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: id },
      PolicyDocument: {
        Statement: [
          {
            Action: 's3:*',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
          },
        ],
        Version: Match.anyValue(),
      },
    });
  });

  it('of files has no versions, so that what is deleted is gone, and drops abandoned uploads after 7 days', () => {
    const properties = buckets[synthesis.idOf('FilesBucket')]?.Properties;

    expect(properties).not.toHaveProperty('VersioningConfiguration');
    expect(properties?.LifecycleConfiguration).toEqual({ Rules: [expect.objectContaining(abandoned)] });
  });

  it('of message data forgets after 400 days, as the table of messages may', () => {
    const properties = buckets[synthesis.idOf('InternalBucket')]?.Properties;

    expect(properties).not.toHaveProperty('VersioningConfiguration');
    expect(properties?.LifecycleConfiguration).toEqual({
      Rules: [
        expect.objectContaining(abandoned),
        expect.objectContaining({ Status: 'Enabled', ExpirationInDays: 400 }),
      ],
    });
  });
});

describe('secrets', () => {
  const secrets = synthesis.resources('AWS::SecretsManager::Secret');

  it('are the API key, the password keys, the first admin and the signing keys, and outlive the stack', () => {
    const { [synthesis.idOf('OriginVerifySecret')]: _ofDistribution, ...outliving } = secrets;
    expect(Object.keys(outliving).sort()).toEqual(
      ['PortalApiKeySecret', 'PasswordSecret', 'FirstAdminSecret', 'SigningKeysSecret']
        .map((name) => synthesis.idOf(name))
        .sort(),
    );
    for (const secret of Object.values(outliving)) {
      expect(secret).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: { KmsKeyId: key },
      });
    }
  });

  it('are made and removed with the distribution when CloudFront adds them to requests', () => {
    expect(secrets[synthesis.idOf('OriginVerifySecret')]).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { KmsKeyId: key, GenerateSecretString: { PasswordLength: 64 } },
    });
  });

  it('of the API key have no value until the operator puts one, by the command that the stack prints', () => {
    const properties = secrets[synthesis.idOf('PortalApiKeySecret')]?.Properties;

    expect(properties).not.toHaveProperty('SecretString');
    expect(properties).not.toHaveProperty('GenerateSecretString');
    expect(synthesis.output('PutPortalApiKey')).toEqual({
      'Fn::Join': [
        '',
        [
          'aws secretsmanager put-secret-value --secret-id ',
          { Ref: synthesis.idOf('PortalApiKeySecret') },
          ' --secret-string file://portal-api-key.txt',
        ],
      ],
    });
  });

  it('of signing keys have no value until an operator makes the first, by the command that the stack prints', () => {
    const properties = secrets[synthesis.idOf('SigningKeysSecret')]?.Properties;

    expect(properties).not.toHaveProperty('SecretString');
    expect(properties).not.toHaveProperty('GenerateSecretString');
    expect(synthesis.output('MakeSigningKey')).toMatch(/^npm run operator -- signing-keys rotate --stack \S+ --reason/);
  });

  it('of passwords are generated once, with key 1 as the current one', () => {
    expect(secrets[synthesis.idOf('PasswordSecret')]?.Properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{"current":"1"}',
      GenerateStringKey: '1',
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
  });
});
