import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../../infra/settings.ts';
import { options } from './nag.ts';
import { rightsOfTask } from './read-rights.ts';
import { type Resource, synthesize } from './synthesis.ts';

const synthesis = synthesize(options.jobsDomain);
const only = (type: string, of = synthesis): Resource => {
  const [found, ...others] = Object.values(of.resources(type));
  if (!found || others.length > 0) throw new Error(`There is not one ${type}`);
  return found;
};
const balancerTypes = ['LoadBalancer', 'Listener', 'TargetGroup'].map((name) => `AWS::ElasticLoadBalancingV2::${name}`);

describe('the proxy to interactive jobs', () => {
  it('is not in the stack by default, and no function knows an address of it', () => {
    const without = synthesize();
    for (const type of [...balancerTypes, 'AWS::ECS::Service']) expect(without.resources(type)).toEqual({});
    expect(without.environment('workspaces/api').JOBS_URL).toBe('');
  });

  it('is a service of one task behind a load balancer that speaks TLS alone', () => {
    const [loadBalancer, listener, targets] = balancerTypes.map((type) => only(type).Properties);
    expect(listener).toMatchObject({
      Protocol: 'HTTPS',
      Port: 443,
      SslPolicy: expect.stringMatching(/TLS13-1-2/),
      Certificates: [{ CertificateArn: options.jobsDomain.jobsCertificateArn }],
    });
    expect(JSON.stringify(loadBalancer?.LoadBalancerAttributes)).toContain('"strictest"');
    expect(targets).toMatchObject({ HealthCheckPath: '/health', TargetType: 'ip' });
    expect(only('AWS::ECS::Service').Properties).toMatchObject({
      DesiredCount: 1,
      LoadBalancers: [{ ContainerName: 'job-proxy', ContainerPort: 8_080 }],
    });
    expect(synthesis.environment('workspaces/api').JOBS_URL).toBe('https://jobs.centre.example');
    expect(synthesis.output('JobsDomainTarget')).toBeDefined();
  });

  it('raises an alarm when no node of the load balancer finds the one task healthy', () => {
    const alarms = Object.values(synthesis.resources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    expect(alarms.filter(({ MetricName }) => MetricName === 'HealthyHostCount')).toMatchObject([
      { Statistic: 'Maximum', Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
    ]);
  });

  it('lets in HTTPS at the load balancer, and at the task the load balancer alone', () => {
    const groups = Object.values(synthesis.resources('AWS::EC2::SecurityGroup')).map(({ Properties }) => Properties);
    const open = groups.flatMap(({ SecurityGroupIngress: ingress }) => z.array(z.unknown()).default([]).parse(ingress));
    expect(open).toEqual([expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })]);
    const between = Object.values(synthesis.resources('AWS::EC2::SecurityGroupIngress'));
    expect(between.map(({ Properties: { FromPort, ToPort } }) => [FromPort, ToPort])).toEqual(
      expect.arrayContaining([
        [8_080, 8_080],
        [1_024, 65_535],
      ]),
    );
    for (const { Properties } of between) {
      expect(Properties).toHaveProperty('SourceSecurityGroupId');
      expect(Properties).not.toHaveProperty('CidrIp');
    }
  });

  it('may read who owns a job, and take tickets', () => {
    const rights = rightsOfTask(synthesis, 'workspaces/job-proxy');
    const ofTables = Object.entries(rights).filter(([name]) => name.endsWith('Table'));
    expect(Object.fromEntries(ofTables)).toEqual({
      AccountsTable: ['dynamodb:GetItem'],
      ProjectsTable: ['dynamodb:GetItem'],
      SessionsTable: ['dynamodb:GetItem'],
      UsersTable: ['dynamodb:GetItem'],
      WorkspacesTable: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    });
    expect(JSON.stringify(rights)).not.toMatch(/secretsmanager|sqs|states|Bucket/);
  });

  it('needs a certificate, but for one machine, where there is no load balancer', () => {
    expect(() => parseSettings({ jobsDomain: 'jobs.centre.example' })).toThrow(/must be given together/);
    expect(() => parseSettings({ jobsCertificateArn: options.jobsDomain.jobsCertificateArn })).toThrow(
      /must be given together/,
    );
    const local = synthesize({ jobsDomain: 'localhost' });
    for (const type of balancerTypes) expect(local.resources(type)).toEqual({});
    expect(only('AWS::ECS::Service', local).Properties).not.toHaveProperty('LoadBalancers');
  });

  it('has two public subnets also in a network of its own', () => {
    const own = synthesize({ ...options.jobsDomain, vpc: true });
    const { Subnets } = z
      .object({ Subnets: z.array(z.unknown()) })
      .parse(only('AWS::ElasticLoadBalancingV2::LoadBalancer', own).Properties);
    expect(new Set(Subnets.map((subnet) => JSON.stringify(subnet))).size).toBe(2);
    const { AwsvpcConfiguration } = z
      .object({ AwsvpcConfiguration: z.object({ Subnets: z.array(z.unknown()) }) })
      .parse(only('AWS::ECS::Service', own).Properties.NetworkConfiguration);
    for (const subnet of AwsvpcConfiguration.Subnets) expect(Subnets).not.toContainEqual(subnet);
  });
});
