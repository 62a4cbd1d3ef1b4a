import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { IAM_MINIMIZE_POLICIES } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { bundle } from './bundle.ts';
import { Overview } from './dashboard.ts';
import { Files } from './files.ts';
import { Messages } from './messages.ts';
import { Platform } from './platform.ts';
import { Poll } from './poll.ts';
import { Projects } from './projects.ts';
import type { Settings } from './settings.ts';
import { Users } from './users.ts';

export interface GatewayStackProps {
  readonly settings: Settings;
  /** The folder of the functions' source. */
  readonly functions: string;
}

/** The gateway of one centre. Synthesizing it needs no account, no credentials, no network and no Docker. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, { settings, functions }: GatewayStackProps) {
    super(scope, id, {
      description: 'DST Gateway',
      analyticsReporting: false,
      // CloudFormation puts them on every resource that takes tags.
      tags: { application: 'dst-gateway', centre: settings.centre },
    });
    this.node.setContext(IAM_MINIMIZE_POLICIES, true);
    const bundles = mkdtempSync(join(tmpdir(), 'dst-gateway-'));
    try {
      const platform = new Platform(this, 'Platform', settings, bundle(functions, bundles));
      const messages = new Messages(this, 'Messages', platform);
      const files = new Files(this, 'Files', platform, messages);
      new Projects(this, 'Projects', platform, messages, files);
      new Users(this, 'Users', platform, messages);
      new Poll(this, 'Poll', platform, messages, files);
      new Overview(this, 'Overview', settings, new Alarms(this, 'Alarms', settings));
    } finally {
      // CDK has copied them into the cloud assembly by now.
      rmSync(bundles, { recursive: true });
    }
  }
}
