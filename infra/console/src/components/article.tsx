import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { ReactNode } from 'react';
import runbook from '../../../monitoring/RUNBOOK.md?raw';
import { useTexts } from '../texts/texts.ts';
import { Empty } from './empty.tsx';

/** The article of the runbook about an alarm, a kind of incident or a difference. */
export default function Article({ name }: { name: string }) {
  const { operate } = useTexts();
  const text = articleOf(name);
  return (
    <ExpandableSection variant="container" headerText={operate.runbook}>
      {text === undefined ? <Empty text={operate.noArticle} /> : <div lang="en">{blocksOf(text)}</div>}
    </ExpandableSection>
  );
}

function articleOf(name: string): string | undefined {
  const sections = runbook.split(/^(?=#{1,2} )/m);
  return sections.find((section) => section.startsWith(`## ${name}\n`))?.replace(/^.*\n/, '');
}

/** Paragraphs, lists and code blocks: all that articles have. */
function blocksOf(text: string): ReactNode[] {
  return splitBlocks(text).map((block) => {
    if (block.startsWith('```')) return <pre key={block}>{block.replace(/^.*\n/, '').replace(/\n```$/, '')}</pre>;
    if (!/^[-*] /.test(block)) return <p key={block}>{inline(block)}</p>;
    const items = block.split(/\n(?=[-*] )/).map((item) => item.slice(2));
    return (
      <ul key={block}>
        {items.map((item) => (
          <li key={item}>{inline(item)}</li>
        ))}
      </ul>
    );
  });
}

/** Blocks are parted by empty lines, but for those of code. */
function splitBlocks(text: string): string[] {
  const blocks: string[] = [''];
  let isCode = false;
  for (const line of text.split('\n')) {
    if (line === '' && !isCode) blocks.push('');
    else blocks[blocks.length - 1] = [...(blocks.at(-1) === '' ? [] : [blocks.at(-1)]), line].join('\n');
    if (line.startsWith('```')) isCode = !isCode;
  }
  return blocks.filter((block) => block !== '');
}

/** Emphasis, code and the texts of links. */
const inline = (text: string): ReactNode[] =>
  text
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .map((part, index) => {
      const key = `${index} ${part}`;
      if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>;
      return part.startsWith('`') ? <code key={key}>{part.slice(1, -1)}</code> : part;
    });
