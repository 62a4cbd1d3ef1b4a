import { describe, expect, it, vi } from 'vitest';
import type { Manager } from '../../shared/live/manager.ts';
import { checkConnections } from '../../shared/live/watch/check-connections.ts';
import { type Clock, systemClock } from '../../shared/platform/time.ts';
import { deviceToken, legacyAuthenticate, userToken } from './legacy-tokens.ts';
import type { LiveClient, Received } from './live-client.ts';
import { startLive } from './live-fixture.ts';
import { registerDeviceControl } from './services/device-control.ts';
import { registerMachineLearning } from './services/machine-learning.ts';
import { registerMonitoring } from './services/monitoring.ts';

vi.setConfig({ testTimeout: 120_000 });

/** For a machine that does other things, too. */
const patience = { timeout: 20_000 };

const codeOf = (index: number): string => `10000000000000${String(index).padStart(2, '0')}`;
const code = codeOf(0);
const device = deviceToken(code);
const user = userToken(1, [code]);

const start = (register: (manager: Manager) => void, clock?: Clock) =>
  startLive({ authenticate: () => legacyAuthenticate, register, ...(clock && { clock }) });

/** Receives as many messages as are named, which may come in any order of actions. */
async function receive(client: LiveClient, count: number): Promise<Received[]> {
  const all: Received[] = [];
  while (all.length < count) all.push(await client.receive());
  return all;
}

const notification = (sender: string, index: number) => ({ sender, message: `m-${index}`, level: 0, time: index });

describe('monitoring', () => {
  it('stores a notification', async () => {
    const client = await (await start(registerMonitoring)).open(device);
    const upload = { action: 'uploadNotifications', notifications: [notification('s', 1)] };
    expect(await client.ask(upload)).toEqual({
      ...{ success: true, action: 'uploadNotifications', comment: 'Inserted 1 notification(s) into db.' },
    });
    expect(await client.ask({ action: 'getNotifications', timewindow: 10 })).toEqual({
      ...{ success: true, action: 'getNotifications', notifications: [['s', 'm-1', 0, 1]] },
    });
  });

  it('pushes a notification to ten connections of a user', async () => {
    const live = await start(registerMonitoring);
    const users = await Promise.all(Array.from({ length: 10 }, () => live.open(user)));
    const notifications = [notification('s', 1)];
    const client = await live.open(device);
    expect(await client.ask({ action: 'uploadNotifications', notifications })).toMatchObject({ success: true });
    for (const one of users) {
      expect(await one.receive()).toEqual({ success: true, action: 'uploadNotifications', notifications });
    }
  });

  it('pushes to the users of a device alone, unchanged', async () => {
    const live = await start(registerMonitoring);
    const indices = [0, 1, 2, 3, 4];
    const devices = await Promise.all(indices.map((index) => live.open(deviceToken(codeOf(index)))));
    const users = await Promise.all(
      indices.flatMap((index) => [1, 2].map(() => live.open(userToken(index, [codeOf(index)])))),
    );
    const growing = (index: number, round: number) =>
      Array.from({ length: round }, (_, number) => notification(codeOf(index), number));
    await Promise.all(
      devices.map(async (client, index) => {
        for (const round of [1, 2, 3, 4, 5]) {
          await client.ask({ action: 'uploadNotifications', notifications: growing(index, round) });
        }
      }),
    );
    for (const [place, client] of users.entries()) {
      const pushes = await receive(client, 5);
      const expected = [1, 2, 3, 4, 5].map((round) => growing(Math.floor(place / 2), round));
      expect(pushes.map(({ notifications }) => notifications)).toEqual(expected);
    }
  });

  it('answers twenty users and twenty devices, and all of them leave', async () => {
    const live = await start(registerMonitoring);
    const indices = Array.from({ length: 20 }, (_, index) => index);
    const clients = await Promise.all(
      indices.flatMap((index) => [live.open(userToken(index, [codeOf(index)])), live.open(deviceToken(codeOf(index)))]),
    );
    const answers = await Promise.all(clients.map((client) => client.ask({ action: 'ping' })));
    expect(answers.filter(({ success }) => success === true)).toHaveLength(40);
    await Promise.all(clients.map((client) => client.close()));
    for (const index of indices) await expect.poll(() => live.manager.present(codeOf(index)), patience).toEqual([]);
  });

  it('keeps a connection whose client sends keepalives by the announced timeout', async () => {
    let ahead = 0;
    const live = await start(registerMonitoring, { ...systemClock, now: () => Date.now() + ahead });
    const client = await live.connect();
    const { timeout } = await client.ask({ action: 'auth', token: device });
    for (const part of [0.6, 0.6]) {
      ahead += Number(timeout) * 1_000 * part;
      expect(await checkConnections(live.context, Number(timeout))).toHaveLength(1);
      expect(await client.ask({ action: 'keepalive' })).toEqual({ success: true, action: 'keepalive' });
    }
    expect(await client.ask({ action: 'ping' })).toEqual({ success: true, action: 'ping' });
  });

  it('keeps a configuration', async () => {
    const client = await (await start(registerMonitoring)).open(device);
    expect(await client.ask({ action: 'insertConfig', info: {} })).toMatchObject({
      ...{ success: false, comment: 'No config supplied. Please check inputs.' },
    });
    expect(await client.ask({ action: 'getConfig', info: {} })).toMatchObject({
      success: false,
      comment: 'No config exists for this WD code. use insertConfig to set a new config for this WD code.',
    });
    const config = { rules: [1, { a: null }] };
    const insert = { action: 'insertConfig', info: { config } };
    expect(await client.ask(insert)).toMatchObject({
      ...{ success: true, config, comment: 'No config exists for this WD code. Created new entry.' },
    });
    expect(await client.ask(insert)).toMatchObject({
      ...{ success: true, comment: 'Found an existing config for this WD code. Overwriting existing with new.' },
    });
    expect(await client.ask({ action: 'getConfig', info: {} })).toMatchObject({ success: true, config });
  });

  it('keeps logs for a window, and filters them', async () => {
    let ahead = 0;
    const live = await start(registerMonitoring, { ...systemClock, now: () => Date.now() + ahead });
    const [client, reader] = [await live.open(device), await live.open(user)];
    const logs = Array.from({ length: 30 }, (_, index) => ({
      ...{ sender: `s-${index % 3}`, message: `m-${index}`, level: index % 4 },
    }));
    for (const log of logs)
      expect(await client.ask({ action: 'uploadLogs', logs: [log] })).toMatchObject({ success: true });
    const rows = logs.map(({ sender, message, level }) => [sender, message, level]).reverse();
    const read = async (filter: object) => (await reader.ask({ action: 'getLogs', timewindow: 10, ...filter })).logs;
    expect(await read({})).toEqual(rows);
    expect(await read({ sender: 's-1' })).toEqual(rows.filter(([sender]) => sender === 's-1'));
    expect(await read({ level: 1 })).toEqual(rows.filter(([, , level]) => Number(level) <= 1));
    expect(await read({ sender: 's-1', level: 1 })).toEqual(
      rows.filter(([sender, , level]) => sender === 's-1' && Number(level) <= 1),
    );
    ahead += 11_000;
    expect(await read({})).toEqual([]);
    expect(await client.ask({ action: 'disconnect' })).toEqual({ success: true, action: 'disconnect' });
  });

  it('refuses uploads of users, and what is no list', async () => {
    const live = await start(registerMonitoring);
    const [client, reader] = [await live.open(device), await live.open(user)];
    expect(await reader.ask({ action: 'uploadNotifications', notifications: [] })).toMatchObject({
      ...{ success: false, comment: 'Only wds can upload notifications.' },
    });
    expect(await reader.ask({ action: 'uploadLogs', logs: [] })).toMatchObject({
      ...{ success: false, comment: 'Only wds can upload logs.' },
    });
    expect(await client.ask({ action: 'uploadNotifications' })).toMatchObject({
      ...{ success: false, comment: 'Please submit logs as list of length >= 1' },
    });
    expect(await client.ask({ action: 'uploadLogs', logs: 5 })).toMatchObject({
      ...{ success: false, comment: expect.stringMatching(/^5 is not of type 'array'\n/) },
    });
  });
});

describe('device control', () => {
  it('plays the sequence of the originals', async () => {
    const live = await start(registerDeviceControl);
    const wd = await live.open(device);
    const both = async (client: LiveClient, request: { action: string; [field: string]: unknown }) => {
      expect(await client.ask(request)).toEqual({ action: request.action });
      expect(await client.receive()).toEqual({ success: true, action: request.action });
    };
    await both(wd, { action: 'registerDevice', deviceid: 1, devicetype: 99 });
    expect(await wd.ask({ action: 'requestInfo' })).toMatchObject({ data: { 1: { type: 99, status: 'normal' } } });
    const person = await live.open(user);
    expect(await person.ask({ action: 'requestInfo' })).toMatchObject({ data: { [code]: { 1: { type: 99 } } } });
    await both(person, { action: 'updateOption', deviceid: 1, key: 'alias', value: 'MY ALIAS' });
    expect(await wd.receive()).toEqual({ action: 'updateOption' });
    await both(wd, { action: 'updateType', deviceid: 1, devicetype: 2 });
    expect(await person.receive()).toEqual({ action: 'updateType' });
    expect(await wd.ask({ action: 'ping' })).toMatchObject({ action: 'ping' });
    await both(wd, { action: 'registerDevice', deviceid: 2, devicetype: -1 });
    expect(await person.receive()).toEqual({ action: 'registerDevice' });
    await person.close();
    await both(wd, { action: 'registerDevice', deviceid: 3, devicetype: 99 });
    expect(await wd.ask({ action: 'requestInfo' })).toMatchObject({
      data: { 1: { alias: 'MY ALIAS' }, 2: { type: -1 }, 3: { status: 'normal' } },
    });
  });

  it('refuses an option that users do not set, without a push', async () => {
    const live = await start(registerDeviceControl);
    const [wd, person] = [await live.open(device), await live.open(user)];
    const wrong = { action: 'updateOption', deviceid: 1, key: 'W_eiRd_keY', value: 1 };
    expect(await person.ask(wrong)).toEqual({ success: false, action: 'updateOption', comment: 'Invalid Option' });
    expect(await wd.ask({ action: 'ping' })).toMatchObject({ action: 'ping' });
  });

  it('keeps a mail policy as a text', async () => {
    const live = await start(registerDeviceControl);
    const [wd, person] = [await live.open(device), await live.open(user)];
    wd.send({ action: 'registerDevice', deviceid: 1, devicetype: 1 });
    await receive(wd, 2);
    expect(await person.receive()).toEqual({ action: 'registerDevice' });
    person.send({ action: 'updateOption', deviceid: 1, key: 'mailPolicy', value: -1 });
    expect(await receive(person, 2)).toEqual([{ action: 'updateOption' }, { success: true, action: 'updateOption' }]);
    expect(await wd.receive()).toEqual({ action: 'updateOption' });
    wd.send({ action: 'updateStatus', deviceid: 1, status: 2 });
    expect(await receive(wd, 2)).toEqual([{ action: 'updateStatus' }, { success: true, action: 'updateStatus' }]);
    expect(await wd.ask({ action: 'requestInfo' })).toMatchObject({
      data: { 1: { mailPolicy: '-1', status: 'quarantined' } },
    });
    expect(await wd.ask({ action: 'updateStatus', deviceid: 7, status: 1 })).toEqual({
      success: false,
      action: 'updateStatus',
    });
    expect(await wd.ask({ action: 'updateStatus', deviceid: 1, status: 9 })).toMatchObject({
      comment: 'Invalid status!',
    });
  });
});

describe('machine learning', () => {
  const info = { modelName: 'm', version: 1, deviceName: 'd', timestamp: 1.5 };
  const alarm = { action: 'newAlarmDetected', info };

  it('tells a device to fetch a model before it answers who asked', async () => {
    const live = await start(registerMachineLearning);
    const [wd, person] = [await live.open(device), await live.open(user)];
    for (const _ of [1, 2]) expect(await wd.ask(alarm)).toEqual({ success: true, action: 'newAlarmDetected' });
    expect(await person.ask({ action: 'requestPullLatestModel', info: { modelID: 1, deviceName: 'd' } })).toEqual({
      ...{ action: 'pullLatestModel', info: { deviceName: 'd' } },
    });
    expect(await person.receive()).toEqual({ success: true, action: 'requestPullLatestModel' });
    expect(await wd.receive()).toEqual({ action: 'pullLatestModel', info: { deviceName: 'd' } });
    expect(await wd.ask({ action: 'ping' })).toEqual({ success: true, action: 'ping' });
    expect(await wd.ask({ action: 'disconnect' })).toEqual({ success: true, action: 'disconnect' });
  });

  it.each([
    ['without info', {}, "'info' is a required property"],
    ['with more at the top', { info, x: 1 }, "Additional properties are not allowed ('x' was unexpected)"],
    ['with more inside', { info: { ...info, x: 1 } }, "Additional properties are not allowed ('x' was unexpected)"],
    ['with another type', { info: { ...info, version: '1' } }, "'1' is not of type 'number'"],
  ])('refuses an alarm %s', async (_, fields, line) => {
    const wd = await (await start(registerMachineLearning)).open(device);
    const { success, comment } = await wd.ask({ action: 'newAlarmDetected', ...fields });
    expect(success).toBe(false);
    expect(String(comment).split('\n\n')[0]).toBe(line);
  });

  it('survives who asks for nonsense and leaves, and refuses a changed signature', async () => {
    const live = await start(registerMachineLearning);
    const client = await live.open(device);
    expect(await client.ask({ action: 'roflcopter' })).toMatchObject({ success: false });
    client.send({ action: 'ping' });
    await client.close();
    const wrong = { ...device, signature: `${device.signature.slice(0, 20)}=${device.signature.slice(21)}` };
    expect(await (await live.connect()).ask({ action: 'auth', token: wrong })).toMatchObject({ success: false });
    expect(await (await live.open(device)).ask({ action: 'ping' })).toMatchObject({ success: true });
  });
});
