import type { Connection } from '../../../shared/live/connection.ts';
import type { Manager } from '../../../shared/live/manager.ts';
import type { Message } from '../../../shared/live/protocol/message.ts';

interface Line {
  channel: string;
  sender: string;
  message: string;
  level: number;
  time: number;
  /** When it was uploaded, in milliseconds since 1970. */
  at: number;
}

const lineSchema = {
  type: 'object',
  properties: {
    sender: { type: 'string' },
    message: { type: 'string' },
    level: { type: 'number' },
    time: { type: 'number' },
  },
  required: ['sender', 'message', 'level'],
};

const uploadSchema = (field: string) => ({
  type: 'object',
  properties: { [field]: { type: 'array', items: lineSchema } },
});

const querySchema = {
  type: 'object',
  properties: { timewindow: { type: 'number' }, sender: { type: 'string' }, level: { type: 'number' } },
  required: ['timewindow'],
};

/** Devices upload notifications and logs, and keep a configuration; users read them. */
export function registerMonitoring(manager: Manager): void {
  const { clock } = manager.context;
  const stored = { notification: [] as Line[], log: [] as Line[] };
  const configs = new Map<string, unknown>();

  function upload(kind: keyof typeof stored, lines: unknown, { channel, isUser }: Connection) {
    if (isUser) return [false, { comment: `Only wds can upload ${kind}s.` }];
    if (!Array.isArray(lines)) return [false, { comment: 'Please submit logs as list of length >= 1' }];
    stored[kind].push(...lines.map((line) => ({ ...line, channel, at: clock.now() })));
    return [true, { comment: `Inserted ${lines.length} ${kind}(s) into db.` }];
  }

  function find(kind: keyof typeof stored, { timewindow, sender, level }: Message, { channel }: Connection) {
    const since = clock.now() - Number(timewindow) * 1_000;
    const isWanted = (line: Line) =>
      line.channel === channel &&
      line.at >= since &&
      (sender === undefined || line.sender === sender) &&
      (level === undefined || line.level <= Number(level));
    return stored[kind].filter(isWanted).reverse();
  }

  const register: Manager['register'] = (...registration) => manager.register(...registration);
  register(
    'uploadNotifications',
    async (data, connection) => {
      const result = upload('notification', data.notifications, connection);
      if (result[0] === true) await manager.sendAll(data, connection, true);
      return result;
    },
    uploadSchema('notifications'),
  );
  register(
    'getNotifications',
    (data, connection) => {
      const found = find('notification', data, connection);
      return [true, { notifications: found.map(({ sender, message, level, time }) => [sender, message, level, time]) }];
    },
    querySchema,
  );
  register('uploadLogs', (data, connection) => upload('log', data.logs, connection), uploadSchema('logs'));
  register(
    'getLogs',
    (data, connection) => {
      const found = find('log', data, connection);
      return [true, { logs: found.map(({ sender, message, level }) => [sender, message, level]) }];
    },
    querySchema,
  );
  register('insertConfig', ({ info }, { channel }) => {
    const config = Reflect.get(Object(info), 'config');
    if (config === undefined) return [false, { comment: 'No config supplied. Please check inputs.' }];
    const comment = configs.has(channel)
      ? 'Found an existing config for this WD code. Overwriting existing with new.'
      : 'No config exists for this WD code. Created new entry.';
    configs.set(channel, config);
    return [true, { config, comment }];
  });
  register('getConfig', (_, { channel }) => {
    const config = configs.get(channel);
    if (config !== undefined) return [true, { config, comment: 'Found an existing for this WD code.' }];
    const comment = 'No config exists for this WD code. use insertConfig to set a new config for this WD code.';
    return [false, { comment }];
  });
}
