import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * Tells a topic when the whole account has cost more than so much in a month, or will: tags would have to be activated in
 * billing first. A budget, and not Cost Anomaly Detection, of which an account has one monitor of its services at most, often
 * its own already. It costs nothing.
 *
 * @param amount USD
 */
export function addBudget(scope: Construct, amount: number, topic: ITopic): void {
  const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: `${Stack.of(scope).stackName}-over-budget`,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount, unit: 'USD' },
    },
    notificationsWithSubscribers: ['ACTUAL', 'FORECASTED'].map((notificationType) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold: 100 },
      subscribers,
    })),
  });
}
