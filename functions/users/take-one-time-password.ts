import * as z from 'zod';
import { createDatabase } from '../../shared/platform/clients.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';
import { tablesFromEnvironment } from '../../shared/platform/tables.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { foldId, idSchema } from '../../shared/portal/id.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';
import { takeOneTimePassword } from '../../shared/users/take-one-time-password.ts';

const taking = {
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  tables: tablesFromEnvironment(),
  credentials: credentialsFromEnvironment(),
};

export const handler = invocation(taking, {
  input: z.object({ accessIdentifier: idSchema.transform(foldId) }),
  run: ({ accessIdentifier }) => takeOneTimePassword(taking, accessIdentifier),
});
