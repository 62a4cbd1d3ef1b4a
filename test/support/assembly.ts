import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { synthesize } from '../../infra/local/start/synthesize.ts';

const template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
type Template = z.infer<typeof template>;
const templateFile = 'dst-gateway.template.json';

/** The gateway's own app, synthesized at most once for all tests, with a template of one's own. */
export async function changeAssembly(
  directory: string,
  change: (resource: Template['Resources'][string]) => void,
): Promise<Template> {
  const synthesized = await synthesize(AbortSignal.timeout(150_000));
  mkdirSync(directory);
  for (const name of readdirSync(synthesized)) {
    if (name !== templateFile) symlinkSync(join(synthesized, name), join(directory, name));
  }
  const changed = template.parse(JSON.parse(readFileSync(join(synthesized, templateFile), 'utf8')));
  for (const resource of Object.values(changed.Resources)) change(resource);
  writeFileSync(join(directory, templateFile), JSON.stringify(changed));
  return changed;
}
