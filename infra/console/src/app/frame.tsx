import Button from '@cloudscape-design/components/button';
import { type ReactNode, useEffect, useState } from 'react';
import { useTexts } from '../texts/texts.ts';

interface Props {
  navigation: ReactNode;
  notices: ReactNode;
  pathname: string;
  children: ReactNode;
}

/** The places of navigation, notices and page. Cloudscape's own layout would be a quarter of what the first page loads. */
export function Frame({ navigation, notices, pathname, children }: Props) {
  const { common } = useTexts();
  const [isOpen, setIsOpen] = useState(false);
  // On a narrow screen the navigation covers the page until a page is chosen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address closes it
  useEffect(() => setIsOpen(false), [pathname]);
  return (
    <div className="frame">
      <div className="menu">
        <Button
          iconName="menu"
          variant="icon"
          ariaLabel={common.navigation}
          ariaExpanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        />
      </div>
      <nav className={isOpen ? 'navigation open' : 'navigation'} aria-label={common.navigation}>
        {navigation}
      </nav>
      <main id="page" tabIndex={-1}>
        {notices}
        {children}
      </main>
    </div>
  );
}
