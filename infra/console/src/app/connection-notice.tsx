import Alert from '@cloudscape-design/components/alert';
import { useEffect, useState } from 'react';
import { useLive } from '../live/live.tsx';
import { locales } from '../texts/language.ts';
import { useLanguage, useTexts } from '../texts/texts.ts';

/** Milliseconds before a lost connection is reported: most are back by then. */
const patience = 1_500;

/** Says that the connection is lost, and then that the page has caught up. */
export function ConnectionNotice() {
  const { state, caughtUpAt } = useLive();
  const { common } = useTexts();
  const locale = locales[useLanguage()];
  const isLost = useHasLasted(state === 'connecting', patience);
  const [dismissed, setDismissed] = useState<number>();
  if (isLost) {
    return (
      <Alert type="warning" i18nStrings={{ warningIconAriaLabel: common.warning }}>
        {common.live.lost}
      </Alert>
    );
  }
  if (caughtUpAt === undefined || caughtUpAt === dismissed) return null;
  return (
    <Alert
      type="success"
      dismissible
      i18nStrings={{ successIconAriaLabel: common.success, dismissAriaLabel: common.closeNotice }}
      onDismiss={() => setDismissed(caughtUpAt)}
    >
      {common.live.caughtUp(new Date(caughtUpAt).toLocaleTimeString(locale))}
    </Alert>
  );
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
