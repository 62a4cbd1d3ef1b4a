import { expect, it } from 'vitest';
import { useGateway } from './setup.ts';

const MiB = 2 ** 20;
const size = 240 * MiB + 1;
/** Of 4 s a copy works 3.2; the rest is enough for the parts of 8 MiB that are on their way then, at two times 16 MiB/s. */
const endToEnd = useGateway({ timeouts: { 'files/copy-files': 4 }, environment: { RANGES_IN_FLIGHT: '1' } });

it('a large file is copied in slices of a few seconds, by one execution', async () => {
  const { portal, gateway, drain, rows, sumsOf, uploads, failures } = endToEnd();
  const slices: number[] = [];
  gateway.events.on('invocation', ({ name, milliseconds }) => name === 'copy-files' && slices.push(milliseconds));
  const executions: string[] = [];
  gateway.events.on('execution', ({ status }) => executions.push(status));
  const file = await portal.addFile({ fileId: 'large', size }, { bytesPerSecond: 16 * MiB });
  await portal.send('CreateProject', { projectNo: 1001 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: 1001, files: [file] });

  await drain();

  expect(slices.length).toBeGreaterThanOrEqual(3);
  expect(executions).toEqual(['SUCCEEDED']);
  expect(failures).toEqual([]);
  expect(await rows('files')).toMatchObject([{ fileId: 'large', state: 'stored', size, attempt: 1 }]);
  const { read, kept } = await sumsOf('projects/1001/files/large');
  expect(read.md5).toBe(file.fileChecksum);
  expect(kept).toEqual(read);
  expect(await uploads()).toEqual([]);
});
