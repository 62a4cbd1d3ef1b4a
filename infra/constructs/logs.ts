import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Platform } from './platform.ts';

/** A log group for one resource, deleted with the stack. */
export function createLogs(scope: Construct, { settings, key }: Platform): LogGroup {
  return new LogGroup(scope, 'Logs', {
    encryptionKey: key,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
