import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, readLogLine } from '../../../../infra/local/start/events.ts';
import { progressBar, progressText } from '../../../../infra/terminal/progress-bars.ts';
import { fileLine, messageLine, printable, table, timeOfDay } from '../../../../infra/terminal/render.ts';
import { openScreen } from '../../../../infra/terminal/screen.ts';
import { secondsLeft } from '../../../../shared/files/file-progress.ts';
import { bytes, duration } from '../../../../shared/platform/units.ts';

const timestamp = '2025-01-31T12:00:00.000Z';
const at = Date.parse(timestamp);
const logLine = (fields: object) => `create-project ${JSON.stringify({ level: 'INFO', timestamp, ...fields })}`;
const outcome = (fields: object) => outcomeOf(readLogLine(logLine(fields)) ?? { message: '?', timestamp: new Date(0) });

describe('a line of the log', () => {
  it('tells what became of a message', () => {
    expect(outcome({ message: 'received' })).toBe('received');
    expect(outcome({ message: 'working' })).toBe('working: files under way');
    expect(outcome({ message: 'incident', expected: 'a', found: 'b' })).toBe('incident: expected a, found b');
    expect(outcome({ message: 'incident', expected: 'a', found: 'b', held: true })).toBe(
      'incident, held: expected a, found b',
    );
    expect(outcome({ message: 'work failed', attempts: 2, error: 'E: 500' })).toBe('attempt 2 failed: E: 500');
    expect(outcome({ message: 'marking failed', error: 'E: 500' })).toBe('not marked yet: E: 500');
  });

  it('tells nothing when it is about something else', () => {
    expect(outcome({ message: 'polled', listed: 3 })).toBeUndefined();
  });

  it.each(['poll failed: PortalError', '', 'poll {broken', 'poll {"no":"message"}', 'poll [1]'])(
    'may be any text: %s',
    (line) => {
      expect(readLogLine(line)).toBeUndefined();
    },
  );
});

describe('a line of the view', () => {
  it('is about a message', () => {
    const line = messageLine({
      at,
      messageId: '0123456789',
      type: 'CreateProject',
      line: 'project#1001',
      outcome: 'marked',
    });
    expect(line).toBe(`${timeOfDay(at)}  CreateProject         01234567  project 1001  marked`);
  });

  it('is about a message of no project that is known', () => {
    const line = messageLine({ at, messageId: 'm', type: 'ResetPassword', line: 'access#a', outcome: 'received' });
    expect(line).toBe(`${timeOfDay(at)}  ResetPassword         m         -             received`);
  });

  it('is about a file', () => {
    expect(fileLine(at, 'f-1', 'stored, 2.0 MB')).toBe(`${timeOfDay(at)}  file                  f-1  stored, 2.0 MB`);
  });

  it('holds no control character, whatever the portal sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = messageLine({ at, messageId: text, type: text, line: `project#${text}`, outcome: text });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(fileLine(at, text, text)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
    expect(printable('a\u001b[2Jb\u202ec')).toBe('a\ufffd[2Jb\ufffdc');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [4_000, '4 kB'],
    [2_500_000, '2.5 MB'],
    [200_000_000, '200 MB'],
    [1_500_000_000_000, '1.5 TB'],
  ])('%d bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it('of a copy are a share when its size is known', () => {
    const file = { fileId: 'f', bytesDone: 50_000_000, size: 200_000_000 };
    expect(progressText(file)).toBe(' 25 %  50 MB of 200 MB');
    expect(progressText({ ...file, bytesTotal: 100_000_000 })).toBe(' 50 %  50 MB of 100 MB');
    expect(progressText({ fileId: 'f', bytesDone: 50_000_000 })).toBe('50 MB');
    expect(progressBar(file)).toContain('███████░');
  });

  it('of a copy tell when it will be there', () => {
    const file = { fileId: 'f', bytesDone: 50_000_000, size: 200_000_000, bytesPerSecond: 75_000_000 };
    expect(progressText(file)).toBe(' 25 %  50 MB of 200 MB  75 MB/s  2 s left');
    expect(progressText({ ...file, bytesPerSecond: 0 })).toBe(' 25 %  50 MB of 200 MB');
    expect(secondsLeft({ fileId: 'f', bytesDone: 1, bytesPerSecond: 1 })).toBeUndefined();
    expect(secondsLeft({ ...file, bytesDone: 300_000_000 })).toBe(0);
  });

  it('of a copy are whole on a terminal of 80 columns, whatever the file is called', () => {
    const most = { bytesDone: 123_000_000_000, size: 456_000_000_000, bytesPerSecond: 1_234_567 };
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 75, max: 300 }), (fileId, columns) => {
        const bar = progressBar({ fileId, ...most }, columns);
        expect(bar.length).toBeLessThanOrEqual(columns);
        expect(bar.endsWith(progressText({ fileId, ...most }))).toBe(true);
      }),
    );
    expect(progressBar({ fileId: 'population.parquet', ...most }, 79)).toBe(
      '↓ population.par ███░░░░░░░░░░░  26 %  123 GB of 456 GB  1.2 MB/s  3 d 2 h left',
    );
  });

  it.each([
    [0.2, '1 s'],
    [59.5, '1 min 00 s'],
    [200, '3 min 20 s'],
    [7_500, '2 h 05 min'],
    [275_000, '3 d 4 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('of a copy never overflow their bar', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (bytesDone, size) => {
        expect(progressBar({ fileId: 'f', bytesDone, size })).toMatch(/ [█░]{30} /);
      }),
    );
  });

  it('stand in columns', () => {
    expect(
      table([
        ['Messages', 'marked'],
        ['  a', '1'],
        ['  long name', '22'],
      ]),
    ).toEqual(['Messages     marked', '  a               1', '  long name      22']);
  });
});

describe('a screen', () => {
  const open = (isTTY: boolean) => {
    const written: string[] = [];
    const screen = openScreen({ isTTY, columns: 20, rows: 10, write: (text) => written.push(String(text)) > 0 });
    return { screen, written };
  };

  it('has the bars below the lines', () => {
    const { screen, written } = open(true);
    screen.bars(['bar 1', 'bar 2']);
    screen.print('line');
    screen.bars([]);
    expect(written).toEqual(['\x1b[Jbar 1\nbar 2\n', '\x1b[2A\x1b[Jline\nbar 1\nbar 2\n', '\x1b[2A\x1b[J']);
  });

  it('shortens bars to a row of the terminal, and to its rows', () => {
    const { screen, written } = open(true);
    screen.bars(Array.from({ length: 30 }, () => 'x'.repeat(50)));
    expect(written.join('').match(/x+\n/g)).toEqual(Array.from({ length: 8 }, () => `${'x'.repeat(19)}\n`));
  });

  it('is plain lines without a terminal', () => {
    const { screen, written } = open(false);
    screen.bars(['bar']);
    screen.print('line');
    expect(written).toEqual(['line\n']);
  });
});
