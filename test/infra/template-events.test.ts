import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize();
const { template } = synthesis;
const busId = synthesis.idOf('EventBus');
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('the bus', () => {
  it('is one of our own, whose events are kept for a month', () => {
    expect(Object.keys(synthesis.resources('AWS::Events::EventBus'))).toEqual([busId]);
    template.hasResourceProperties('AWS::Events::Archive', {
      SourceArn: arn(busId),
      EventPattern: { source: ['dst-gateway'] },
      RetentionDays: 30,
    });
  });

  it('gets what is to be published every minute, and a run that fails is told', () => {
    const { id } = synthesis.lambda('operations/publish-events');
    expect(synthesis.environment('operations/publish-events').EVENT_BUS).toEqual({ Ref: busId });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Target: { Arn: arn(id), RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn(synthesis.idOf('PublishFailureQueue')) } },
    });
  });
});
