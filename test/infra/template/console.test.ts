import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize();
const behavior = z.object({
  PathPattern: z.string().optional(),
  TargetOriginId: z.string(),
  FunctionAssociations: z.array(z.object({ FunctionARN: z.unknown() })).default([]),
  ResponseHeadersPolicyId: z.object({ Ref: z.string() }).optional(),
});
const config = z.object({
  Origins: z.array(z.object({ Id: z.string(), OriginCustomHeaders: z.unknown().optional() })),
  CacheBehaviors: z.array(behavior),
  DefaultCacheBehavior: behavior,
  CustomErrorResponses: z.array(z.object({ ErrorCode: z.number(), ErrorCachingMinTTL: z.number() })).default([]),
});

const [distribution] = Object.values(synthesis.resources('AWS::CloudFront::Distribution'));
const { Origins, CacheBehaviors, DefaultCacheBehavior, CustomErrorResponses } = config.parse(
  distribution?.Properties.DistributionConfig,
);
const api = Origins.find(({ OriginCustomHeaders }) => OriginCustomHeaders !== undefined);

/** Types of CloudFront whose names no two of an account may share. */
const named = ['Function', 'ResponseHeadersPolicy', 'OriginAccessControl'].map((type) => `AWS::CloudFront::${type}`);

const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/1';

describe('the distribution of the console', () => {
  it('tells the API that it sends a request, by a secret that is not in the template', () => {
    expect(api?.OriginCustomHeaders).toEqual([
      {
        HeaderName: 'x-origin-verify',
        HeaderValue: {
          'Fn::Join': [
            '',
            ['{{resolve:secretsmanager:', { Ref: synthesis.idOf('OriginVerifySecret') }, ':SecretString:::}}'],
          ],
        },
      },
    ]);
  });

  it("tells the API the viewer's address with each request, whatever its path", () => {
    const toApi = [...CacheBehaviors, DefaultCacheBehavior].filter(({ TargetOriginId }) => TargetOriginId === api?.Id);
    expect(toApi.map(({ PathPattern }) => PathPattern)).toEqual(
      expect.arrayContaining(['accounts/*', 'auth/*', 'operate/*', 'processes/*', 'uws/*']),
    );
    for (const { FunctionAssociations } of toApi) {
      expect(FunctionAssociations).toEqual([
        { FunctionARN: { 'Fn::GetAtt': [expect.stringMatching(/TellViewer/), 'FunctionARN'] } },
      ]);
    }
  });

  it('keeps no error of the API: within ten seconds it would answer others by it, whatever their query and session', () => {
    // Those that CloudFront keeps by itself (Amazon CloudFront developer guide, "HTTP 4xx and 5xx status codes").
    const kept = [404, 405, 414, 500, 501, 502, 503, 504];
    expect(CustomErrorResponses).toEqual(kept.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })));
  });

  it('has browsers keep the files of the page, and not that one is missing', () => {
    const [deployment] = Object.values(synthesis.resources('Custom::CDKBucketDeployment'));
    expect(deployment?.Properties.SystemMetadata).toEqual({ 'cache-control': 'public, max-age=31536000, immutable' });
    const headersOf = ({ ResponseHeadersPolicyId }: z.infer<typeof behavior>) =>
      JSON.stringify(
        synthesis.resources('AWS::CloudFront::ResponseHeadersPolicy')[ResponseHeadersPolicyId?.Ref ?? '']?.Properties,
      );
    const assets = CacheBehaviors.find(({ PathPattern }) => PathPattern === 'assets/*');
    // Headers of a policy are those of errors, too.
    expect(headersOf(behavior.parse(assets))).not.toContain('cache-control');
    expect(headersOf(DefaultCacheBehavior)).toContain('{"Header":"cache-control","Override":true,"Value":"no-cache"}');
  });

  it.each([
    [
      'its own domain',
      { consoleDomain: 'console.centre.example', consoleCertificateArn: certificate },
      'https://console.centre.example',
    ],
    ["CloudFront's domain", {}, 'https://*.cloudfront.net'],
  ])(
    'lets the page at %s put large files into the bucket of processes, and no page elsewhere',
    (_what, settings, origin) => {
      const stack = synthesize(settings);
      const bucket = stack.idOf('AttachmentsBucket');
      expect(stack.resources('AWS::S3::Bucket')[bucket]?.Properties.CorsConfiguration).toMatchObject({
        CorsRules: [expect.anything(), { AllowedOrigins: [origin], AllowedMethods: ['PUT', 'GET'] }],
      });
      for (const { Properties } of Object.values(stack.resources('AWS::CloudFront::ResponseHeadersPolicy'))) {
        const [, connections] = /connect-src ([^;]+);/.exec(JSON.stringify(Properties)) ?? [];
        expect(connections).toContain(`"Fn::GetAtt":["${bucket}","RegionalDomainName"]`);
        expect(connections?.match(/https:/g)).toHaveLength(1);
      }
    },
  );

  it('has names that no other stack of the account has, in no region', () => {
    const namesOf = (stage: string) => {
      const stack = synthesize({ centre: 'c'.repeat(40), stage, portalUrl: 'https://portal.example' });
      return named.flatMap((type) =>
        Object.values(stack.resources(type)).map((resource) => nameIn(resource.Properties)),
      );
    };
    const [one, other] = [namesOf('one'), namesOf('two')];
    expect(one).toHaveLength(5);
    expect(new Set([...one, ...other]).size).toBe(10);
    for (const name of one) expect(name).toMatch(/^AWS::Region-[\w-]{1,49}$/);
  });
});

/** The name of a resource, with the names of pseudo parameters in it. */
function nameIn(properties: Record<string, unknown>): string {
  const name = z.object({ Name: z.unknown() });
  const found = [properties, ...Object.values(properties)].map((each) => name.safeParse(each).data?.Name);
  return JSON.stringify(found.find((each) => each !== undefined && each !== ''))
    .replace(/^\{"Fn::Join":\["",\[|\]\]\}$/g, '')
    .replace(/\{"Ref":"([^"]+)"\},?/g, '$1')
    .replaceAll('"', '');
}
