import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

/** An empty list: says why it is empty, and what to do. */
export function Empty({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="text-body-secondary" padding="l">
      <Box variant="p" color="inherit">
        {text}
      </Box>
      {action}
    </Box>
  );
}
