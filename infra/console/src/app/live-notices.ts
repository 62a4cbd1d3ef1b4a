import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useEffect, useState } from 'react';
import { useLive } from '../live/live.tsx';
import { useTexts } from '../texts/texts.ts';

/** Milliseconds before a lost connection is reported: most are back by then. */
const patience = 1_500;

/** Notices about the connection: that it is lost, and that the page has caught up. */
export function useLiveNotices(): FlashbarProps.MessageDefinition[] {
  const { state, caughtUpAt } = useLive();
  const { common } = useTexts();
  const isLost = useHasLasted(state === 'connecting', patience);
  const [dismissed, setDismissed] = useState<number>();
  if (isLost) return [{ id: 'live', type: 'warning', loading: true, content: common.live.lost }];
  if (caughtUpAt === undefined || caughtUpAt === dismissed) return [];
  return [
    {
      id: 'live',
      type: 'success',
      content: common.live.caughtUp(new Date(caughtUpAt).toLocaleTimeString()),
      dismissible: true,
      dismissLabel: common.dismiss,
      onDismiss: () => setDismissed(caughtUpAt),
    },
  ];
}

/** Whether a condition has held for so many milliseconds. */
function useHasLasted(holds: boolean, milliseconds: number): boolean {
  const [hasLasted, setHasLasted] = useState(false);
  useEffect(() => {
    if (!holds) {
      setHasLasted(false);
      return undefined;
    }
    const timer = setTimeout(() => setHasLasted(true), milliseconds);
    return () => clearTimeout(timer);
  }, [holds, milliseconds]);
  return hasLasted;
}
