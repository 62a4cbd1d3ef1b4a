import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import type { DeliveredFile } from '../../api/delivered-files.ts';
import { formats } from '../../components/size.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { FileStateIndicator } from './file-state.tsx';

/** State of a file; while it is copied, how far it is. */
export function StateCell({ file }: { file: DeliveredFile }) {
  const { files } = useTexts();
  const format = formats(useLanguage());
  const { state, size, bytes_done: done, bytes_per_second: rate } = file;
  if (state !== 'copying') return <FileStateIndicator state={state} />;
  return (
    <ProgressBar
      ariaLabel={files.states.copying}
      value={size ? Math.min(100, (100 * done) / size) : 0}
      additionalInfo={files.progress(format.bytes(done), rate ? format.rate(rate) : '')}
    />
  );
}

export function SizeCell({ file: { size, announced_size: announced } }: { file: DeliveredFile }) {
  const { files } = useTexts();
  const format = formats(useLanguage());
  return (
    <>
      {size === undefined ? '–' : format.bytes(size)}
      {announced !== undefined && announced !== size && (
        <Box variant="small" display="block">
          {files.otherSize(format.bytes(announced))}
        </Box>
      )}
    </>
  );
}

/** The MD5 that DST announced, and what the bytes have shown. */
export function CheckCell({ file: { state, md5, checksum_failures: failures } }: { file: DeliveredFile }) {
  const { files, common } = useTexts();
  return (
    <>
      {files.checks[state]}
      <Box variant="small" display="block">
        <span className="id">
          {md5}
          <CopyToClipboard
            variant="icon"
            copyButtonAriaLabel={`${common.copy} MD5 ${md5}`}
            copySuccessText={common.copied}
            copyErrorText={common.copyFailed}
            textToCopy={md5}
          />
        </span>
      </Box>
      {failures > 0 && (
        <Box variant="small" display="block" color="text-status-warning">
          {files.thrownAway(failures)}
        </Box>
      )}
    </>
  );
}
