import { expect, it } from 'vitest';
import { useGateway } from './setup.ts';

const MiB = 2 ** 20;
const size = 192 * MiB + 1;
/**
 * A copy works 16 of 20 s; the rest is for a part in flight, which takes 2 s. Two connections, the range that is awaited and
 * the one fetched ahead of it, bring 8 MiB a second, so that the file takes 24 s on any machine.
 */
const endToEnd = useGateway({ timeouts: { 'files/copy-files': 20 }, environment: { RANGES_IN_FLIGHT: '1' } });

it('a large file is copied in slices of a few seconds, by one execution', async () => {
  const { portal, gateway, drain, rows, sumsOf, uploads, failures } = endToEnd();
  const slices: number[] = [];
  gateway.events.on('invocation', ({ name, milliseconds }) => name === 'copy-files' && slices.push(milliseconds));
  const executions: string[] = [];
  gateway.events.on('execution', ({ status }) => executions.push(status));
  const file = await portal.addFile({ fileId: 'large', size }, { bytesPerSecond: 4 * MiB });
  await portal.send('CreateProject', { projectNo: 1001 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: 1001, files: [file] });

  await drain();

  expect(slices.length).toBeGreaterThanOrEqual(2);
  expect(executions).toEqual(['SUCCEEDED']);
  expect(failures).toEqual([]);
  expect(await rows('files')).toMatchObject([{ fileId: 'large', state: 'stored', size, attempt: 1 }]);
  const { read, kept } = await sumsOf('projects/1001/files/large');
  expect(read.md5).toBe(file.fileChecksum);
  expect(kept).toEqual(read);
  expect(await uploads()).toEqual([]);
});
