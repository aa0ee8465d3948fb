// Where the focus is: one layer has it at a time, and finds it again where it left it.

import { getNextFocus } from '@bbc/tv-lrud-spatial';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** Of a layer's height, where there is more to read and nothing further to press. */
const SCROLLED = 0.6;

const ARROW: { readonly [D in Direction]: string } = {
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
};

/** What has the focus within `scope`. */
export function focused(scope: HTMLElement): HTMLElement | null {
  const active = document.activeElement;
  return active instanceof HTMLElement && scope.contains(active) ? active : null;
}

/** Gives the focus to what had it in `scope`, else to the element marked `data-default`, else to the first. */
export function enter(scope: HTMLElement): void {
  const kept = scope.getAttribute('data-kept');
  const target =
    (kept ? reachable(document.getElementById(kept)) : null) ||
    reachable(scope.querySelector('[data-default]')) ||
    reachable(scope.querySelector('button:not([hidden])'));
  if (target) give(scope, target);
}

export function move(scope: HTMLElement, direction: Direction): void {
  const from = focused(scope);
  if (!from) {
    enter(scope);
    return;
  }
  const to = getNextFocus(from, ARROW[direction], scope);
  if (to) give(scope, to);
  else if (direction === 'up' || direction === 'down') scope.scrollTop += (direction === 'up' ? -1 : 1) * scope.clientHeight * SCROLLED;
}

export function give(scope: HTMLElement, target: HTMLElement): void {
  target.focus();
  remember(scope);
}

/** What has the focus in `scope`, by whatever hand, has it again when one comes back. */
export function remember(scope: HTMLElement): void {
  const target = focused(scope);
  if (target && target.id) scope.setAttribute('data-kept', target.id);
}

const reachable = (element: Element | null): HTMLElement | null =>
  element instanceof HTMLElement && !element.hidden && element.offsetParent !== null ? element : null;
