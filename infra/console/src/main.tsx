import './jitless.ts';
import { createRoot } from 'react-dom/client';
import './app/page.css';
import { readStatus } from './api/operate.ts';
import { readSession } from './api/session.ts';
import { App, client } from './app/app.tsx';
import { language, spoken } from './early.ts';

/** Milliseconds that the first page waits for its numbers. */
const longestWait = 50;

// A deployment has removed the files of this page's version.
addEventListener('vite:preloadError', () => location.reload());

const root = document.getElementById('root');
if (!root) throw new Error('The page has no place for the console');
document.documentElement.lang = language;
const [texts] = await Promise.all([spoken, readSession(client)]);
// To draw a page twice takes longer than to wait for an answer that is about to come.
await Promise.race([readStatus(client), new Promise((resolve) => setTimeout(resolve, longestWait))]);
createRoot(root).render(<App spoken={texts} />);
