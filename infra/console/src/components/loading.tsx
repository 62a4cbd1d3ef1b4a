import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import { useTexts } from '../texts/texts.ts';

export function Loading() {
  const { common } = useTexts();
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner /> {common.loading}
    </Box>
  );
}
