// What this screen remembers. A browser that forbids it forgets, no more.

export function kept(name: string): string | null {
  try {
    return window.localStorage.getItem(`headend.${name}`);
  } catch (error) {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    window.localStorage.setItem(`headend.${name}`, value);
  } catch (error) {
    return;
  }
}
