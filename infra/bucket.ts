import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { output } from './output.ts';
import type { Use, Variable } from './use.ts';

export interface GatewayBucketProps {
  /** What keys begin with; rights to objects end there. */
  readonly prefixes: readonly string[];
  readonly expiration?: Duration;
}

/** Actions on objects; their names also cover HeadObject, and the creating and completing of multipart uploads. */
type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload' | 'ListMultipartUploadParts';

/** Actions on the bucket. Without ListBucket S3 answers 403, not 404, to a GET or HEAD of what is not there. */
type BucketAction = 'ListBucket' | 'ListBucketMultipartUploads';

/** A private bucket that outlives the stack, with its name in `{NAME}_BUCKET` and in the output `{Name}Bucket`. */
export class GatewayBucket extends Bucket {
  private readonly variable: Variable;
  private readonly prefixes: readonly string[];

  constructor(scope: Construct, name: string, variable: Variable, props: GatewayBucketProps) {
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
    this.prefixes = props.prefixes;
    output(this, `${name}Bucket`, this.bucketName);
  }

  to(...actions: (ObjectAction | BucketAction)[]): Use {
    const onBucket = actions.filter((action) => action.startsWith('ListBucket'));
    const onObjects = actions.filter((action) => !onBucket.includes(action));
    return {
      environment: { [this.variable]: this.bucketName },
      allows: [
        { actions: s3(onBucket), resources: [this.bucketArn] },
        { actions: s3(onObjects), resources: this.prefixes.map((prefix) => this.arnForObjects(`${prefix}*`)) },
      ].filter((allowance) => allowance.actions.length > 0),
    };
  }
}

const s3 = (actions: readonly string[]) => actions.map((action) => `s3:${action}`);
