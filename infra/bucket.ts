import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { output } from './output.ts';
import type { Use, Variable } from './use.ts';

export interface GatewayBucketProps {
  readonly expiration?: Duration;
}

/** Actions on the bucket. Without ListBucket S3 answers 403, not 404, to a GET or HEAD of what is not there. */
type BucketAction = 'ListBucket' | 'ListBucketMultipartUploads';

/** Actions on objects; their names also cover HeadObject, and the creating and completing of multipart uploads. */
export type ObjectAction =
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploadParts';

/** A private bucket that outlives the stack, with its name in `{NAME}_BUCKET` and in the output `{Name}Bucket`. */
export class GatewayBucket extends Bucket {
  private readonly variable: Variable;

  constructor(scope: Construct, name: string, variable: Variable, props: GatewayBucketProps = {}) {
    super(scope, `${name}Bucket`, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...(props.expiration ? [{ id: 'expiration', expiration: props.expiration }] : []),
      ],
    });
    this.variable = variable;
    output(this, `${name}Bucket`, this.bucketName);
  }

  to(...actions: BucketAction[]): Use {
    return this.use(actions, this.bucketArn);
  }

  /** @param prefix what the objects' keys begin with */
  toObjects(prefix: string, ...actions: ObjectAction[]): Use {
    return this.use(actions, this.arnForObjects(`${prefix}*`));
  }

  private use(actions: readonly string[], resource: string): Use {
    return {
      environment: { [this.variable]: this.bucketName },
      allows: [{ actions: actions.map((action) => `s3:${action}`), resources: [resource] }],
    };
  }
}
