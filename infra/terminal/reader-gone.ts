/** What is done when whoever reads the output has gone, as in `… | head -1`: without it, Node ends the process with a stack trace. */
export function whenReaderIsGone(act: () => void): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', act);
}
