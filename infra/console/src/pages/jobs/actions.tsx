import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChange } from '../../api/use-change.ts';
import { connectToJob, type Job, stopJob } from '../../api/workspaces.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Opens the program of a job, and stops the job. */
export function JobActions({ job }: { job: Job }) {
  const { workspaces } = useTexts();
  const id = String(job.id);
  const [isStopping, setIsStopping] = useState(false);
  const stop = useChange('/uws', stopJob);
  const connection = useChange('/uws', connectToJob);
  const hasServer = 'connection_details' in job.job_details.current_job_details;
  const open = () => {
    // Opened by the click itself, or the browser takes it for a pop-up; the address is good for once.
    const tab = window.open('', '_blank');
    if (tab) tab.opener = null;
    connection.mutate(id, {
      onSuccess: (address) => tab?.location.replace(address),
      onError: () => tab?.close(),
    });
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {connection.error && <ErrorAlert error={connection.error} />}
      {hasServer && (
        <Button variant="primary" iconName="external" loading={connection.isPending} onClick={open}>
          {workspaces.open}
        </Button>
      )}
      {(job.status === 'pending' || job.status === 'running') && (
        <Button onClick={() => setIsStopping(true)}>{workspaces.stop}</Button>
      )}
      {isStopping && (
        <ConfirmDialog
          title={workspaces.stop}
          action={workspaces.stop}
          error={stop.error}
          isPending={stop.isPending}
          onConfirm={() => stop.mutate(id, { onSuccess: () => setIsStopping(false) })}
          onClose={() => setIsStopping(false)}
        >
          {workspaces.confirmStop}
        </ConfirmDialog>
      )}
    </SpaceBetween>
  );
}
