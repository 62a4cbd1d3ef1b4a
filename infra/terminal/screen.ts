import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

/** Output for lines, and on a terminal for bars below the last line. */
export interface Screen {
  /** Whether bars can be shown. */
  readonly live: boolean;
  /** Greatest width of a bar, in characters; unlimited if absent. */
  readonly columns?: number;
  print(line: string): void;
  /** Replaces the bars below the lines; does nothing without a terminal. */
  bars(lines: readonly string[]): void;
  /** Text in a style; unchanged where there are no colours, as in a file, or with NO_COLOR. */
  style(format: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

const eraseBelow = '\x1b[J';
const up = (lines: number) => (lines > 0 ? `\x1b[${lines}A` : '');

type Output = Pick<WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'> & Partial<Pick<WriteStream, 'getColorDepth'>>;

/** @param output a terminal or anything else that takes text */
export function openScreen(output: Output): Screen {
  let shown: string[] = [];
  // A line that the terminal breaks in two could not be found again.
  const fitting = (lines: readonly string[]) =>
    lines.slice(0, Math.max(0, output.rows - 2)).map((line) => line.slice(0, output.columns - 1));
  return {
    live: output.isTTY === true,
    get columns() {
      return output.columns - 1;
    },
    // The depth takes account of NO_COLOR and of the kind of terminal.
    style: (format, text) =>
      output.isTTY && (output.getColorDepth?.() ?? 1) > 2 ? styleText(format, text, { validateStream: false }) : text,
    print(line) {
      if (!output.isTTY) output.write(`${line}\n`);
      else output.write(`${up(shown.length)}${eraseBelow}${[line, ...shown].map((each) => `${each}\n`).join('')}`);
    },
    bars(lines) {
      if (!output.isTTY || lines.length + shown.length === 0) return;
      const next = fitting(lines);
      output.write(`${up(shown.length)}${eraseBelow}${next.map((each) => `${each}\n`).join('')}`);
      shown = next;
    },
  };
}
