const [charWidth, lineHeight, margin] = [7.2, 16, 12];
const background = '#0d1117';
const plain = '#e6edf3';

/** Colours by the codes of SGR (ECMA-48) that `styleText` writes. */
const colours: Record<string, string> = { 2: '#7d8590', 31: '#ff7b72', 32: '#3fb950', 33: '#d29922' };

/**
 * Draws lines of a terminal as an SVG.
 *
 * @param title for readers who can't see it
 * @param lines may hold SGR sequences for colours
 * @param columns longer lines are cut
 */
export function drawLines(title: string, lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * charWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const rows = lines.map((line, index) => {
    const y = margin + (index + 0.75) * lineHeight;
    const { text, colour } = readColour(line);
    const fill = colour === plain ? '' : ` fill="${colour}"`;
    return `<text x="${margin}" y="${y}"${fill} xml:space="preserve">${escapeXml([...text].slice(0, columns).join(''))}</text>\n`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n`,
    `<title>${escapeXml(title)}</title>\n`,
    `<rect width="100%" height="100%" rx="6" fill="${background}"/>\n`,
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" fill="${plain}">\n`,
    ...rows,
    '</g>\n</svg>\n',
  ].join('');
}

/** Whole lines are coloured here, so the first colour of a line is the line's. */
function readColour(line: string): { text: string; colour: string } {
  const [first = '', ...rest] = line.split('\u001b[');
  const codes = rest.map((piece) => piece.slice(0, piece.indexOf('m')));
  const text = first + rest.map((piece) => piece.slice(piece.indexOf('m') + 1)).join('');
  return { text, colour: colours[codes[0] ?? ''] ?? plain };
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
