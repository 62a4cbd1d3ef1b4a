import './jitless.ts';
import { createRoot } from 'react-dom/client';
import './app/page.css';
import { readSession } from './api/session.ts';
import { App, client } from './app/app.tsx';
import { language, spoken } from './early.ts';

// A deployment has removed the files of this page's version.
addEventListener('vite:preloadError', () => location.reload());

const root = document.getElementById('root');
if (!root) throw new Error('The page has no place for the console');
document.documentElement.lang = language;
const [texts] = await Promise.all([spoken, readSession(client)]);
createRoot(root).render(<App spoken={texts} />);
