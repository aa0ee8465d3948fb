// Paints the list of channels: by who broadcasts, with what is on and what comes next.

import { grouped, type Channel } from './channels';
import { moment } from './clock';
import { element, label, make, mark, setText, show, text } from './dom';
import { atTime, soon } from './meetings';
import type { View } from './view';

export const rowId = (channel: Channel): string => `channel-${channel.id}`;

/** What the list was made of: its rows are made anew only when that changes, so the focus stays where it is. */
let painted = '';

export function paintList(view: View): void {
  const { words, layer, device, channels, channel } = view;
  text('list-title', channels.length > 0 ? words.channels : words.faults.empty.title);
  mark(element('list'), 'aria-label', words.channels);
  const groups = grouped(channels);
  const shape = JSON.stringify(groups.map((group) => [group.name, group.channels.map(({ id }) => id)]));
  if (shape !== painted) {
    const rows = element('rows');
    rows.textContent = '';
    for (const group of groups) {
      const heading = make('h3', 'group');
      setText(heading, group.name);
      heading.hidden = group.name === '' && groups.length === 1;
      rows.appendChild(make('li', '', heading, make('ul', '', ...group.channels.map(row))));
    }
    painted = shape;
  }
  channels.forEach((each) => paintRow(each, view, channel !== null && channel.id === each.id));
  label('list-close', words.menu.close);
  // A hand on a pointer or a screen has no Back, and an empty list nothing else to press.
  show('list-close', device === 'pc' || channels.length === 0);
  show('list', layer === 'list');
}

function row(channel: Channel): HTMLElement {
  const words = make('span', 'words', make('span', 'name'), make('span', 'plan', make('span', 'class'), make('span', 'title')));
  const button = make('button', '', make('span', 'line', make('span', 'number'), words, make('span', 'state'))) as HTMLButtonElement;
  button.type = 'button';
  button.id = rowId(channel);
  button.setAttribute('data-channel', channel.id);
  return make('li', '', button);
}

function paintRow(channel: Channel, { words, now }: View, current: boolean): void {
  const button = element(rowId(channel));
  const state = channel.state === 'dark' && !channel.begun ? 'waiting' : channel.state;
  mark(button, 'data-state', state);
  mark(button, 'aria-current', String(current));
  const planned = atTime(channel.planned, now);
  const meeting = planned.now || soon(planned, now);
  const values: { readonly [part: string]: string } = {
    number: String(channel.number),
    name: channel.name,
    state: channel.hls === 'none' ? words.notHere : words.states[state],
    class: meeting && meeting.class !== 'normal' ? words.classes[meeting.class] : '',
    title: meeting ? `${moment(meeting.start, now, words)} ${meeting.title}` : '',
  };
  for (const part of Object.keys(values)) {
    const span = button.querySelector(`.${part}`);
    if (span) setText(span, values[part] || '');
  }
  const chip = button.querySelector('.class');
  if (chip) mark(chip, 'data-class', meeting ? meeting.class : '');
}
