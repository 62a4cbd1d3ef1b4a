import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

const folders = ['.github', 'functions', 'infra', 'shared', 'test'];

/** Paths of all documents, relative to the root. */
export const documentPaths: readonly string[] = [
  'README.md',
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => join(folder, path)),
  ),
].toSorted();

export const readDocument = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The text of all documents. */
export const allDocuments = documentPaths.map(readDocument).join('\n');

/** Inline code of a document, without code blocks. */
export const codeIn = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** Targets of links and images to files of the repository, as paths relative to the root, with their anchors. */
export function linksIn(path: string): { target: string; anchor: string | undefined }[] {
  const text = readDocument(path).replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      return { target: file === '' ? path : join(dirname(path), file), anchor };
    });
}

/** Anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(path: string): string[] {
  const headings = readDocument(path)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** The rows of the table whose head begins so: the text of each cell. */
export function tableIn(text: string, head: string): string[][] {
  const from = text.indexOf(`| ${head} |`);
  const table = from < 0 ? '' : text.slice(from).split('\n\n')[0];
  const rows = (table ?? '').split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}
