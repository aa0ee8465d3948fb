declare module '@bbc/tv-lrud-spatial' {
  export function getNextFocus(from: Element | null, key: string | number, scope?: HTMLElement): HTMLElement | null;
}
