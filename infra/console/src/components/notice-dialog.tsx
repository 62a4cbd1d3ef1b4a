import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.ts';

interface Props {
  title: string;
  children: ReactNode;
  onClose: () => void;
}

/** Shows something until it is closed, with nothing to decide. */
export function NoticeDialog({ title, children, onClose }: Props) {
  const { common } = useTexts();
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={common.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            {common.close}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
    </Modal>
  );
}
