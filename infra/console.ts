import { Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Function as CloudFrontFunction,
  Distribution,
  type FunctionAssociation,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  type ResponseCustomHeader,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import { letPagesUpload } from './constructs/cors.ts';
import { acknowledgeNagFinding, wildcardAfter } from './constructs/nag.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';

/** First parts of the paths that are the HTTP API's. */
const apiPaths = ['accounts', 'auth', 'operate', 'processes', 'uws', 'openapi.json', 'asyncapi.json'];

/**
 * Statuses that CloudFront keeps for ten seconds, also where it caches nothing else (Amazon CloudFront developer guide, "HTTP 4xx and 5xx
 * status codes that CloudFront always caches").
 */
const keptErrors = [404, 405, 414, 500, 501, 502, 503, 504];

/** Paths of the page's own addresses, which all have the same document. */
const showPage = `function handler(event) {
  var request = event.request;
  if (request.uri === '/' || request.uri === '/console' || request.uri.startsWith('/console/')) request.uri = '/index.html';
  return request;
}
`;

/**
 * Tells the API the viewer's address. CloudFront's own header of it cannot be had: no origin request policy has that header and leaves
 * out `Host`, by which API Gateway finds the API.
 */
const tellViewer = `function handler(event) {
  var request = event.request;
  request.headers['true-client-ip'] = { value: event.viewer.ip };
  return request;
}
`;

/** A bucket whose type agrees with the CDK's interface of buckets under `exactOptionalPropertyTypes`. */
class PageBucket extends Bucket {
  override get isWebsite(): boolean {
    return false;
  }
}

/** Findings of cdk-nag about the distribution, with the reasons. */
const findings = {
  'AwsSolutions-CFR1': "researchers may be anywhere, and each is asked for a password and the centre's second factor",
  'AwsSolutions-CFR2': 'a firewall is paid by the month; the API limits requests and slows down tries to sign in',
  'AwsSolutions-CFR3': 'the access log of the HTTP API has each request that does something; the rest is a public page',
  'AwsSolutions-CFR4': "the certificate of CloudFront's own domain decides, unless consoleDomain is given",
};

export interface ConsoleProps {
  readonly platform: Platform;
  readonly api: Pick<Api, 'host' | 'originVerify'>;
  /** Origin of the WebSocket API, `wss://…`. */
  readonly liveOrigin: string;
  /** Where the page puts files of processes that are too large for a form. */
  readonly uploads: Bucket;
}

/**
 * The console: a page in a bucket behind CloudFront, which also leads to the HTTP API. So the page and the API have one origin:
 * the session's cookie is for that alone, and no other origin may call the API by it.
 */
export class Console extends Construct {
  /** Where people open it, without a slash at the end. */
  readonly url: string;
  readonly host: string;

  constructor(
    scope: Construct,
    id: string,
    { platform, api: { host: apiHost, originVerify }, liveOrigin, uploads }: ConsoleProps,
  ) {
    super(scope, id);
    const { settings, bundles } = platform;
    const bucket = this.createBucket();
    const page = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessControl: new S3OriginAccessControl(this, 'Access', {
          originAccessControlName: this.nameOf('Access'),
        }),
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      compress: true,
    };
    const api: BehaviorOptions = {
      origin: new HttpOrigin(apiHost, {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        // As long as API Gateway waits for a function.
        readTimeout: Duration.seconds(30),
        customHeaders: { 'x-origin-verify': originVerify.value },
      }),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      compress: true,
      functionAssociations: [this.viewerRequest('TellViewer', "Tells the API the viewer's address", tellViewer)],
    };
    const policy = policyOf([liveOrigin, `https://${uploads.bucketRegionalDomainName}`]);
    const { consoleDomain, consoleCertificateArn } = settings;
    // The bucket is there before the distribution, whose own domain it can't know.
    letPagesUpload(uploads, [`https://${consoleDomain ?? '*.cloudfront.net'}`]);
    const distribution = new Distribution(this, 'Distribution', {
      comment: `Console of ${Stack.of(this).stackName}`,
      defaultBehavior: {
        ...page,
        // The document names the page's other files, so that an old one would miss them.
        cachePolicy: CachePolicy.CACHING_DISABLED,
        responseHeadersPolicy: this.headers('Document', policy, [
          { header: 'cache-control', value: 'no-cache', override: true },
        ]),
        functionAssociations: [
          this.viewerRequest('ShowPage', 'Gives the document for all addresses of the console', showPage),
        ],
      },
      additionalBehaviors: {
        'assets/*': {
          ...page,
          cachePolicy: CachePolicy.CACHING_OPTIMIZED,
          responseHeadersPolicy: this.headers('Assets', policy),
        },
        ...Object.fromEntries(
          apiPaths.flatMap((path) => (path.includes('.') ? [path] : [path, `${path}/*`]).map((each) => [each, api])),
        ),
      },
      // Neither queries nor sessions distinguish what is kept: an error of one person would be the answer to all others.
      errorResponses: keptErrors.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      // Europe and North America: a centre's people are there.
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(consoleDomain !== undefined &&
        consoleCertificateArn !== undefined && {
          domainNames: [consoleDomain],
          certificate: Certificate.fromCertificateArn(this, 'Certificate', consoleCertificateArn),
        }),
    });
    this.host = consoleDomain ?? distribution.distributionDomainName;
    this.url = `https://${this.host}`;
    output(this, 'ConsoleUrl', this.url);
    if (consoleDomain !== undefined) output(this, 'ConsoleDomainTarget', distribution.distributionDomainName);
    for (const [finding, reason] of Object.entries(findings)) acknowledgeNagFinding(distribution, finding, reason);
    const { handlerRole } = new BucketDeployment(this, 'Page', {
      sources: [Source.asset(bundles.console)],
      destinationBucket: bucket,
      // The names have a hash of the content. As metadata of the objects, because headers of a policy are those of errors, too: browsers
      // would remember for a year that a file was not there yet.
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
      // A page that is open loads itself anew when a file of its version is gone.
      prune: true,
      retainOnDelete: false,
      memoryLimit: 512,
    });
    this.acknowledgeUploader(handlerRole, bucket);
  }

  private viewerRequest(id: string, comment: string, source: string): FunctionAssociation {
    const code = FunctionCode.fromInline(source);
    return {
      eventType: FunctionEventType.VIEWER_REQUEST,
      function: new CloudFrontFunction(this, id, {
        functionName: this.nameOf(id),
        runtime: FunctionRuntime.JS_2_0,
        comment,
        code,
      }),
    };
  }

  /** CloudFront's names count in the whole account: those of another region's stack of the same name would be taken, too. */
  private nameOf(id: string): string {
    return `${Stack.of(this).region}-${Names.uniqueResourceName(this, { maxLength: 32 })}-${id}`;
  }

  /** The function by which the CDK uploads files is the CDK's own. */
  private acknowledgeUploader(role: IRole, bucket: Bucket): void {
    const reason = 'the CDK uploads the page by a function of its own, which gives these rights to nobody else';
    const { scope } = role.node;
    if (!scope) throw new TypeError('The role of the upload has no function');
    const assets = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*';
    for (const finding of [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      ...['Abort', 'DeleteObject', 'GetBucket', 'GetObject', 'List'].map(
        (action) => `AwsSolutions-IAM5[Action::s3:${action}*]`,
      ),
      `AwsSolutions-IAM5[Resource::${assets}]`,
      wildcardAfter(bucket, '/*'),
      'AwsSolutions-L1',
    ])
      acknowledgeNagFinding(scope, finding, reason);
  }

  private createBucket(): PageBucket {
    const bucket = new PageBucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Everybody may read the page, so there is nothing to hide behind the gateway's key.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // The page comes with each deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledgeNagFinding(bucket, 'AwsSolutions-S1', 'the page is public, and holds no data');
    return bucket;
  }

  private headers(id: string, policy: string, others: readonly ResponseCustomHeader[] = []): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, `${id}Headers`, {
      responseHeadersPolicyName: this.nameOf(`${id}Headers`),
      comment: `Console of ${Stack.of(this).stackName}: ${id}`,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: policy, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          ...others,
          { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
          { header: 'cross-origin-resource-policy', value: 'same-origin', override: true },
          {
            header: 'permissions-policy',
            value: 'camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), clipboard-write=(self)',
            override: true,
          },
        ],
      },
    });
  }
}

/** @param origins that the page connects to beside its own */
const policyOf = (origins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self' ${origins.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
