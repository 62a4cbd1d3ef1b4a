import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../../shared/portal/content-hash.ts';
import { parseMessage } from '../../shared/portal/parse-message.ts';

const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

const hash = (fields: object) =>
  parseMessage(
    JSON.stringify({
      messageId: uuid,
      messageType: 'CreateProject',
      timestamp: '2026-01-02T03:04:05Z',
      data: { projectNo: 1 },
      ...fields,
    }),
  ).contentHash;

const delivery = (...files: object[]) => ({ messageType: 'DataDeliveryReady', data: { projectNo: 1, files } });
const file = { fileId: uuid, fileSize: 5, fileChecksum: md5 };
const other = { fileId: 'other', fileSize: 7, fileChecksum: 'x' };
const access = (accessIdentifier: unknown, more = {}) => ({
  messageType: 'CreateProjectAccess',
  data: { projectNo: 1, accessIdentifier, ...more },
});

describe('the same message in other words has the same hash', () => {
  it.each([
    ['with milliseconds', { timestamp: '2026-01-02T03:04:05.000Z' }, {}],
    ['with an offset of zero', { timestamp: '2026-01-02T03:04:05+00:00' }, {}],
    ['in another zone', { timestamp: '2026-01-02T04:34:05.0000000+01:30' }, {}],
    ['in small letters', { timestamp: '2026-01-02t03:04:05z' }, {}],
    ['without a zone', { timestamp: '2026-01-02T03:04:05' }, {}],
    ['with a space', { timestamp: '2026-01-02 03:04:05+0000' }, {}],
    ['with null for a missing time', { timestamp: null }, { timestamp: undefined }],
    ['with a number for a text', { timestamp: 1_700_000_000_000 }, { timestamp: '1700000000000' }],
    ['with a field that nobody described', { data: { projectNo: 1, listedBy: 'x' } }, {}],
    ['with a number as text', { data: { projectNo: '1' } }, {}],
    ['with its data as text', { data: '{"projectNo":"1"}' }, {}],
    ['with an id in other letters', access(uuid.toUpperCase()), access(uuid)],
    ['with a further field of an access', access('a', { fileId: 'not of this type' }), access('a')],
    ['with its files in another order', delivery(other, file), delivery(file, other)],
    ['with a file named twice', delivery(file, other, { ...file, fileId: uuid.toUpperCase() }), delivery(file, other)],
    ['with a checksum in other letters', delivery({ ...file, fileChecksum: md5.toUpperCase() }), delivery(file)],
    ['with a size as text', delivery({ ...file, fileSize: '5' }), delivery(file)],
    ['with a further field of a file', delivery({ ...file, name: 'x' }), delivery(file)],
    [
      'with null for a missing delivery id',
      { messageType: 'DataDeliveryReady', data: { projectNo: 1, files: [], dataDeliveryId: null } },
      delivery(),
    ],
    [
      'unreadable, at the same instant',
      { messageType: 'New', timestamp: '2026-01-02T04:04:05+01:00' },
      { messageType: 'New' },
    ],
  ])('%s', (_what, changed, fields) => {
    expect(hash(changed)).toBe(hash(fields));
  });
});

describe('another message has another hash', () => {
  it.each([
    ['at another time', { timestamp: '2026-01-02T03:04:05.001Z' }, {}],
    ['a fraction later', { timestamp: '2026-01-02T03:04:05.0000001Z' }, {}],
    ['at no time', { timestamp: undefined }, {}],
    ['of another type', { messageType: 'DeleteProject' }, {}],
    ['of another project', { data: { projectNo: 2 } }, {}],
    ['of an id in other letters that is no UUID', access('A'), access('a')],
    ['of another size', delivery({ ...file, fileSize: 6 }), delivery(file)],
    ['of another checksum', delivery({ ...file, fileChecksum: 'y' }), delivery(file)],
    ['with one file less', delivery(file), delivery(file, other)],
    ['unreadable, with other data', { messageType: 'New', data: { a: 1 } }, { messageType: 'New', data: { a: 2 } }],
  ])('%s', (_what, changed, fields) => {
    expect(hash(changed)).not.toBe(hash(fields));
  });
});

describe('the hash of a message read strictly', () => {
  it('is that of the message read tolerantly', () => {
    const raw = JSON.stringify({ messageId: 5, messageType: 'CreateProject', data: { projectNo: 1, more: 2 } });
    const strictly = parseMessage(raw, { strict: true });
    expect(strictly).toMatchObject({ readable: false, contentHash: parseMessage(raw).contentHash });
  });
});

describe('instantOf', () => {
  it('is one text for all texts of an instant, and another for another instant', () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 });
    const textOf = (at: number, offset: number, zeros: number) => {
      const local = new Date(at + offset * 60_000).toISOString().slice(0, -1);
      const [hours, rest] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
        `${n}`.padStart(2, '0'),
      );
      return `${local}${'0'.repeat(zeros)}${offset < 0 ? '-' : '+'}${hours}:${rest}`;
    };
    fc.assert(
      fc.property(time, minutes, minutes, fc.nat(5), fc.integer({ min: 1, max: 1e6 }), (at, one, two, zeros, later) => {
        expect(instantOf(textOf(at, one, zeros))).toBe(instantOf(textOf(at, two, 0)));
        expect(instantOf(textOf(at + later, one, 0))).not.toBe(instantOf(textOf(at, two, zeros)));
      }),
    );
  });

  it.each(['yesterday', '1700000000000', '2026-13-41T03:04:05Z', '2026-01-02', '', '2026-01-02T03:04:05Z later'])(
    'gives %j back',
    (text) => {
      expect(instantOf(text)).toBe(text);
    },
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void instantOf(text)));
  });
});
