import type { Texts } from '../texts.ts';
import { account } from './account.ts';
import { common } from './common.ts';
import { operate } from './operate.ts';
import { overview } from './overview.ts';
import { pages } from './pages.ts';
import { signIn } from './sign-in.ts';

export const da: Texts = { account, common, operate, pages, overview, signIn };
