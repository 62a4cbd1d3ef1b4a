import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import { malformedXml } from './errors.ts';

/** A piece of finished XML; plain strings are text and are escaped. */
export interface Xml {
  readonly xml: string;
}

type Child = Xml | string | number | boolean | undefined;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters are legal in keys; as S3 does, they become references even where XML 1.0 forbids those. */
function escapeText(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (c) => entities[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

function render(child: Child): string {
  if (child === undefined) return '';
  return typeof child === 'object' ? child.xml : escapeText(String(child));
}

/** An element; children that are undefined are left out. */
export function tag(name: string, ...children: readonly Child[]): Xml {
  return { xml: `<${name}>${children.map(render).join('')}</${name}>` };
}

/** An element, or nothing when there is no value. */
export function optional(name: string, value: string | number | boolean | undefined): Xml | undefined {
  return value === undefined ? undefined : tag(name, value);
}

/** A whole document whose root is in S3's namespace. */
export function document(name: string, ...children: readonly Child[]): string {
  const content = children.map(render).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
}

/**
 * The document in `text` as `schema` wants it.
 * @param lists names of the elements that may occur more than once
 * @throws S3Error MalformedXML
 */
export function parseXml<T>(text: string, lists: readonly string[], schema: z.ZodType<T>): T {
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => lists.includes(name),
    htmlEntities: true,
  });
  let tree: unknown;
  try {
    tree = parser.parse(text, true);
  } catch (error) {
    if (error instanceof Error) throw malformedXml();
    throw error;
  }
  const result = schema.safeParse(tree);
  if (!result.success) throw malformedXml();
  return result.data;
}
