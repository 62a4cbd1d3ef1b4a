import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import { Link } from 'react-router';
import { useTexts } from '../texts/texts.ts';

/** An id with a button that copies it. @param to the page about it */
export function Id({ id, to }: { id: string; to?: string }) {
  const { common } = useTexts();
  return (
    <span className="id">
      {to === undefined ? <bdi>{id}</bdi> : <Link to={to}>{id}</Link>}
      <CopyToClipboard
        variant="icon"
        copyButtonAriaLabel={`${common.copy} ${id}`}
        copySuccessText={common.copied}
        copyErrorText={common.copyFailed}
        textToCopy={id}
      />
    </span>
  );
}
