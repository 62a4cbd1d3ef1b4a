import * as z from 'zod';
import { ruleBroken } from '../../api/validation-error.ts';
import { type AccountRow, blockReason } from '../account.ts';
import { passwordProblem } from '../password-rules.ts';

/** The most characters of a name or an e-mail address (RFC 5321). */
const longestName = 100;
const longestEmail = 254;

const profile = {
  fname: z.string().optional(),
  lname: z.string().optional(),
  blockLogin: z.boolean().optional(),
  blockLoginReason: z.string().optional(),
};

/** The body that creates an account, as documented. */
export const documentedAccount = z.object({
  username: z.string(),
  password: z.string().optional(),
  autoGeneratePassword: z.boolean(),
  changePasswordOnFirstLogin: z.boolean().optional(),
  ...profile,
  email: z.string(),
});

const example = { username: 'bob', autoGeneratePassword: true, email: 'bob@centre.example' };

export const newAccountBody = documentedAccount
  .extend({ changePasswordOnNextLogin: z.boolean().optional() })
  .meta({ examples: [example] });

/** The same of the later version, whose path names the account. */
export const documentedAdminAccount = documentedAccount.extend({
  username: z.string().optional(),
  storageQuota: z.number(),
  quotaGroup: z.string().optional(),
});

export const newAdminAccountBody = documentedAdminAccount
  .extend({ changePasswordOnNextLogin: z.boolean().optional() })
  .meta({ examples: [{ ...example, storageQuota: 1_000_000_000 }] });

export const accountChangesBody = z
  .object({
    ...profile,
    email: z.string().optional(),
    storageQuota: z.number().optional(),
    quotaGroup: z.string().optional(),
  })
  .meta({ examples: [{ blockLogin: true, blockLoginReason: 'Left the centre' }, { fname: 'Robert' }] });

type Fields = z.infer<typeof accountChangesBody>;

/**
 * Checks the fields of an account for rules that their schema does not express.
 *
 * @param schema that the refusal quotes
 * @throws Refusal naming the field and the rule
 */
export function checkFields(schema: z.ZodType, fields: Fields): void {
  const problem = Object.entries(rules)
    .map(([field, rule]) => [field, rule(fields)] as const)
    .find(([, broken]) => broken !== undefined);
  if (problem) throw ruleBroken(schema, problem.join(' '));
}

const rules: Readonly<Record<string, (fields: Fields) => string | undefined>> = {
  email: ({ email }) =>
    email === undefined || (email.length <= longestEmail && z.email().safeParse(email).success)
      ? undefined
      : 'must be an e-mail address',
  fname: ({ fname = '' }) => nameProblem(fname),
  lname: ({ lname = '' }) => nameProblem(lname),
  blockLoginReason: ({ blockLoginReason = '' }) =>
    blockLoginReason.length <= 1_000 ? undefined : 'must have at most 1000 characters',
  quotaGroup: ({ quotaGroup = '' }) => nameProblem(quotaGroup),
  storageQuota: ({ storageQuota = 0 }) =>
    Number.isSafeInteger(storageQuota) && storageQuota >= 0 ? undefined : 'must be a whole number of bytes',
};

/** @returns the rule that a name for people breaks; nothing when it may be used */
export function nameProblem(name: string): string | undefined {
  if (name.length > longestName) return `must have at most ${longestName} characters`;
  return /[\p{Cc}\p{Cs}]/u.test(name) ? 'must not have control characters' : undefined;
}

/** @throws Refusal naming the rule that a new password breaks */
export function checkPassword(
  schema: z.ZodType,
  field: string,
  password: string,
  { userName, email, fname, lname }: Partial<Pick<AccountRow, 'userName' | 'email' | 'fname' | 'lname'>>,
): void {
  const problem = passwordProblem(password, [userName, email, fname, lname]);
  if (problem) throw ruleBroken(schema, `${field} ${problem}`);
}

export const userView = z
  .object({
    username: z.string(),
    password: z.literal(''),
    autoGeneratePassword: z.boolean(),
    changePasswordOnFirstLogin: z.boolean(),
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
        changePasswordOnFirstLogin: true,
        fname: 'Bob',
        lname: 'Jensen',
        blockLogin: false,
        blockLoginReason: '',
        email: 'bob@centre.example',
      },
    ],
  });

export const adminUserView = z.object({
  username: z.string(),
  changePasswordOnNextLogin: z.boolean(),
  fname: z.string(),
  lname: z.string(),
  blockLogin: z.boolean(),
  blockLoginReason: z.string(),
  email: z.string(),
  permissions: z.array(z.string()),
  storage: z.object({
    quota: z.number(),
    quotaGroup: z.string(),
    usage: z.number(),
    absolutePath: z.string(),
  }),
});

const commonFields = (account: AccountRow) => ({
  username: account.userName,
  fname: account.fname ?? '',
  lname: account.lname ?? '',
  blockLogin: blockReason(account) !== undefined,
  blockLoginReason: blockReason(account) ?? '',
  email: account.email ?? '',
});

/** An account as the document shows it. The key `password` is documented; its value never leaves. */
export const viewOf = (account: AccountRow): z.infer<typeof userView> => ({
  ...commonFields(account),
  password: '',
  autoGeneratePassword: account.passwordGenerated,
  changePasswordOnFirstLogin: account.changePassword,
});

/** An account as the later document shows it. Nothing is stored for accounts yet, so no storage is used. */
export const adminViewOf = (account: AccountRow): z.infer<typeof adminUserView> => ({
  ...commonFields(account),
  changePasswordOnNextLogin: account.changePassword,
  permissions: [...account.permissions],
  storage: {
    quota: account.storageQuota ?? 0,
    quotaGroup: account.quotaGroup ?? '',
    usage: 0,
    absolutePath: '',
  },
});
