import FileInput from '@cloudscape-design/components/file-input';

interface Props {
  multiple?: boolean;
  disabled?: boolean;
  onChoose: (files: readonly File[]) => void;
  children: string;
}

/** Chooses files of the reader's machine. */
export function UploadButton({ multiple = false, disabled = false, onChoose, children }: Props) {
  return (
    <FileInput
      multiple={multiple}
      value={[]}
      onChange={({ detail }) => {
        if (!disabled && detail.value.length > 0) onChoose(detail.value);
      }}
    >
      {children}
    </FileInput>
  );
}
