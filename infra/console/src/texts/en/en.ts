import { account } from './account.ts';
import { common } from './common.ts';
import { operate } from './operate.ts';
import { overview } from './overview.ts';
import { pages } from './pages.ts';
import { signIn } from './sign-in.ts';

/** A file per topic; `da` has the same. */
export const en = { account, common, operate, pages, overview, signIn };
