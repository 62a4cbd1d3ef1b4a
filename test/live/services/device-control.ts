import type { Connection } from '../../../shared/live/connection.ts';
import type { Manager } from '../../../shared/live/manager.ts';
import type { Message } from '../../../shared/live/protocol/message.ts';

const statuses = ['whitelisted', 'normal', 'quarantined'];
const userOptions = ['alias', 'mailPolicy'];

interface Device {
  type: unknown;
  status: string;
  options: Record<string, string>;
}

/** A change: what is wrong with it, `true` where it has no text, nothing when it is made. */
type Change = (data: Message, connection: Connection, devices: Map<string, Device>) => string | true | undefined;

const changes: Readonly<Record<string, Change>> = {
  registerDevice({ deviceid, devicetype }, { isUser }, devices) {
    if (isUser) return "Users can't register devices manually!";
    if (devices.has(String(deviceid))) return 'Non unique device id!';
    devices.set(String(deviceid), { type: devicetype, status: 'normal', options: {} });
    return undefined;
  },
  updateOption({ deviceid, key, value }, { isUser }, devices) {
    if (isUser && !userOptions.includes(String(key))) return 'Invalid Option';
    const device = devices.get(String(deviceid));
    if (!device) return 'Device is not registered!';
    device.options[String(key)] = String(value);
    return undefined;
  },
  updateStatus({ deviceid, status }, _, devices) {
    const name = statuses[Number(status)];
    if (name === undefined) return 'Invalid status!';
    const device = devices.get(String(deviceid));
    if (!device) return true;
    device.status = name;
    return undefined;
  },
  updateType({ deviceid, devicetype }, { isUser }, devices) {
    if (isUser) return 'Only wds can set types!';
    const device = devices.get(String(deviceid));
    if (!device) return 'Device is not registered!';
    device.type = devicetype;
    return undefined;
  },
};

/** Devices report what they find in their networks; users give it names and policies. Everybody of a channel hears of each change. */
export function registerDeviceControl(manager: Manager): void {
  const all = new Map<string, Map<string, Device>>();
  const devicesOf = (channel: string) => {
    const devices = all.get(channel) ?? new Map<string, Device>();
    all.set(channel, devices);
    return devices;
  };
  for (const [action, change] of Object.entries(changes)) {
    manager.register(action, async (data, connection) => {
      const wrong = change(data, connection, devicesOf(connection.channel));
      if (wrong !== undefined) return [false, wrong === true ? null : { comment: wrong }];
      await manager.send({ action }, connection);
      return [true, null];
    });
  }
  manager.register('requestInfo', (_, { channel, isUser }) => {
    const devices = [...devicesOf(channel)].map(([id, { type, status, options }]) => [
      id,
      { type, status, ...options },
    ]);
    const data = Object.fromEntries(devices);
    return [true, { data: isUser ? { [channel]: data } : data }];
  });
}
