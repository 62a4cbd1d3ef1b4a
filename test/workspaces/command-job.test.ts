import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { PermanentError } from '../../shared/platform/errors.ts';
import { command } from '../../shared/workspaces/job-types/command.ts';

/** Runs the script of a job in a directory with a file `run.sh`, and with a `podman` and an `apptainer` that tell their arguments. */
function run(details: object, settings: object = {}): string[] {
  const directory = mkdtempSync(join(inject('directory'), 'command-'));
  writeFileSync(join(directory, 'run.sh'), 'printf "ran %s\\n" "$#"\n');
  for (const program of ['podman', 'apptainer']) {
    writeFileSync(join(directory, program), '#!/bin/sh\nprintf "%s\\n" "$(basename "$0")" "$@"\n');
    chmodSync(join(directory, program), 0o755);
  }
  const script = command.script({ jobId: 1, details }, settings);
  const env = { PATH: `${directory}:${process.env.PATH}` };
  const output = execFileSync('bash', ['-c', script], { cwd: directory, env, encoding: 'utf8' });
  return output.replaceAll(directory, 'HERE').trimEnd().split('\n');
}

describe('a job of the type command', () => {
  it('runs a script', () => {
    expect(run({ script: 'run.sh' })).toEqual(['ran 0']);
  });

  it('runs a command, whose arguments stay as they are', () => {
    const argument = `a b'c"$(exit 1)\`;*\nd`;
    expect(run({ script: 'run.sh', command: ['printf', '%s', argument] }).join('\n')).toBe(argument);
  });

  it('runs a container image, with the directory and without a network', () => {
    expect(run({ image: 'centre/r:4', command: ['Rscript', 'a b.R'] }, { containers: 'podman' })).toEqual(
      ['podman', 'run', '--rm', '--network', 'none', '--volume', 'HERE:/work', '--workdir', '/work'].concat(
        'centre/r:4',
        'Rscript',
        'a b.R',
      ),
    );
    expect(run({ image: 'centre/r:4', script: 'run.sh', gpu: true }, { containers: 'apptainer' })).toEqual(
      ['apptainer', 'exec', '--containall', '--nv', '--bind', 'HERE:/work', '--pwd', '/work'].concat(
        'docker://centre/r:4',
        'sh',
        './run.sh',
      ),
    );
    expect(run({ image: 'centre/r:4' }, { containers: 'apptainer' })).toEqual(
      ['apptainer', 'run', '--containall', '--bind', 'HERE:/work', '--pwd', '/work'].concat('docker://centre/r:4'),
    );
  });

  it('runs no image where the resource runs none', () => {
    expect(() => command.script({ jobId: 1, details: { image: 'centre/r:4' } }, {})).toThrow(PermanentError);
  });

  it.each([{}, { script: '../a' }, { command: [] }, { image: '--privileged' }, { image: 'a b' }])(
    'takes no details such as %j',
    (details) => {
      expect(command.details.safeParse(details).success).toBe(false);
    },
  );
});
