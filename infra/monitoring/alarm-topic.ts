import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import { output } from '../constructs/output.ts';
import type { Settings } from '../settings.ts';

/** The topic to which alarms and budgets of this account publish, with the settings' e-mail addresses as subscriptions. */
export function createTopic(scope: Construct, { alarmEmails }: Settings): Topic {
  const topic = new Topic(scope, 'Topic', { enforceSSL: true });
  acknowledgeNagFinding(
    topic,
    'AwsSolutions-SNS2',
    "alarms name nothing of a project, and a disabled key must not silence the alarms that it raises; AWS's own key takes no alarms",
  );
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('budgets.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  for (const address of alarmEmails) topic.addSubscription(new EmailSubscription(address));
  output(scope, 'AlarmTopic', topic.topicArn);
  return topic;
}
