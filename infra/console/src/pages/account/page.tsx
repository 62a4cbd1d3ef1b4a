import Alert from '@cloudscape-design/components/alert';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAccount } from '../../app/session-context.ts';
import { useFilter } from '../../components/use-filter.ts';
import { useSecurityTexts } from '../../texts/security.ts';
import { useTexts } from '../../texts/texts.ts';
import { Factors } from './factors.tsx';
import { Password } from './password.tsx';
import { Sessions } from './sessions.tsx';

/** The own account: password, second factors, sessions. */
export default function AccountPage() {
  const { common, pages } = useTexts();
  const texts = useSecurityTexts();
  const { username } = useAccount();
  const [password, setPassword] = useFilter('password');
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={texts.description}>
          {pages.account}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {password === 'changed' && (
          <Alert type="success" dismissible dismissAriaLabel={common.closeNotice} onDismiss={() => setPassword('')}>
            {texts.passwordChanged}
          </Alert>
        )}
        <Password userName={username} />
        <Factors userName={username} />
        <Sessions userName={username} />
      </SpaceBetween>
    </ContentLayout>
  );
}
