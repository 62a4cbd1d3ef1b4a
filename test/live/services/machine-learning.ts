import type { Manager } from '../../../shared/live/manager.ts';

/** The schema of the document. */
const alarmSchema = {
  type: 'object',
  properties: {
    info: {
      type: 'object',
      properties: {
        modelName: { type: 'string' },
        version: { type: 'number' },
        deviceName: { type: 'string' },
        timestamp: { type: 'number' },
      },
      required: ['modelName', 'version', 'deviceName', 'timestamp'],
      additionalProperties: false,
    },
  },
  required: ['info'],
  additionalProperties: false,
};

const pullSchema = {
  type: 'object',
  properties: {
    info: {
      type: 'object',
      properties: { modelID: { type: 'number' }, deviceName: { type: 'string' } },
      required: ['modelID', 'deviceName'],
    },
  },
  required: ['info'],
};

/** Devices report alarms of their models, and are told to fetch newer models. */
export function registerMachineLearning(manager: Manager): void {
  /** Channels that have reported an alarm. */
  const concerned = new Set<string>();
  manager.register(
    'newAlarmDetected',
    (_, { channel }) => {
      concerned.add(channel);
      return [true, null];
    },
    alarmSchema,
  );
  manager.register(
    'requestPullLatestModel',
    async ({ info }) => {
      const deviceName = Reflect.get(Object(info), 'deviceName');
      for (const channel of concerned) await manager.send({ action: 'pullLatestModel', info: { deviceName } }, channel);
      return [true, null];
    },
    pullSchema,
  );
}
