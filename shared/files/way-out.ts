/**
 * How a file goes to the portal: an upload can't be resumed, so what a Lambda's 15 minutes may not be enough for goes by a
 * task that has days.
 *
 * @param size bytes
 * @param taskAboveBytes the most that a Lambda is given; the arithmetic is with the setting
 */
export function wayOut(size: number, taskAboveBytes: number): 'send' | 'task' {
  return size > taskAboveBytes ? 'task' : 'send';
}
