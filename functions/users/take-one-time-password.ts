import * as z from 'zod';
import { createDatabase } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { directCall } from '../../shared/platform/middleware/chains.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { foldId, idSchema } from '../../shared/portal/id.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';
import { takeOneTimePassword } from '../../shared/users/take-one-time-password.ts';

const env = configuration(['USERS_TABLE', 'MESSAGES_TABLE', 'HISTORY_TABLE', 'UNPUBLISHED_TABLE']);
const taking = {
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  tables: {
    users: env.USERS_TABLE,
    messages: env.MESSAGES_TABLE,
    history: env.HISTORY_TABLE,
    unpublished: env.UNPUBLISHED_TABLE,
  },
  credentials: credentialsFromEnvironment(),
};

export const handler = directCall(taking, {
  input: z.object({ accessIdentifier: idSchema.transform(foldId) }),
  run: ({ accessIdentifier }) => takeOneTimePassword(taking, accessIdentifier),
});
