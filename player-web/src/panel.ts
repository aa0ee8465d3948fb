// Paints the open panel of the menu.

import { element, label as named, lines, make, mark, setText, show, text } from './dom';
import type { Row } from './menu';
import type { View } from './view';

let painted = '';

export function paintPanel({ layer, panel, device, words }: View): void {
  show('panel', layer === 'panel' && panel !== null);
  if (!panel) return;
  mark(element('panel'), 'data-name', panel.name);
  text('panel-title', panel.title);
  lines('panel-text', panel.text);
  text('panel-large', panel.large);
  show('panel-large', panel.large !== '');
  show('hall-field', panel.name === 'hall');
  text('hall-label', words.menu.hall);
  named('panel-close', words.menu.close);
  show('panel-close', device === 'pc');
  const list = element('panel-rows');
  const ids = `${panel.name} ${panel.rows.map((row) => row.id).join(' ')}`;
  if (ids !== painted) {
    list.textContent = '';
    panel.rows.forEach((row) => list.appendChild(made(row)));
    painted = ids;
  }
  panel.rows.forEach((row, index) => paintRow(list.children[index] as Element, row));
}

function made(row: Row): HTMLElement {
  const button = make('button', '', make('span', 'line', make('span', 'label'), make('span', 'value'))) as HTMLButtonElement;
  button.type = 'button';
  button.id = `row-${row.id}`;
  button.setAttribute('data-row', row.id);
  return make('li', '', button);
}

function paintRow(item: Element, { label, value, chosen }: Row): void {
  const button = item.firstElementChild as Element;
  const [first, second] = [button.querySelector('.label'), button.querySelector('.value')];
  if (first) setText(first, label);
  if (second) setText(second, value);
  if (chosen !== null) mark(button, 'aria-pressed', String(chosen));
}
