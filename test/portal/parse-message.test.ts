import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageContent, messageTypes, parseMd5 } from '../../shared/portal/message-schema.ts';
import { parseMessage, type ReadOptions } from '../../shared/portal/parse-message.ts';

const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const delivery = { projectNo: 707070, files: [{ fileId: uuid, fileSize: 5, fileChecksum: md5 }] };
const access = { accessIdentifier: uuid };

const contents: Record<(typeof messageTypes)[number], { sent: object; read: MessageContent }> = {
  CreateProject: { sent: { projectNo: 1 }, read: { type: 'CreateProject', data: { projectNo: '1' } } },
  DeleteProject: { sent: { projectNo: 1 }, read: { type: 'DeleteProject', data: { projectNo: '1' } } },
  CreateProjectAccess: {
    sent: { projectNo: 1, ...access },
    read: { type: 'CreateProjectAccess', data: { projectNo: '1', ...access } },
  },
  DeleteProjectAccess: { sent: access, read: { type: 'DeleteProjectAccess', data: access } },
  DisableProjectAccess: { sent: access, read: { type: 'DisableProjectAccess', data: access } },
  EnableProjectAccess: { sent: access, read: { type: 'EnableProjectAccess', data: access } },
  ResetPassword: { sent: access, read: { type: 'ResetPassword', data: access } },
  DataDeliveryReady: {
    sent: { dataDeliveryId: uuid, ...delivery },
    read: { type: 'DataDeliveryReady', data: { dataDeliveryId: uuid, ...delivery, projectNo: '707070' } },
  },
  DeleteDataFile: { sent: { fileId: uuid }, read: { type: 'DeleteDataFile', data: { fileId: uuid } } },
  ReturnDataFile: { sent: { fileId: uuid }, read: { type: 'ReturnDataFile', data: { fileId: uuid } } },
};

function message(fields: object = {}): string {
  const timestamp = '2026-01-02T03:04:05.678Z';
  return JSON.stringify({
    messageId: uuid,
    messageType: 'CreateProject',
    timestamp,
    data: { projectNo: 1 },
    ...fields,
  });
}

function problemOf(raw: string, options?: ReadOptions): string | undefined {
  const read = parseMessage(raw, options);
  return read.readable ? undefined : read.problem;
}

describe.each(messageTypes)('%s', (messageType) => {
  const { sent, read } = contents[messageType];
  const once = JSON.stringify(sent);

  it.each([
    ['an object', sent],
    ['a JSON text', once],
    ['the JSON text of a JSON text', JSON.stringify(once)],
  ])('is read with its data as %s, strictly too', (_form, data) => {
    const raw = message({ messageType, data });
    for (const strict of [false, true]) {
      const listed = parseMessage(raw, { strict });
      expect(listed).toMatchObject({ readable: true, messageId: uuid, timestamp: '2026-01-02T03:04:05.678Z', raw });
      expect(listed.readable && listed.content).toEqual(read);
      expect(listed.contentHash).toBe(parseMessage(message({ messageType, data: sent })).contentHash);
    }
  });

  it('names the first field that is missing', () => {
    expect(problemOf(message({ messageType, data: {} }))).toMatch(/^data\.\w+: must be /);
    expect(problemOf(message({ messageType, data: undefined }))).toBe('data: must be an object or a JSON text of one');
  });
});

describe('reading tolerantly', () => {
  it('keeps integers as they were written, beyond what a double can hold', () => {
    const raw =
      '{"messageId":9007199254740993,"messageType":"CreateProject","data":{"projectNo":18446744073709551617}}';
    expect(parseMessage(raw)).toMatchObject({
      readable: true,
      messageId: '9007199254740993',
      content: { data: { projectNo: '18446744073709551617' } },
    });
  });

  it.each(['1e3', '1.0', '1.5', 'true', 'null', '[]', '{}', '""', '"."', '".."', '"\\ud800"', `"${'x'.repeat(257)}"`])(
    'refuses %s as an id and names the field',
    (id) => {
      const listed = parseMessage(`{"messageId":${id},"messageType":"CreateProject","data":{"projectNo":1}}`);
      expect(listed).toMatchObject({ readable: false, problem: expect.stringMatching(/^messageId: must /) });
      expect(listed).not.toHaveProperty('messageId');
      expect(problemOf(`{"messageId":1,"messageType":"CreateProject","data":{"projectNo":${id}}}`)).toMatch(
        /^data\.projectNo: must /,
      );
    },
  );

  it.each([
    ['7', 7],
    ['"7"', 7],
    ['3000000000', 3_000_000_000],
    ['-1294967296', -1_294_967_296],
    ['1.5', undefined],
    ['99999999999999999999', undefined],
    ['"big"', undefined],
    ['null', undefined],
    ['{}', undefined],
  ])('takes the size %s for the hint %s', (size, hint) => {
    const files = `[{"fileId":"f","fileSize":${size},"fileChecksum":"?"}]`;
    const listed = parseMessage(
      `{"messageId":1,"messageType":"DataDeliveryReady","data":{"projectNo":1,"files":${files}}}`,
    );
    const file =
      hint === undefined ? { fileId: 'f', fileChecksum: '?' } : { fileId: 'f', fileSize: hint, fileChecksum: '?' };
    expect(listed.readable && listed.content.data).toStrictEqual({ projectNo: '1', files: [file] });
  });

  it.each([
    ['"yesterday"', 'yesterday'],
    ['1700000000000', '1700000000000'],
    ['null', undefined],
    ['{}', undefined],
    ['"\\udc00"', undefined],
  ])('keeps the timestamp %s as %s', (timestamp, kept) => {
    const raw = `{"messageId":1,"messageType":"CreateProject","timestamp":${timestamp},"data":{"projectNo":"P 1"}}`;
    const listed = parseMessage(raw);
    expect(listed.readable).toBe(true);
    expect(listed.readable && listed.timestamp).toBe(kept);
  });

  it('ignores fields that it does not know, and minds the case of those that it does', () => {
    expect(problemOf(message({ extra: 1, data: { projectNo: 1, more: [] } }))).toBeUndefined();
    expect(problemOf(message({ data: { ProjectNo: 1 } }))).toBe('data.projectNo: must be a string or an integer');
    expect(problemOf(message({ messageType: 'createProject' }))).toBe(
      'messageType: must be one of the ten message types',
    );
  });

  it('takes the last of two equal keys, as JSON.parse does, and no harm from __proto__', () => {
    const raw =
      '{"__proto__":{"messageId":"evil"},"messageId":"a","messageId":"b","messageType":"CreateProject","data":{"projectNo":1,"__proto__":{"x":1}}}';
    expect(parseMessage(raw)).toMatchObject({ readable: true, messageId: 'b' });
    expect(
      problemOf('{"__proto__":{"messageId":"evil"},"messageType":"CreateProject","data":{"projectNo":1}}'),
    ).toMatch(/^messageId/);
    expect(Object.prototype).not.toHaveProperty('messageId');
  });

  it('keeps the id and the type of a message whose data it cannot read', () => {
    const read = parseMessage(message({ messageType: 'MoveProject' }));
    expect(read).toMatchObject({ readable: false, messageId: uuid, messageType: 'MoveProject' });
  });

  it.each([
    ['no JSON', '{"messageId":', 'message: must be JSON'],
    ['a NUL', '{"messageId":"\0"}', 'message: must be JSON'],
    ['no object', '[1]', 'message: must be an object'],
    ['deep nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'message: must not be nested that deep'],
  ])('gives %s as unreadable', (_what, raw, problem) => {
    expect(parseMessage(raw)).toMatchObject({ readable: false, problem, raw });
  });

  it('never throws, and gives every text back', () => {
    const field = fc.constantFrom(
      'messageId',
      'messageType',
      'timestamp',
      'data',
      'projectNo',
      'files',
      'fileId',
      '__proto__',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom<unknown>(...messageTypes, '"', '{}', '"{}"', '..'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(field, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      tree.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (raw, strict) => {
        const read = parseMessage(raw, { strict });
        expect(read.raw).toBe(raw);
        expect(read.contentHash).toMatch(/^[0-9a-f]{64}$/);
        if (!read.readable) expect(read.problem).toMatch(/^[\w.[\]]+: /);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reading strictly', () => {
  it.each([
    ['an id that is no UUID', { messageId: 'x' }, 'messageId: must be a UUID'],
    ['an integer id', { messageId: 5 }, 'messageId: must be a string or an integer'],
    ['a time without zone', { timestamp: '2026-01-02T03:04:05' }, 'timestamp: must be an RFC 3339 date and time'],
    ['a time that is none', { timestamp: '2026-13-41T03:04:05Z' }, 'timestamp: must be an RFC 3339 date and time'],
    ['a number of more than 32 bits', { data: { projectNo: 2 ** 31 } }, 'data.projectNo: must be a 32-bit integer'],
    ['a number as a string', { data: { projectNo: '1' } }, 'data.projectNo: must be a 32-bit integer'],
    ['a further field', { extra: 1 }, 'message: has fields that are not described'],
    ['a further field of the data', { data: { projectNo: 1, a: 1 } }, 'data: has fields that are not described'],
    [
      'a size of more than 32 bits',
      {
        messageType: 'DataDeliveryReady',
        data: { projectNo: 1, files: [{ fileId: uuid, fileSize: 2 ** 31, fileChecksum: md5 }] },
      },
      'data.files[0].fileSize: must be a 32-bit integer',
    ],
  ])('refuses %s', (_what, fields, problem) => {
    expect(problemOf(message(fields), { strict: true })).toBe(problem);
  });

  it('needs neither a time nor a delivery id', () => {
    const raw = message({ timestamp: undefined, messageType: 'DataDeliveryReady', data: delivery });
    expect(problemOf(raw, { strict: true })).toBeUndefined();
  });
});

describe('the files of a delivery', () => {
  const withFiles = (...files: object[]) =>
    message({ messageType: 'DataDeliveryReady', data: { projectNo: 1, files } });

  it('may be none', () => {
    expect(problemOf(withFiles())).toBeUndefined();
  });

  it('count once when they are named twice with the same checksum', () => {
    const listed = parseMessage(
      withFiles(
        { fileId: 'a', fileChecksum: md5 },
        { fileId: 'b', fileChecksum: 'x' },
        { fileId: 'a', fileChecksum: md5.toUpperCase() },
      ),
    );
    expect(listed.readable && listed.content.data).toMatchObject({
      files: [{ fileId: 'a', fileChecksum: md5 }, { fileId: 'b' }],
    });
  });

  it('make the message unreadable when the checksums of one differ', () => {
    expect(problemOf(withFiles({ fileId: 'a', fileChecksum: 'x' }, { fileId: 'a', fileChecksum: 'y' }))).toBe(
      'data.files: must not have one file with different checksums',
    );
  });

  it.each([[undefined], [5], [''], ['x'.repeat(257)], ['\ud800']])('need a checksum other than %j', (fileChecksum) => {
    expect(problemOf(withFiles({ fileId: 'a', fileChecksum: 'x' }, { fileId: 'b', fileChecksum }))).toMatch(
      /^data\.files\[1\]\.fileChecksum: must /,
    );
  });
});

describe('the content hash', () => {
  const hash = (raw: string) => parseMessage(raw).contentHash;

  it('is the same whatever the order of the keys and the white space', () => {
    const value = fc.record({ messageId: fc.constant('1'), messageType: fc.string(), data: fc.jsonValue() });
    fc.assert(
      fc.property(value, (fields) => {
        const turned = JSON.stringify(fields, (_key, item) =>
          item !== null && typeof item === 'object' && !Array.isArray(item)
            ? Object.fromEntries(Object.entries(item).reverse())
            : item,
        );
        expect(hash(JSON.stringify(JSON.parse(turned), null, 2))).toBe(hash(JSON.stringify(fields)));
      }),
    );
  });

  it('does not change with fields that nobody described', () => {
    expect(hash(message({ listedAt: 5 }))).toBe(hash(message()));
  });

  it.each([{ messageType: 'DeleteProject' }, { timestamp: 'later' }, { data: { projectNo: 2 } }])(
    'is another with %j under the same id',
    (change) => {
      expect(hash(message(change))).not.toBe(hash(message()));
    },
  );

  it('tells integers apart that are one and the same double', () => {
    const withNumber = (number: string) =>
      `{"messageId":1,"messageType":"CreateProject","data":{"projectNo":${number}}}`;
    expect(hash(withNumber('9007199254740993'))).not.toBe(hash(withNumber('9007199254740992')));
  });

  it('tells messages without a usable id apart by everything in them', () => {
    expect(hash('{"a":1}')).not.toBe(hash('{"a":2}'));
    expect(hash('1')).not.toBe(hash('2'));
    expect(hash('{"a":')).not.toBe(hash('{"b":'));
  });
});

describe('parseMd5', () => {
  it.each([
    [md5, md5],
    [` ${md5.toUpperCase()}\n`, md5],
    [md5.slice(1), undefined],
    [`${md5}0`, undefined],
    ['g'.repeat(32), undefined],
    ['1B2M2Y8AsgTpgAmY7PhCfg==', undefined],
  ])('reads %j as %s', (text, result) => {
    expect(parseMd5(text)).toBe(result);
  });
});
