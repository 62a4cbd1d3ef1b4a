import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearchParams } from 'react-router';
import type { Session } from '../../api/session.ts';
import { addressOf } from '../../app/navigation.ts';
import { useSecurityTexts } from '../../texts/security.ts';
import { AddFactor } from '../sign-in/add-factor.tsx';
import { AddPasskey } from './add-passkey.tsx';

/**
 * Adds a second factor. The first one ends all sessions, so this page has no live connection that would end it before its owner
 * has the recovery codes.
 */
export default function FactorPage({ session: { username } }: { session: Session }) {
  const texts = useSecurityTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const isPasskey = parameters.get('kind') === 'passkey';
  const finish = async () => {
    await client.invalidateQueries();
    await navigate(addressOf('account'), { replace: true });
  };
  return (
    <main className="entrance">
      <Box textAlign="center" padding={{ vertical: 'l' }} fontSize="heading-l" fontWeight="bold">
        DST Gateway
      </Box>
      <Container
        header={<Header variant="h1">{isPasskey ? texts.addPasskey : texts.addTotp}</Header>}
        footer={<Link to={addressOf('account')}>{texts.back}</Link>}
      >
        {isPasskey ? (
          <AddPasskey userName={username} onDone={finish} />
        ) : (
          <AddFactor userName={username} password="" intro={texts.totpIntro} onDone={finish} />
        )}
      </Container>
    </main>
  );
}
