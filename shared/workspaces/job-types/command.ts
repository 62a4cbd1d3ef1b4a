import * as z from 'zod';
import { PermanentError } from '../../platform/errors.ts';
import { isSafeName } from '../names.ts';
import { shellQuote } from '../resources/staging/job-script.ts';
import { scriptCommand } from './batch.ts';
import type { JobType } from './job-type.ts';
import { parseJobSettings } from './settings.ts';

const details = z
  .object({
    script: z.string().refine(isSafeName, 'must be the name of a file of the workspace').optional(),
    command: z.array(z.string().max(1_000)).min(1).max(50).optional(),
    image: z
      .string()
      .max(300)
      .regex(/^[a-z0-9][\w.\-/:]*(?:@sha256:[0-9a-f]{64})?$/, 'must be a reference to a container image')
      .optional(),
    gpu: z.boolean().optional(),
  })
  .refine(({ script, command: words, image }) => script ?? words ?? image, 'must name a script, a command or an image');

const settings = z.strictObject({
  /** Program of the resource that runs container images. Without it, the resource runs none. */
  containers: z.enum(['apptainer', 'singularity', 'podman']).optional(),
});

/** Whether a resource runs container images, by its `environment_details`. */
export const runsContainers = (given: unknown): boolean =>
  settings.safeParse(given ?? {}).data?.containers !== undefined;

/**
 * Runs a command in the directory of the workspace, or a script of it; in a container, where an image is given, that has this
 * directory, and a network only where the program gives every container one.
 */
export const command: JobType = {
  details,
  script(job, given) {
    const { containers } = parseJobSettings(settings, given);
    const { script, command: words, image, gpu = false } = parseJobSettings(details, job.details);
    const parameters = words
      ? `set -- ${words.map(shellQuote).join(' ')}`
      : script === undefined
        ? 'set --'
        : scriptCommand(script, image === undefined ? 'bash' : 'sh');
    if (image === undefined) return `\n${parameters}\nexec "$@"\n`;
    if (containers === undefined) throw new PermanentError('The resource runs no container images');
    return `\n${parameters}\nexec ${containerCommand(containers, image, gpu)} "$@"\n`;
  },
};

function containerCommand(program: 'apptainer' | 'singularity' | 'podman', image: string, gpu: boolean): string {
  if (program === 'podman') {
    const device = gpu ? ' --device nvidia.com/gpu=all' : '';
    return `podman run --rm --network none${device} --volume "$PWD:/work" --workdir /work ${shellQuote(image)}`;
  }
  // `exec` takes a command, `run` does what the image is for.
  return `${program} "$([ $# -gt 0 ] && echo exec || echo run)" --containall${gpu ? ' --nv' : ''} --bind "$PWD:/work" --pwd /work ${shellQuote(`docker://${image}`)}`;
}
