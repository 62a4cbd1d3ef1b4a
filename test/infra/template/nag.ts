import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { CDK_APP_MODE_CONTEXT } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { z } from 'zod';
import { parseSettings } from '../../../infra/settings.ts';
import { GatewayStack } from '../../../infra/stack.ts';

const packs = { AwsSolutions: AwsSolutionsChecks, NIST80053R5: NIST80053R5Checks };

/** Every option that adds resources, with the settings that it needs. */
export const options = {
  vpc: { vpc: true },
  dataEvents: { dataEvents: true },
  monthlyBudget: { monthlyBudget: 300 },
  readerRoleArns: { readerRoleArns: '1001=arn:aws:iam::123456789012:role/researchers' },
  permissionsBoundary: { permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary' },
  apiOrigins: { apiOrigins: 'https://console.centre.example' },
  mailSender: { mailSender: 'gateway@centre.example', mailLink: 'https://console.centre.example/orders' },
  apiDomain: {
    apiDomain: 'api.centre.example',
    apiCertificateArn: 'arn:aws:acm:eu-north-1:123456789012:certificate/0123-4567',
  },
  jobsOnFargate: {
    workspaces: {
      available_resources: {
        aws: {
          name: 'AWS',
          resource_type: 'fargate',
          capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 16_384, max_time_minutes: 720 },
          connection_details: { image: `123456789012.dkr.ecr.eu-north-1.amazonaws.com/r@sha256:${'0'.repeat(64)}` },
        },
      },
    },
  },
  liveDomain: {
    liveDomain: 'live.centre.example',
    liveCertificateArn: 'arn:aws:acm:eu-north-1:123456789012:certificate/0123-4567',
  },
  jobsDomain: {
    jobsDomain: 'jobs.centre.example',
    jobsCertificateArn: 'arn:aws:acm:eu-north-1:123456789012:certificate/0123-4567',
  },
  consoleDomain: {
    consoleDomain: 'console.centre.example',
    consoleCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0123-4567',
  },
};

export const allOptions = {
  ...options.vpc,
  ...options.dataEvents,
  ...options.monthlyBudget,
  ...options.readerRoleArns,
  ...options.permissionsBoundary,
  ...options.apiOrigins,
  ...options.mailSender,
  ...options.apiDomain,
  ...options.jobsOnFargate,
  ...options.liveDomain,
  ...options.jobsDomain,
  ...options.consoleDomain,
};

const reportSchema = z.object({
  pluginReports: z.array(
    z.object({
      violations: z.array(
        z.object({ ruleName: z.string(), violatingConstructs: z.array(z.object({ constructPath: z.string() })) }),
      ),
    }),
  ),
});

/** Findings of a pack of cdk-nag in the stack, except accepted ones: rule and construct, a line each. */
export function findings(pack: keyof typeof packs, settings: Record<string, unknown> = {}): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'nag-'));
  try {
    mkdirSync(join(folder, 'code'));
    for (const file of ['code/index.mjs', 'program.mjs']) writeFileSync(join(folder, file), '');
    const code = join(folder, 'code');
    const bundles = { lambda: () => Code.fromAsset(code), program: () => join(folder, 'program.mjs'), console: code };
    // Else CDK prints the whole of its report.
    const context = { [CDK_APP_MODE_CONTEXT]: 'inmemory' };
    const app = new App({ outdir: join(folder, 'cdk.out'), context });
    Validations.of(app).addPlugins(new packs[pack](app));
    new GatewayStack(app, 'dst-gateway', { settings: parseSettings(settings), bundles });
    return synthesized(app, join(folder, 'cdk.out', 'validation-report.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Synthesis fails when there are findings; its report tells them. */
function synthesized(app: App, report: string): string[] {
  try {
    app.synth();
    return [];
  } catch (error) {
    if (!existsSync(report)) throw error;
  }
  return reportSchema
    .parse(JSON.parse(readFileSync(report, 'utf8')))
    .pluginReports.flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    )
    .sort();
}

if (import.meta.main) {
  const rules = Map.groupBy(findings('NIST80053R5'), (line) => line.split(' ')[0]);
  console.log('NIST 800-53 rev. 5, for information: constructs by rule');
  for (const [rule, lines] of rules) console.log(`${lines.length}\t${rule}`);
}
