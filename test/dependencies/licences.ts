import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Licences (SPDX) under which a package may become a part of what is deployed. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0'];

/** Tools may be under these, too: they ask something of who changes or passes on the tool itself. */
const toolsOnly = ['MPL-2.0', 'Python-2.0'];

const root = join(import.meta.dirname, '..', '..');
const lockSchema = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().default(false) })) });
/** Old packages list the licences to choose from in `licenses`. */
const packageSchema = z
  .object({ license: z.string().optional(), licenses: z.array(z.object({ type: z.string() })).optional() })
  .transform(({ license, licenses }) => license ?? licenses?.map(({ type }) => type).join(' OR '));

const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
const installed = Object.entries(packages).filter(
  ([path]) => path !== '' && existsSync(join(root, path, 'package.json')),
);
const problems = installed.flatMap(([path, { dev }]) => {
  const license = packageSchema.parse(JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')));
  return isAllowed(license, dev) ? [] : [`${path}: ${license ?? 'no licence'}`];
});
console.log(`The licences of ${installed.length} installed packages: ${problems.length} that may not be used`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** One of the licences to choose from must be allowed; all of those that hold together. */
function isAllowed(license: string | undefined, isTool: boolean): boolean {
  const allowed = isTool ? [...permissive, ...toolsOnly] : permissive;
  const choices = license?.replaceAll(/[()]/g, '').split(' OR ') ?? [];
  return choices.some((choice) => choice.split(' AND ').every((one) => allowed.includes(one)));
}
