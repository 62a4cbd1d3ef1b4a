import { RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { GatewayKey } from './key.ts';
import { output } from './output.ts';
import type { ResourceAccess } from './rights.ts';

export interface GatewayTableProps {
  readonly key: GatewayKey;
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  readonly index?: { readonly indexName: string; readonly partitionKey: Attribute; readonly sortKey: Attribute };
  /** The attribute, in seconds since 1970, after which DynamoDB removes an item. */
  readonly timeToLiveAttribute?: string;
}

/** Transactions only need the rights of their single actions (DynamoDB developer guide, "IAM for transactions"). */
type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'Query'
  | 'Scan'
  | 'ConditionCheckItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem';

/** An encrypted table that is retained after the stack is deleted, with its name in the output `{Name}Table`. */
export class GatewayTable extends Table {
  private readonly key: GatewayKey;

  constructor(scope: Construct, name: string, { key, index, ...props }: GatewayTableProps) {
    super(scope, `${name}Table`, {
      ...props,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    if (index) this.addGlobalSecondaryIndex(index);
    this.key = key;
    output(this, `${name}Table`, this.tableName);
  }

  access(...actions: TableAction[]): ResourceAccess {
    return {
      environment: {},
      allows: [
        { actions: actions.map((action) => `dynamodb:${action}`), resources: [this.tableArn] },
        this.key.statement('dynamodb', 'item'),
      ],
    };
  }

  /** Queries of the table's index. */
  indexAccess(indexName: string): ResourceAccess {
    return {
      environment: {},
      allows: [
        { actions: ['dynamodb:Query'], resources: [`${this.tableArn}/index/${indexName}`] },
        this.key.statement('dynamodb', 'item'),
      ],
    };
  }
}

export const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });
export const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });
