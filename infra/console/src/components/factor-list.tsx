import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { type Factors, useFactors } from '../api/account.ts';
import { type SecurityTexts, useSecurityTexts } from '../texts/security.ts';
import { useTexts } from '../texts/texts.ts';
import { Empty } from './empty.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { Time } from './time.tsx';

/** A second factor. */
export interface Factor {
  /** `totp`, or the id of a passkey. */
  id: string;
  name: string;
  createdAt: string;
  usedAt?: string | undefined;
}

interface Props {
  userName: string;
  /** Buttons above the list. */
  actions?: (factors: Factors) => ReactNode;
  /** Buttons beside a factor. */
  actionsOf?: (factor: Factor) => ReactNode;
}

/** The second factors of an account, without their secrets. */
export function FactorList({ userName, actions, actionsOf }: Props) {
  const { common } = useTexts();
  const texts = useSecurityTexts();
  const { data, error, isPending, refetch } = useFactors(userName);
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <Table
      header={
        <Header variant="h2" description={texts.factorsDescription} actions={data && actions?.(data)}>
          {texts.factors}
        </Header>
      }
      footer={data && data.recoveryCodes > 0 && <Box>{texts.codesLeft(data.recoveryCodes)}</Box>}
      loading={isPending}
      loadingText={common.loading}
      items={data ? factorsIn(data, texts) : []}
      trackBy={({ id }) => id}
      empty={<Empty text={texts.noFactors} />}
      columnDefinitions={[
        { id: 'name', header: texts.factor, isRowHeader: true, cell: ({ name }) => <bdi>{name}</bdi> },
        { id: 'added', header: texts.added, cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          id: 'used',
          header: texts.lastUsed,
          cell: ({ usedAt }) => (usedAt === undefined ? '–' : <Time at={usedAt} />),
        },
        ...(actionsOf ? [{ id: 'actions', header: texts.actions, cell: actionsOf }] : []),
      ]}
    />
  );
}

const factorsIn = ({ totp, passkeys }: Factors, texts: SecurityTexts): Factor[] => [
  ...(totp ? [{ id: 'totp', name: texts.totp, createdAt: totp.createdAt }] : []),
  ...passkeys.map(({ name, ...others }) => ({ ...others, name: texts.passkey(name) })),
];
