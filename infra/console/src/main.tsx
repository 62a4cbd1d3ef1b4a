import './jitless.ts';
import { createRoot } from 'react-dom/client';
import './app/page.css';
import { readStatus } from './api/operate.ts';
import { readSession } from './api/session.ts';
import { App, client } from './app/app.tsx';
import { language, spoken } from './early.ts';

/** Milliseconds that the first page waits for its numbers. */
const longestWait = 50;

/** Where the page notes when it loaded itself anew, and the milliseconds in which it does so once. */
const [reloadKey, reloadPause] = ['reloadedAt', 60_000];

// A deployment has removed the files of this page's version. What still lacks after that is shown as an error.
addEventListener('vite:preloadError', () => {
  const reloadedAt = Number(sessionStorage.getItem(reloadKey));
  if (Date.now() - reloadedAt < reloadPause) return;
  sessionStorage.setItem(reloadKey, String(Date.now()));
  location.reload();
});

const root = document.getElementById('root');
if (!root) throw new Error('The page has no place for the console');
document.documentElement.lang = language;
const [texts] = await Promise.all([spoken, readSession(client)]);
// To draw a page twice takes longer than to wait for an answer that is about to come.
await Promise.race([readStatus(client), new Promise((resolve) => setTimeout(resolve, longestWait))]);
createRoot(root).render(<App spoken={texts} />);
