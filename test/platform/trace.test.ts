import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Log } from '../../shared/platform/logger.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { withSubsegment } from '../../shared/platform/trace.ts';

const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0';
const step = { name: 'CreateProject', messageId: 'm-1; "odd"=1' };
const packetSchema = z.tuple([z.instanceof(Buffer)]).rest(z.unknown());

let daemon: ReturnType<typeof createSocket>;
let warnings: string[];
let packets: string[];
const log: Log = { debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} };
const context = { clock: systemClock, log };

beforeEach(async () => {
  [warnings, packets] = [[], []];
  daemon = createSocket('udp4');
  daemon.bind(0, '127.0.0.1');
  daemon.on('message', (packet) => packets.push(packet.toString()));
  await once(daemon, 'listening');
});
afterEach(() => daemon.close());

const environment = (others: Record<string, string> = {}) => ({
  _X_AMZN_TRACE_ID: header,
  AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
  ...others,
});

async function nextPacket(): Promise<string> {
  const [packet] = packetSchema.parse(await once(daemon, 'message'));
  return packet.toString();
}

describe('a traced step', () => {
  it('is told to X-Ray as part of the invocation, with its message', async () => {
    const packet = nextPacket();

    expect(await withSubsegment(context, step, async () => 'done', environment())).toBe('done');

    const [format, document = ''] = (await packet).split('\n');
    expect(JSON.parse(format ?? '')).toEqual({ format: 'json', version: 1 });
    expect(JSON.parse(document)).toEqual({
      type: 'subsegment',
      name: 'CreateProject',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      parent_id: '53995c3f42cd8ad8',
      start_time: expect.any(Number),
      end_time: expect.any(Number),
      fault: false,
      annotations: { messageId: step.messageId },
    });
  });

  it('that fails is told as a fault, and fails', async () => {
    const packet = nextPacket();
    const work = async () => {
      throw new Error('secret');
    };

    await expect(withSubsegment(context, step, work, environment())).rejects.toThrow('secret');

    expect(await packet).toContain('"fault":true');
    expect(await packet).not.toContain('secret');
  });

  it.each([
    ['Lambda does not trace', { _X_AMZN_TRACE_ID: '' }],
    ['this invocation is none of the sample', { _X_AMZN_TRACE_ID: header.replace('Sampled=1', 'Sampled=0') }],
    ['the header can not be read', { _X_AMZN_TRACE_ID: ';=;Sampled=1' }],
    ['nobody listens', { AWS_XRAY_DAEMON_ADDRESS: '' }],
  ])('is done all the same when %s', async (_when, given) => {
    expect(await withSubsegment(context, step, async () => 'done', environment(given))).toBe('done');
    // A later subsegment is sent by itself.
    const packet = nextPacket();
    await withSubsegment(context, { ...step, name: 'last' }, async () => 'done', environment());
    expect(await packet).toContain('"last"');
    expect(packets).toHaveLength(1);
  });

  it('is done all the same when telling fails', async () => {
    const given = environment({ AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:99999' });

    expect(await withSubsegment(context, step, async () => 'done', given)).toBe('done');
    expect(warnings).toEqual(['not traced']);
  });
});
