import { accounts as da } from './da/accounts.ts';
import { accounts as en } from './en/accounts.ts';
import { textsOf, type Widened } from './texts.ts';

export type AccountTexts = Widened<typeof en>;

export const useAccountTexts = textsOf<AccountTexts>({ en, da });
