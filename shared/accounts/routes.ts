import * as z from 'zod';
import { answer } from '../api/answer.ts';
import { type Route, routesOf } from '../api/route.ts';
import { blockReason, readAccount } from './account.ts';
import { selfOrAdmin } from './caller.ts';
import type { AccountContext } from './context.ts';

const route = routesOf<AccountContext>();

const userSchema = z
  .object({
    username: z.string(),
    password: z.literal('').describe('Always empty'),
    autoGeneratePassword: z.boolean().describe('Whether the gateway made the password'),
    changePasswordOnFirstLogin: z.boolean().describe('Whether a new password is still to be set'),
    fname: z.string(),
    lname: z.string(),
    blockLogin: z.boolean(),
    blockLoginReason: z.string(),
    email: z.string(),
  })
  .meta({
    examples: [
      {
        username: 'bob',
        password: '',
        autoGeneratePassword: false,
        changePasswordOnFirstLogin: false,
        fname: 'Bob',
        lname: 'Example',
        blockLogin: false,
        blockLoginReason: '',
        email: 'bob@example.org',
      },
    ],
  });

const readUser = route({
  method: 'GET',
  path: '/accounts/user/{username}',
  summary: 'Reads an account',
  access: selfOrAdmin,
  parameters: z.object({ username: z.string().meta({ examples: ['bob'] }) }),
  answers: {
    200: { description: 'The account', body: userSchema },
    404: {
      description: 'There is no such account',
      body: z.object({ error: z.string() }).meta({ examples: [{ error: 'User with username bob does not exist' }] }),
    },
  },
  async handler({ parameters: { username } }, { db, tables }) {
    const account = await readAccount(db, tables.accounts, username);
    if (!account) return answer(404, { error: `User with username ${username} does not exist` });
    const blocked = blockReason(account);
    return answer(200, {
      username: account.userName,
      password: '',
      autoGeneratePassword: account.passwordGenerated,
      changePasswordOnFirstLogin: account.changePassword,
      fname: account.fname ?? '',
      lname: account.lname ?? '',
      blockLogin: blocked !== undefined,
      blockLoginReason: blocked ?? '',
      email: account.email ?? '',
    });
  },
});

/** The routes of `/accounts`. */
export const accountRoutes: readonly Route<AccountContext>[] = [readUser];
