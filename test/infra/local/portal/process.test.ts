import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { startSimulatorProcess } from '../../../../infra/local/portal/process.ts';
import { apiKey, listIds, send } from './simulator-client.ts';

it('has the same interface in a process of its own', async () => {
  const simulator = await startSimulatorProcess({ apiKey });
  await simulator.send('CreateProject', { projectNo: 1 }, { messageId: 12345678901234567890n });
  await simulator.sendMany([{ messageType: 'CreateProject', data: {}, messageId: 'b' }]);
  const raw = await simulator.sendRaw('{"messageId": "c"}');
  await simulator.withdraw(raw);
  const file = await simulator.addFile({ fileId: 'f', size: 100 }, { corruptFirst: 1 });
  await simulator.setFileBehaviour('f', {});
  await simulator.setFaults({ rules: [{ kind: 'status', status: 500, times: 1 }] });

  const statuses = [(await send(simulator, 'GET /data/f')).status, (await send(simulator, 'GET /data/f')).status];

  expect(statuses).toEqual([500, 200]);
  expect(await listIds(simulator)).toHaveLength(2);
  expect(await simulator.pending()).toBe(2);
  expect(file.fileChecksum).toMatch(/^[0-9a-f]{32}$/);
  const { served, violations } = await simulator.snapshot();
  expect([served.get('f'), violations]).toEqual([{ requests: 1, bytes: 100 }, []]);
  await simulator.clearFaults();
  await simulator.reset();
  expect(await listIds(simulator)).toEqual([]);
  await simulator.stop();
  await expect(send(simulator, 'GET /messages')).rejects.toThrow('ECONNREFUSED');
});

it('passes on what goes wrong', async () => {
  const simulator = await startSimulatorProcess({ apiKey });
  await expect(simulator.setFileBehaviour('unknown', {})).rejects.toThrow('no file unknown');
  const { port } = new URL(simulator.url);
  await expect(startSimulatorProcess({ apiKey, port: Number(port) })).rejects.toThrow('EADDRINUSE');
  await simulator.stop();
});

it('ends when the process that started it is killed', async () => {
  const module = new URL('../../../../infra/local/portal/process.ts', import.meta.url).href;
  const script = `const { startSimulatorProcess } = await import(${JSON.stringify(module)});
    console.log((await startSimulatorProcess({ apiKey: 'k' })).url);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const url = `${String(line).trim()}/messages`;
  expect((await fetch(url)).status).toBe(401);

  parent.kill('SIGKILL');

  await vi.waitFor(() => expect(fetch(url)).rejects.toThrow('fetch failed'), { timeout: 5000 });
});
