import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';

interface Props {
  to: string;
  variant?: ButtonProps.Variant;
  disabled?: boolean;
  children: ReactNode;
}

/** A button that leads to another page. */
export function LinkButton({ to, variant = 'normal', disabled = false, children }: Props) {
  const navigate = useNavigate();
  return (
    <Button
      href={to}
      variant={variant}
      disabled={disabled}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </Button>
  );
}
