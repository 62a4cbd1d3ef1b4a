import * as z from 'zod';
import { isSafeName } from '../names.ts';
import { shellQuote } from '../resources/slurm/script.ts';
import type { JobType } from './job-type.ts';
import { parseSettings } from './settings.ts';

const details = z.object({
  script: z.string().refine(isSafeName, 'must be the name of a file of the workspace'),
});

/** Runs a file of the workspace: by its first line if that names an interpreter, else by bash. */
export const batch: JobType = {
  details,
  script(job) {
    const { script } = parseSettings(details, job.details);
    return `
file=./${shellQuote(script)}
if ! [ -f "$file" ]; then
  printf 'The workspace has no file %s\\n' ${shellQuote(script)} >&2
  exit 127
fi
if [ "$(head -c 2 -- "$file")" = '#!' ]; then
  chmod u+x -- "$file"
  exec "$file"
fi
exec bash "$file"
`;
  },
};
