import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { GatewayKey } from './key.ts';
import { acknowledgeNagFinding, wildcardAfter } from './nag.ts';
import { output } from './output.ts';
import type { ResourceAccess, Statement, Variable } from './rights.ts';

/** Age after which S3 aborts incomplete uploads. */
export const longestUpload = Duration.days(7);

export interface GatewayBucketProps {
  readonly key: GatewayKey;
  readonly expiration?: Duration;
}

/** Actions on the bucket. Without ListBucket, S3 answers 403 instead of 404 to a GET or HEAD of a missing object. */
type BucketAction = 'ListBucket' | 'ListBucketMultipartUploads';

/** Actions on objects. They include HeadObject and creating and completing multipart uploads. */
export type ObjectAction =
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploadParts';

/** A private, encrypted bucket that outlives the stack, with its name in `{NAME}_BUCKET` and in the output `{Name}Bucket`. */
export class GatewayBucket extends Bucket {
  private readonly variable: Variable;
  private readonly key: GatewayKey;

  constructor(scope: Construct, name: string, variable: Variable, props: GatewayBucketProps) {
    super(scope, `${name}Bucket`, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      // Shares KMS calls between objects.
      bucketKeyEnabled: true,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [
        { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: longestUpload },
        ...(props.expiration ? [{ id: 'expiration', expiration: props.expiration }] : []),
      ],
    });
    this.variable = variable;
    this.key = props.key;
    acknowledgeNagFinding(this, 'AwsSolutions-S1', 'CloudTrail records accesses, with the setting dataEvents');
    output(this, `${name}Bucket`, this.bucketName);
  }

  access(...actions: BucketAction[]): ResourceAccess {
    return this.use([{ actions: actions.map((action) => `s3:${action}`), resources: [this.bucketArn] }]);
  }

  /** @param prefix prefix of the objects' keys */
  toObjects(prefix: string, ...actions: ObjectAction[]): ResourceAccess {
    const does = (...these: ObjectAction[]) => these.some((action) => actions.includes(action));
    const objects = {
      actions: actions.map((action) => `s3:${action}`),
      resources: [this.arnForObjects(`${prefix}*`)],
      wildcard: { finding: wildcardAfter(this, `/${prefix}*`), reason: 'nobody knows the objects before they come' },
    };
    return this.use([
      objects,
      ...(does('GetObject') ? [this.key.statement('s3', 'read')] : []),
      ...(does('PutObject') ? [this.key.statement('s3', 'write')] : []),
    ]);
  }

  private use(allows: readonly Statement[]): ResourceAccess {
    return { environment: { [this.variable]: this.bucketName }, allows };
  }
}
