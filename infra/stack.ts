import { Annotations, CfnRule, Fn, Stack, Tags } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { IAM_MINIMIZE_POLICIES } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { Api } from './api.ts';
import type { Bundles } from './bundle/bundle.ts';
import { Console } from './console.ts';
import { Platform } from './constructs/platform.ts';
import { Events } from './events.ts';
import { Files } from './files/files.ts';
import { Live } from './live.ts';
import { Messages } from './messages.ts';
import { Alarms } from './monitoring/alarms.ts';
import { GatewayDashboard } from './monitoring/dashboard.ts';
import { Poll } from './poll.ts';
import { ProcessWork } from './processes/process-work.ts';
import { Processes } from './processes/processes.ts';
import { Projects } from './projects.ts';
import { defaultCentre, defaultPortalUrl, production, type Settings } from './settings.ts';
import { Users } from './users.ts';
import { Workspaces } from './workspaces/workspaces.ts';

export interface GatewayStackProps {
  readonly settings: Settings;
  /** The functions' code. CDK copies it, so its folder may be removed after the stack is created. */
  readonly bundles: Bundles;
}

/** The gateway of one centre. Synthesizing it needs no account, no credentials, no network and no Docker. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, { settings, bundles }: GatewayStackProps) {
    super(scope, id, {
      stackName: stackNameOf(settings),
      description: `DST Gateway of ${settings.centre}, ${settings.stage}`,
      terminationProtection: settings.stage === production,
      analyticsReporting: false,
    });
    const tags = { application: 'dst-gateway', centre: settings.centre, stage: settings.stage };
    // In the template itself, where they are visible and also apply to resources that do not inherit the stack's tags.
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);
    this.node.setContext(IAM_MINIMIZE_POLICIES, true);
    if (settings.portalUrl === defaultPortalUrl) this.refuseWithoutPortal(settings);
    if (settings.permissionsBoundary) {
      const boundary = ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', settings.permissionsBoundary);
      PermissionsBoundary.of(this).apply(boundary);
    }
    const platform = new Platform(this, 'Platform', settings, bundles);
    const messages = new Messages(this, 'Messages', platform);
    const files = new Files(this, 'Files', platform, messages);
    const workspaces = new Workspaces(this, 'Workspaces', platform, files);
    const processWork = new ProcessWork(this, 'ProcessWork', { platform, filesBucket: files.bucket, workspaces });
    new Projects(this, 'Projects', platform, messages, { files, attachments: processWork.bucket, workspaces });
    const { takeOneTimePassword } = new Users(this, 'Users', platform, messages, workspaces);
    new Processes(this, 'Processes', { platform, work: processWork, sweepFailures: files.outbox.sweepFailures });
    const live = new Live(this, 'Live', platform);
    new Events(this, 'Events', platform, live);
    const poll = new Poll(this, 'Poll', platform, messages, files);
    // It looks at the queues of all others.
    const api = new Api(this, 'Api', {
      ...{ platform, messages, files, poll, processWork, workspaces },
      liveUrl: live.url,
    });
    new Console(this, 'Console', { platform, api, liveOrigin: live.origin, uploads: processWork.bucket });
    const alarms = new Alarms(this, 'Alarms', {
      ...{ platform, takeOneTimePassword, api },
      transfers: files.transfer.machine,
      jobs: workspaces.machine,
      jobProxy: workspaces.proxy?.balancer,
      processWork: processWork.machine,
    });
    new GatewayDashboard(this, 'Overview', settings, alarms);
  }

  /**
   * Prevents deployments without a portal, which would seem to work but call a portal that does not exist. Tests and the local
   * gateway synthesize without one.
   */
  private refuseWithoutPortal(settings: Settings): void {
    const missing = 'There is no portal yet: give it as -c portalUrl=https://...';
    if (isOnly(settings)) Annotations.of(this).addWarningV2('dst-gateway:portalUrl', missing);
    else Annotations.of(this).addError(missing);
    // The CDK does not know whether it synthesizes for a deployment.
    const assert = Fn.conditionEquals('the portal', 'missing');
    new CfnRule(this, 'PortalUrlIsGiven', { assertions: [{ assert, assertDescription: missing }] });
  }
}

/** Name of the stack, different for each centre and stage, like the names derived from it. */
export function stackNameOf(settings: Settings): string {
  return isOnly(settings) ? 'dst-gateway' : `dst-gateway-${settings.centre}-${settings.stage}`;
}

/** Whether neither a centre nor a stage is given. */
function isOnly({ centre, stage }: Settings): boolean {
  return centre === defaultCentre && stage === production;
}
