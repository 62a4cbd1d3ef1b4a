import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useDeliveredFiles } from '../../api/delivered-files.ts';
import type { Link } from '../../api/workspaces.ts';
import { moreOf } from '../../components/more-options.ts';
import { formats } from '../../components/size.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';

interface Props {
  links: readonly Link[];
  onChange: (links: readonly Link[]) => void;
}

/** Chooses delivered files that are ready. Jobs find each as `data/` and its id. */
export function LinksField({ links, onChange }: Props) {
  const { workspaces } = useTexts();
  const format = formats(useLanguage());
  const query = useDeliveredFiles('stored');
  const options = (query.data?.pages ?? [])
    .flatMap(({ data }) => data.files)
    .map(({ file_id: id, source_path: value, size }) => ({
      value,
      label: linkName(id),
      ...(size !== undefined && { description: format.bytes(size) }),
    }));
  return (
    <FormField label={workspaces.links} description={workspaces.linksHint}>
      <Multiselect
        options={options}
        selectedOptions={links.map(({ name, source_path: value }) => ({ value, label: name }))}
        filteringType="auto"
        placeholder={workspaces.choose}
        empty={workspaces.noFiles}
        {...moreOf(query)}
        onChange={({ detail }) => onChange(named(detail.selectedOptions))}
      />
    </FormField>
  );
}

/** Name of a delivered file in a workspace: its id, without what paths may not have. */
const linkName = (id: string): string => `data/${id.replaceAll(/[^\w.-]|\.(?=\.)/g, '_').slice(0, longestName)}`;

/** Characters of an id in a name. */
const longestName = 200;

/** Links whose names differ, although ids may differ only in what names leave out. */
function named(options: readonly { value?: string; label?: string }[]): Link[] {
  const links = new Map<string, Link>();
  for (const { value = '', label = value } of options) {
    const name = links.has(label) ? `${label}-${links.size}` : label;
    links.set(name, { name, source_path: value });
  }
  return [...links.values()];
}
