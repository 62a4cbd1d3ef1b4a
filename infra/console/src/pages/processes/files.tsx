import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { deleteProcessFile, fileAddress, type Place, type Process, type ProcessFile } from '../../api/processes.ts';
import { longestFile, uploadFile } from '../../api/upload-file.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { formats } from '../../components/size.ts';
import { Time } from '../../components/time.tsx';
import { UploadButton } from '../../components/upload-button.tsx';
import { useLanguage, useTexts } from '../../texts/texts.ts';

/** Files of a process, with upload and download. */
export function ProcessFiles({ place, process }: { place: Place; process: Process }) {
  const { processes } = useTexts();
  const format = formats(useLanguage());
  const [tooLarge, setTooLarge] = useState<string>();
  const upload = useChange('/processes', async (chosen: readonly File[]) => {
    for (const file of chosen) await uploadFile(place, file);
  });
  const remove = useChange('/processes', (fileID: string) => deleteProcessFile(place, fileID));
  const [removed, setRemoved] = useState<ProcessFile>();
  const files = Object.values(process.files).toSorted((one, other) => one.date.localeCompare(other.date));
  const choose = (chosen: readonly File[]) => {
    setTooLarge(chosen.find(({ size }) => size > longestFile)?.name);
    if (chosen.every(({ size }) => size <= longestFile)) upload.mutate(chosen);
  };
  return (
    <SpaceBetween size="m">
      {upload.error && <ErrorAlert error={upload.error} />}
      {tooLarge !== undefined && (
        <Alert type="warning">
          <bdi>{processes.tooLarge(tooLarge)}</bdi>
        </Alert>
      )}
      <Table<ProcessFile>
        header={
          <Header
            variant="h2"
            counter={`(${files.length})`}
            actions={
              <UploadButton multiple disabled={upload.isPending} onChoose={choose}>
                {processes.upload}
              </UploadButton>
            }
          >
            {processes.files}
          </Header>
        }
        items={files}
        trackBy={({ id }) => id}
        wrapLines
        empty={<Empty text={processes.noFiles} />}
        columnDefinitions={[
          {
            id: 'name',
            header: processes.file,
            isRowHeader: true,
            cell: ({ id, fileName }) => (
              <a href={fileAddress(place.processID, id)} download={fileName} aria-label={processes.download(fileName)}>
                <bdi>{fileName}</bdi>
              </a>
            ),
          },
          { id: 'size', header: processes.size, cell: ({ size }) => format.bytes(size) },
          { id: 'by', header: processes.by, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
          { id: 'when', header: processes.when, cell: ({ date }) => <Time at={date} /> },
          {
            id: 'delete',
            header: processes.remove,
            cell: (file) => (
              <Button
                variant="icon"
                iconName="remove"
                ariaLabel={processes.deleteFile(file.fileName)}
                onClick={() => {
                  remove.reset();
                  setRemoved(file);
                }}
              />
            ),
          },
        ]}
      />
      {removed && (
        <ConfirmDialog
          title={processes.deleteFile(removed.fileName)}
          action={processes.remove}
          error={remove.error}
          isPending={remove.isPending}
          onConfirm={() => remove.mutate(removed.id, { onSuccess: () => setRemoved(undefined) })}
          onClose={() => setRemoved(undefined)}
        >
          {processes.confirmDeleteFile}
        </ConfirmDialog>
      )}
    </SpaceBetween>
  );
}
