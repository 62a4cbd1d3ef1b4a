import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { nameOf, type Resources } from '../resources.ts';

/** AWS's policy that has files cached and compressed. Without a cache nothing is compressed, whatever a behaviour says. */
const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';

const behaviorSchema = z.strictObject({
  PathPattern: z.string().optional(),
  TargetOriginId: z.string(),
  AllowedMethods: z.array(z.string()).default(['GET', 'HEAD']),
  CachePolicyId: z.string(),
  OriginRequestPolicyId: z.string().optional(),
  ResponseHeadersPolicyId: z.string().optional(),
  FunctionAssociations: z
    .array(z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: z.string() }))
    .max(1)
    .default([]),
  Compress: z.boolean(),
  ViewerProtocolPolicy: z.enum(['redirect-to-https', 'https-only']),
});

const distributionSchema = z.object({
  DistributionConfig: z.strictObject({
    CacheBehaviors: z.array(behaviorSchema).default([]),
    DefaultCacheBehavior: behaviorSchema,
    Origins: z.array(
      z.object({
        Id: z.string(),
        DomainName: z.string(),
        S3OriginConfig: z.unknown().optional(),
        OriginCustomHeaders: z.array(z.strictObject({ HeaderName: z.string(), HeaderValue: z.string() })).default([]),
      }),
    ),
    Aliases: z.array(z.string()).optional(),
    ViewerCertificate: z.unknown().optional(),
    Comment: z.string(),
    // Nothing is kept here, so neither are errors.
    CustomErrorResponses: z
      .array(z.strictObject({ ErrorCode: z.number(), ErrorCachingMinTTL: z.literal(0) }))
      .optional(),
    Enabled: z.literal(true),
    HttpVersion: z.string(),
    IPV6Enabled: z.boolean(),
    PriceClass: z.string(),
  }),
});

const headersSchema = z.object({
  ResponseHeadersPolicyConfig: z.strictObject({
    Name: z.string(),
    Comment: z.string().optional(),
    CustomHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string(), Value: z.string() })) }),
    SecurityHeadersConfig: z.strictObject({
      ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string() }),
      ContentTypeOptions: z.object({}),
      FrameOptions: z.object({ FrameOption: z.string() }),
      ReferrerPolicy: z.object({ ReferrerPolicy: z.string() }),
      StrictTransportSecurity: z.object({ AccessControlMaxAgeSec: z.number(), IncludeSubdomains: z.boolean() }),
    }),
  }),
});

const functionSchema = z.object({
  FunctionCode: z.string(),
  FunctionConfig: z.object({ Runtime: z.literal('cloudfront-js-2.0') }),
});

const deploymentSchema = z.object({
  SourceObjectKeys: z.tuple([z.string()]),
  DestinationBucketName: z.string(),
  SystemMetadata: z.record(z.string(), z.string()).default({}),
});

/** Origin that answers a request: files that were put into a bucket, with the headers that they got there, or another server. */
export type DistributionOrigin =
  | { kind: 'files'; folder: string; metadata: Readonly<Record<string, string>> }
  | { kind: 'server'; host: string; customHeaders: Readonly<Record<string, string>> };

export interface Behavior {
  /** Matches a path; none for the default behaviour. */
  pattern: RegExp | undefined;
  methods: readonly string[];
  origin: DistributionOrigin;
  /** Whether files are compressed for clients that take it. */
  compress: boolean;
  /** Headers that each answer gets. */
  headers: Readonly<Record<string, string>>;
  /** Source of the function that sees each request first. */
  viewerRequest: string | undefined;
}

/**
 * The distribution of the template, if it has one.
 *
 * @param assets paths by S3 key
 * @param secrets values by the names of secrets
 * @returns its behaviours, the default one last
 * @throws ConfigurationError when a behaviour leads nowhere
 */
export function readDistribution(
  resources: Resources,
  assets: Map<string, string>,
  secrets: ReadonlyMap<string, string>,
): Behavior[] | undefined {
  const [distribution] = resources.of('AWS::CloudFront::Distribution');
  if (!distribution) return undefined;
  const config = distributionSchema.parse(distribution.properties).DistributionConfig;
  const headers = readHeaders(resources);
  const functions = new Map(
    resources
      .of('AWS::CloudFront::Function')
      .map(({ id, properties }) => [id, functionSchema.parse(properties).FunctionCode]),
  );
  const deployments = resources
    .of('Custom::CDKBucketDeployment')
    .map(({ properties }) => deploymentSchema.parse(properties));
  const origins = new Map(
    config.Origins.map(({ Id, DomainName, S3OriginConfig, OriginCustomHeaders }): [string, DistributionOrigin] => {
      if (S3OriginConfig === undefined) {
        const customHeaders = Object.fromEntries(
          OriginCustomHeaders.map(({ HeaderName, HeaderValue }) => [
            HeaderName.toLowerCase(),
            resolveSecrets(HeaderValue, secrets),
          ]),
        );
        return [Id, { kind: 'server', host: DomainName, customHeaders }];
      }
      const [bucket] = DomainName.split('.');
      const put = deployments.find(({ DestinationBucketName }) => DestinationBucketName === bucket);
      const folder = put && assets.get(put.SourceObjectKeys[0]);
      if (folder === undefined) throw new ConfigurationError(`Nothing is put into the bucket ${bucket}`);
      return [Id, { kind: 'files', folder, metadata: put?.SystemMetadata ?? {} }];
    }),
  );
  return [...config.CacheBehaviors, config.DefaultCacheBehavior].map((behavior) => {
    const origin = origins.get(behavior.TargetOriginId);
    if (!origin) throw new ConfigurationError(`A behaviour leads to ${behavior.TargetOriginId}, which is no origin`);
    const [association] = behavior.FunctionAssociations;
    return {
      pattern: behavior.PathPattern === undefined ? undefined : patternOf(behavior.PathPattern),
      methods: behavior.AllowedMethods,
      origin,
      compress: behavior.Compress && behavior.CachePolicyId === cachingOptimized,
      headers: headers.get(behavior.ResponseHeadersPolicyId ?? '') ?? {},
      viewerRequest: association && functions.get(nameOf(association.FunctionARN)),
    };
  });
}

/** Replaces CloudFormation's dynamic references to whole secrets (user guide, "Get a secret or secret value from Secrets Manager"). */
function resolveSecrets(text: string, secrets: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{\{resolve:secretsmanager:(arn:[^}]*?):SecretString:::\}\}/g, (_reference, arn: string) => {
    const value = secrets.get(nameOf(arn));
    if (value === undefined) throw new ConfigurationError(`The secret ${nameOf(arn)} has no value`);
    return value;
  });
}

/** Path patterns have `*` for any characters and `?` for one; a slash at the beginning may be left out. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.replace(/^\//, '').split(/([*?])/);
  const source = parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : RegExp.escape(part))).join('');
  return new RegExp(`^/${source}$`);
}

function readHeaders(resources: Resources): Map<string, Record<string, string>> {
  return new Map(
    resources.of('AWS::CloudFront::ResponseHeadersPolicy').map(({ id, properties }) => {
      const { CustomHeadersConfig, SecurityHeadersConfig: security } =
        headersSchema.parse(properties).ResponseHeadersPolicyConfig;
      const { AccessControlMaxAgeSec, IncludeSubdomains } = security.StrictTransportSecurity;
      const headers = {
        'content-security-policy': security.ContentSecurityPolicy.ContentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'x-frame-options': security.FrameOptions.FrameOption,
        'referrer-policy': security.ReferrerPolicy.ReferrerPolicy,
        'strict-transport-security': `max-age=${AccessControlMaxAgeSec}${IncludeSubdomains ? '; includeSubDomains' : ''}`,
        ...Object.fromEntries(CustomHeadersConfig.Items.map(({ Header, Value }) => [Header.toLowerCase(), Value])),
      };
      return [id, headers];
    }),
  );
}
