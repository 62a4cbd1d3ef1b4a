import type { Texts } from '../texts.ts';
import { account } from './account.ts';
import { common } from './common.ts';
import { overview } from './overview.ts';
import { pages } from './pages.ts';
import { signIn } from './sign-in.ts';

export const da: Texts = { account, common, pages, overview, signIn };
