import type { Texts } from '../texts.ts';
import { common } from './common.ts';
import { files } from './files.ts';
import { news } from './news.ts';
import { operate } from './operate.ts';
import { overview } from './overview.ts';
import { pages } from './pages.ts';
import { processes } from './processes.ts';
import { signIn } from './sign-in.ts';
import { workspaces } from './workspaces.ts';

export const da: Texts = { common, operate, pages, overview, signIn, files, processes, workspaces, news };
