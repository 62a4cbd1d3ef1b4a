import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  liveTableVariables,
  processTableVariables,
  tableVariables,
  workspaceTableVariables,
} from '../../shared/platform/tables.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { Bundles } from '../bundle/bundle.ts';
import { type Settings, settingVariables } from '../settings.ts';
import { GatewayKey } from './key.ts';
import { acknowledgeNagFinding } from './nag.ts';
import { type Network, PublicNetwork } from './network.ts';
import { output } from './output.ts';
import { PrivateNetwork } from './private-network.ts';
import type { Environment, ResourceAccess, Statement, Variable } from './rights.ts';
import { createTables } from './tables.ts';

/** The foundation of every subsystem: the key, the tables, the secrets, the network, the settings and the functions' code. */
export class Platform extends Construct {
  readonly settings: Settings;
  readonly bundles: Bundles;
  readonly key: GatewayKey;
  readonly network: Network;
  readonly tables: ReturnType<typeof createTables>;
  /** Access for calling the portal. */
  readonly portal: ResourceAccess;
  /** Access for deriving one-time passwords, and for encrypting secrets of second factors. */
  readonly passwords: ResourceAccess;
  /** Letting the first admin in. */
  readonly firstAdmin: ResourceAccess;

  constructor(scope: Construct, id: string, settings: Settings, bundles: Bundles) {
    super(scope, id);
    this.settings = settings;
    this.bundles = bundles;
    this.key = new GatewayKey(this);
    this.network = this.createNetwork();
    this.tables = createTables(this, this.key);
    const apiKey = this.portalApiKey();
    // The portal's health, with the version of a refused key.
    const health = this.tables.control.access('GetItem');
    this.portal = {
      environment: { PORTAL_URL: settings.portalUrl, PORTAL_API_KEY_SECRET_ARN: apiKey },
      allows: [...this.reading(apiKey), ...health.allows],
    };
    const password = this.passwordSecret();
    this.passwords = {
      environment: { PASSWORD_SECRET_ARN: password, CENTRE: settings.centre },
      allows: this.reading(password),
    };
    const firstAdmin = this.firstAdminSecret();
    this.firstAdmin = {
      environment: { FIRST_ADMIN_SECRET_ARN: firstAdmin },
      allows: this.reading(firstAdmin),
    };
    output(this, 'PortalUrl', settings.portalUrl);
  }

  /** The variables with the names of all tables, which every function gets. */
  get tableNames(): Environment {
    return this.namesOf(tableVariables);
  }

  /** The variables with the names of the WebSocket API's tables. */
  get liveTables(): ResourceAccess {
    return { environment: this.namesOf(liveTableVariables), allows: [] };
  }

  /** The variable with the name of the table of projects and processes. */
  get processTables(): ResourceAccess {
    return { environment: this.namesOf(processTableVariables), allows: [] };
  }

  /** The variable with the name of the table of workspaces and jobs. */
  get workspaceTable(): ResourceAccess {
    return { environment: this.namesOf(workspaceTableVariables), allows: [] };
  }

  private namesOf(variables: Partial<Record<keyof Platform['tables'], Variable>>): Environment {
    const pairs = Object.entries(variables) as [keyof Platform['tables'], Variable][];
    return Object.fromEntries(pairs.map(([table, variable]) => [variable, this.tables[table].tableName]));
  }

  /** Access with the variables of settings. */
  setting(...names: (keyof ReturnType<typeof settingVariables>)[]): ResourceAccess {
    const all = settingVariables(this.settings);
    return { environment: Object.fromEntries(names.map((name) => [name, all[name]])), allows: [] };
  }

  /** Access for appending to the history and queueing its events for publishing. */
  readonly historyAccess = (...reads: ('BatchGetItem' | 'Query')[]): ResourceAccess => {
    const [history, unpublished] = [
      this.tables.history.access(...reads, 'PutItem'),
      this.tables.unpublished.access('PutItem'),
    ];
    return {
      environment: {},
      allows: [...history.allows, ...unpublished.allows],
    };
  };

  /** Rights to read a secret that is encrypted with the stack's key. */
  reading(secretArn: string): Statement[] {
    return [
      { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
      this.key.statement('secretsmanager', 'read'),
    ];
  }

  private createNetwork(): Network {
    const { portalUrl, vpc, workspaces } = this.settings;
    const ports = [443, portOf(portalUrl)];
    if (!vpc) return new PublicNetwork(this, 'Network', new Set(ports));
    const clusters = Object.values(readConfiguration(workspaces).available_resources).flatMap((resource) =>
      resource.resource_type === 'slurm' ? portOf(resource.connection_details.root_url) : [],
    );
    return new PrivateNetwork(this, 'Network', new Set([...ports, ...clusters]));
  }

  /** Secret for the API key, which the operator sets. Until then it has no value, so no wrong key is ever sent. */
  private portalApiKey(): string {
    const secret = new CfnSecret(this, 'PortalApiKey', {
      description: "The centre's API key at the portal",
      kmsKeyId: this.key.keyArn,
    });
    acknowledgeNagFinding(secret, 'AwsSolutions-SMG4', 'DST gives out the key; only DST can change it');
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    output(this, 'PortalApiKeySecret', secret.ref);
    output(
      this,
      'PutPortalApiKey',
      `aws secretsmanager put-secret-value --secret-id ${secret.ref} --secret-string file://portal-api-key.txt`,
    );
    return secret.ref;
  }

  /**
   * Secret with keys by id and the id of the current key. Any change of its generation would make CloudFormation generate a new
   * value.
   */
  private passwordSecret(): string {
    const secret = new CfnSecret(this, 'Password', {
      description: 'Keys that one-time passwords are derived from, by id; "current" names the one for new messages',
      kmsKeyId: this.key.keyArn,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ current: '1' }),
        generateStringKey: '1',
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    acknowledgeNagFinding(
      secret,
      'AwsSolutions-SMG4',
      'a repeated message must send the same password: an operator adds a key and keeps the old',
    );
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    output(this, 'PasswordSecret', secret.ref);
    return secret.ref;
  }

  /** Counts while no account has the permission `admin`: the password is changed at the first sign-in. */
  private firstAdminSecret(): string {
    const secret = new CfnSecret(this, 'FirstAdmin', {
      description: 'User name and first password of the first admin',
      kmsKeyId: this.key.keyArn,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'administrator' }),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
      },
    });
    acknowledgeNagFinding(secret, 'AwsSolutions-SMG4', 'the password is changed at the first sign-in');
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    output(this, 'FirstAdminSecret', secret.ref);
    output(
      this,
      'ReadFirstAdmin',
      `aws secretsmanager get-secret-value --secret-id ${secret.ref} --query SecretString --output text`,
    );
    return secret.ref;
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'http:' ? 80 : 443));
}
