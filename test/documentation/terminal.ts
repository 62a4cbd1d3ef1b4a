const introducer = '\u001b[';

/** Screen of a terminal after a program's output. Knows the control sequences that `infra/terminal` writes; colours stay in the lines. */
export class Terminal {
  readonly lines: string[] = [''];
  readonly #onFrame: (lines: readonly string[]) => void;

  /** @param onFrame gets what is shown before each time that something is erased */
  constructor(onFrame: (lines: readonly string[]) => void) {
    this.#onFrame = onFrame;
  }

  write(output: string): void {
    const [first = '', ...rest] = output.split(introducer);
    this.#print(first);
    for (const sequence of rest) {
      const [, code = '', command = '', after = ''] = /^([\d;]*)([A-Za-z])(.*)$/s.exec(sequence) ?? [];
      if (command === 'A') this.#eraseFrom(Number(code));
      else if (command === 'm') this.#print(`${introducer}${code}m`);
      this.#print(after);
    }
  }

  /** Whoever moves up erases all below, so both are done at once. */
  #eraseFrom(linesUp: number): void {
    this.#onFrame(this.lines.slice(0, -1));
    this.lines.splice(-1 - linesUp, linesUp + 1, '');
  }

  #print(text: string): void {
    const [first = '', ...more] = text.replaceAll('\r', '').split('\n');
    this.lines[this.lines.length - 1] += first;
    this.lines.push(...more);
  }
}
