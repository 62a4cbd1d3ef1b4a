/** Mail to people for whom something waits. */
export interface Mail {
  /** Address to which the id of a process is added. */
  link: string;
  /** Sends a text to one address. @throws what the service answers; without an answer the mail may have been sent */
  send(address: string, subject: string, text: string): Promise<void>;
}

/** Text of a mail: that something waits, and where. Nothing of what is in a process. @param since milliseconds since 1970 */
export function textOf(
  { link }: Mail,
  processID: string,
  since: number,
  isMessage: boolean,
): { subject: string; text: string } {
  const url = new URL(link);
  url.searchParams.set('process', processID);
  const what = isMessage ? 'A message waits for your answer' : 'A process waits for you';
  const day = new Date(since).toISOString().slice(0, 10);
  return {
    subject: what,
    text: `${what} since ${day}.\n\n${url}\n\nThis is said once. Please do not answer this mail.\n`,
  };
}
