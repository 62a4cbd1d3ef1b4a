import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';

const messageSchema = z.object({
  header: z.object({ msg_type: z.string() }),
  parent_header: z.object({ msg_id: z.string().optional() }),
  content: z.record(z.string(), z.unknown()),
});

/** Runs a cell as JupyterLab does, by a kernel's WebSocket. @returns what it prints, and whether it went well */
export async function runCell(socket: WebSocket, code: string): Promise<{ printed: string; status: unknown }> {
  const id = randomUUID();
  const ended = Promise.withResolvers<unknown>();
  // The kernel is idle after all that the cell prints, which comes on another channel than the reply.
  const idle = Promise.withResolvers<void>();
  let printed = '';
  const look = (data: Buffer) => {
    const { header, parent_header, content } = messageSchema.parse(JSON.parse(data.toString()));
    if (parent_header.msg_id !== id) return;
    if (header.msg_type === 'stream') printed += content.text;
    if (header.msg_type === 'error') printed += content.evalue;
    if (header.msg_type === 'status' && content.execution_state === 'idle') idle.resolve();
    if (header.msg_type === 'execute_reply') ended.resolve(content.status);
  };
  socket.on('message', look);
  socket.send(
    JSON.stringify({
      header: { msg_id: id, username: '', session: 'test', msg_type: 'execute_request', version: '5.3' },
      parent_header: {},
      metadata: {},
      channel: 'shell',
      content: {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      },
    }),
  );
  const [status] = await Promise.all([ended.promise, idle.promise]);
  socket.off('message', look);
  return { printed, status };
}
