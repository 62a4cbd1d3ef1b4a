import { beforeEach, describe, expect, it, vi } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { fileStates } from '../../shared/operate/files/file-state.ts';
import { fileRow, resultRow } from '../support/file-rows.ts';
import { startCloudFormation } from './cloud-formation.ts';
import { type TestGateway, useGateways } from './gateway-fixture.ts';
import { runOperator } from './run-operator.ts';

const megabyte = 1_000_000;
const aws = { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };

describe('npm run operator -- files', () => {
  const createGateway = useGateways();
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await createGateway();
  });

  const list = async (...args: string[]) => {
    const { code, output, errors } = await gateway.operate('files', ...args);
    expect([code, errors]).toEqual([0, '']);
    return output.trimEnd().split('\n');
  };
  const copying = (fileId: string, changes: Partial<FileRow> = {}) =>
    fileRow(fileId, {
      state: 'copying',
      size: 200 * megabyte,
      bytesDone: 50 * megabyte,
      bytesPerSecond: 75 * megabyte,
      attempt: 2,
      leaseUntil: Date.now() + 60_000,
      ...changes,
    });
  const fail = async (fileId: string, state = 'open') =>
    gateway.put('incidents', { incidentId: fileId, kind: 'file-failed', subject: fileId, state, count: 1 });

  it("lists a project's files, and how far they are", async () => {
    await gateway.addFiles(
      copying('f-1'),
      fileRow('f-2', { size: 4_000, bytesDone: 1_000, bytesTotal: 4_000, bytesPerSecond: 10 }),
      fileRow('f-3', { state: 'failed', size: 10, bytesDone: 0, attempt: 10, lastError: 'the portal\nhas none' }),
      resultRow('r.csv'),
      fileRow('f-4', { projectNo: '1002' }),
    );
    expect(await list('--project', '1001')).toEqual([
      'STATE      SIZE     DONE            RATE       LEFT          TRIES  PROJECT   FILE',
      'copying    200 MB   50 MB    25 %   75 MB/s    2 s           2      1001      f-1',
      'stored     4 kB     4 kB     100 %                           1      1001      f-2',
      'failed     10 B     0 B      0 %                             10     1001      f-3  the portal\ufffdhas none',
      'sent       10 B     10 B     100 %                           1      1001      outbox/1001/r.csv',
      '4 files',
    ]);
  });

  it('lists more than a page of files', async () => {
    await gateway.addFiles(...Array.from({ length: 230 }, (_, index) => fileRow(`f-${index}`)));
    expect((await list('--project', '1001')).at(-1)).toBe('230 files');
    expect(await list('--project', '1001', '--state', 'failed')).toEqual([
      'No files with --project 1001 --state failed.',
    ]);
  });

  it('lists what is to be moved or has failed, over all projects, in the order in which it was asked for', async () => {
    await gateway.addFiles(
      copying('f-2', { projectNo: '1002' }),
      copying('f-1', { leaseUntil: 1 }),
      fileRow('f-3'),
      fileRow('f-4', { state: 'failed' }),
      fileRow('f-5', { state: 'failed' }),
      fileRow('f-6'),
      resultRow('r.csv', { state: 'pending' }),
    );
    await gateway.enqueue(
      { kind: 'delivery', fileId: 'f-2' },
      { kind: 'delivery', fileId: 'f-1' },
      { kind: 'return', fileId: 'f-1' },
      { kind: 'return', fileId: 'f-3' },
      { kind: 'result', fileId: 'outbox/1001/r.csv' },
    );
    await gateway.put('messages', { messageId: 'm', leaseUntil: Date.now() + 60_000 });
    await fail('f-4');
    await fail('f-5', 'dismissed');

    const shown = (await list('--json')).map((line) => JSON.parse(line));

    expect(shown.map(({ fileId, state }) => [fileId, state])).toEqual([
      ['f-2', 'copying'],
      ['f-1', 'copying'],
      ['f-3', 'returning'],
      ['outbox/1001/r.csv', 'pending'],
      ['f-4', 'failed'],
    ]);
    expect(shown[0]).toMatchObject({ projectNo: '1002', bytes: 200 * megabyte, secondsLeft: 2, attempt: 2 });
    expect(await list('--project', '1001', '--state', 'returning')).toHaveLength(3);
    const [, abandoned = ''] = (await list('--state', 'copying')).filter((line) => line.startsWith('copying'));
    expect(abandoned).not.toContain('MB/s');
  });

  it('watches until it is stopped, and tells what becomes of the files', async () => {
    await gateway.addFiles(copying('f-1'), fileRow('f-2', { state: 'failed', lastError: 'no such file' }));
    await gateway.enqueue({ kind: 'delivery', fileId: 'f-1' }, { kind: 'delivery', fileId: 'f-4' });
    await gateway.addFiles(copying('f-4', { projectNo: '1002' }));
    await fail('f-2');
    const { child, ended } = gateway.start('files', '--watch', '--project', '1001');
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await vi.waitFor(() => expect(output).toContain('f-2  failed: no such file'), 10_000);

    await gateway.addFiles(fileRow('f-1', { size: 200 * megabyte }));
    await gateway.dequeue(0);
    await vi.waitFor(() => expect(output).toContain('f-1  stored, 200 MB'), 10_000);
    child.kill('SIGINT');

    expect(await ended).toMatchObject({ code: 0, errors: '' });
    expect(output).not.toContain('f-4');
  });

  it('lists what a stack on AWS has', async () => {
    await gateway.addFiles(fileRow('f-1'));
    const cloudFormation = await startCloudFormation(gateway.outputs);
    const { code, output, errors } = await runOperator(['files', '--project', '1001', '--stack', 'dst-test'], {
      ...aws,
      ...gateway.variables,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    });
    expect([code, errors, cloudFormation.asked]).toEqual([0, '', ['dst-test']]);
    expect(output).toContain('1 file\n');
  });

  it('says what a stack lacks', async () => {
    const { FilesTable, ...outputs } = gateway.outputs;
    const { endpoint } = await startCloudFormation(outputs);
    const { code, errors } = await runOperator(['files'], { ...aws, AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint });
    expect([code, errors]).toEqual([2, `The gateway's stack has no output for "files": deploy it anew\n`]);
  });

  it.each([
    [['--state', 'lost'], `argument 'lost' is invalid. The value must be one of ${fileStates.join(', ')}`],
    [['--state', 'stored'], '--state stored needs --project'],
    [['--watch', '--json'], 'give one of them'],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, errors } = await gateway.operate('files', ...args);
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  });
});
