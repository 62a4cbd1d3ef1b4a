/** Calls `act` when the reader of the output has gone, as in `… | head -1`. Node alone would end the process with a stack trace. */
export function whenReaderIsGone(act: () => void): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', act);
}
