import { expect, it } from 'vitest';
import { start } from './start-process.ts';

it('plays a day, shows it in lines, sums it up and ends by itself', { timeout: 150_000 }, async () => {
  const day = start([]);

  expect(await day.ended, day.output()).toBe(0);

  const lines = day.output().split('\n');
  expect(lines).toContain('The day went exactly as expected.');
  expect(lines).toContain('  27 messages marked, the revocation before the long delivery that it overtook');
  expect(day.output()).toMatch(/researcher +1003-david is shut out, \d+ ms after the revocation/);
  expect(lines).toContain(
    '  a researcher signed in with the password that the portal got, and shut out by the revocation',
  );
  expect(lines).toContain("To try the operators' commands on such a day: npm start -- --stay");
  expect(lines).toContain('  1004-income.parquet: wrong bytes, once');
  const mismatch = lines.findIndex((line) => line.endsWith('expected access 1003-nobody, found it does not exist'));
  expect(lines[mismatch + 1]).toMatch(
    /^ {10}npm run operator -- incidents dismiss [0-9a-f]{32} --reason '…' --data-dir /,
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^\d\d:\d\d:\d\d {2}CreateProjectAccess {3}[0-9a-f]{8} {2}project 1001 {2}marked$/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /DisableProjectAccess {2}[0-9a-f]{8} .* incident: expected access 1003-nobody, found it does not exist$/,
    ),
  );
  expect(lines).toContainEqual(expect.stringMatching(/file .*1004-income.parquet {2}attempt \d failed: ChecksumError/));
  expect(lines).toContainEqual(expect.stringMatching(/CreateProjectAccess .*attempt \d failed: .* 500/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^Files {2}28 stored, 431 MB in .* MB\/s\); 2 returned, 1 sent, 3 deleted$/),
  );
  expect(lines).toContain('Incidents  2');
  expect(day.output()).not.toContain('\u001b');
});
