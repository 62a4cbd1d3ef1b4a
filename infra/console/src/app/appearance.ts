import { useSyncExternalStore } from 'react';

const key = 'appearance';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const isDark = (): boolean => {
  const kept = localStorage.getItem(key);
  return kept === null ? system.matches : kept === 'dark';
};

/** Cloudscape's own class for its dark colours. */
function apply(): void {
  document.body.classList.toggle('awsui-dark-mode', isDark());
  document.documentElement.style.colorScheme = isDark() ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

system.addEventListener('change', apply);
apply();

/** Whether the page is dark: as chosen, else as the system is. */
export function useIsDark(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, isDark);
}

export function chooseAppearance(appearance: 'dark' | 'light'): void {
  localStorage.setItem(key, appearance);
  apply();
}
