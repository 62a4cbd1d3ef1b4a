import * as z from 'zod';
import { isSafeName } from '../names.ts';
import { shellQuote } from '../resources/staging/job-script.ts';
import type { JobType } from './job-type.ts';
import { parseJobSettings } from './settings.ts';

const details = z.object({
  script: z.string().refine(isSafeName, 'must be the name of a file of the workspace'),
});

/** Runs a file of the workspace: by its first line if that names an interpreter, else by bash. */
export const batch: JobType = {
  details,
  script(job) {
    const { script } = parseJobSettings(details, job.details);
    return `
${scriptCommand(script, 'bash')}
exec "$@"
`;
  },
};

/**
 * Sets the parameters of a shell to the command that runs a file of the workspace.
 *
 * @param shell runs a file whose first line names no interpreter
 */
export const scriptCommand = (script: string, shell: 'bash' | 'sh'): string => `file=./${shellQuote(script)}
if ! [ -f "$file" ]; then
  printf 'The workspace has no file %s\\n' ${shellQuote(script)} >&2
  exit 127
fi
if [ "$(head -c 2 -- "$file")" = '#!' ]; then
  chmod u+x -- "$file"
  set -- "$file"
else
  set -- ${shell} "$file"
fi`;
