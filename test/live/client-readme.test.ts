import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { deviceToken, legacyAuthenticate } from './legacy-tokens.ts';
import { startLive } from './live-fixture.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'shared/live/client');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const code = '1000000000000000';
const patience = { timeout: 20_000 };

type Follow = (
  url: string,
  fetchToken: () => Promise<unknown>,
  print: (line: string) => void,
  signal: AbortSignal,
) => Promise<void>;
const exampleSchema = z.object({ follow: z.custom<Follow>((value) => typeof value === 'function') });

/** The example of the document as a module. */
async function loadExample(): Promise<Follow> {
  const [, example = ''] = /```ts\n([\s\S]+?)```/.exec(readme) ?? [];
  const directory = mkdtempSync(join(tmpdir(), 'example-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'follow.ts');
  writeFileSync(file, example.replaceAll("from './", `from '${folder}/`));
  return exampleSchema.parse(await import(/* @vite-ignore */ file)).follow;
}

it('has an example that prints what happens', async () => {
  const follow = await loadExample();
  const live = await startLive({ authenticate: () => legacyAuthenticate });
  const lines: string[] = [];
  const controller = new AbortController();
  const following = follow(
    live.url,
    async () => deviceToken(code),
    (line) => lines.push(line),
    controller.signal,
  );
  await expect.poll(() => lines, patience).toEqual(['open', 'ping: true']);
  await live.manager.send({ action: 'event', event: { subject: 'project#1001' } }, code);
  await expect.poll(() => lines, patience).toContain('1: {"subject":"project#1001"}');
  controller.abort();
  await following;
  expect(lines.at(-1)).toBe('closed The client is closed');
});

it('can be bundled for browsers, as small as it says', async () => {
  const { metafile, outputFiles } = await build({
    ...{ entryPoints: [join(folder, 'websocket-client.ts')], absWorkingDir: root },
    ...{ bundle: true, minify: true, write: false, metafile: true, format: 'esm', platform: 'browser' },
  });
  const foreign = Object.keys(metafile.inputs).filter((path) => !path.startsWith('shared/live/client/'));
  expect(foreign).toEqual(['shared/platform/errors.ts']);
  const [, stated] = /bundle of (\d+) kB/.exec(readme) ?? [];
  expect(Math.round((outputFiles[0]?.contents.length ?? 0) / 1_000)).toBe(Number(stated));
});
