// Paints what stands in the picture's place, or beside it: a fault, a countdown, the end.

import { countdown, dayOf, moment, timeOfDay } from './clock';
import { element, lines, mark, setText, show, text } from './dom';
import { PLACE, REPORT, type Kind } from './faults';
import type { View } from './view';

/** Kinds during which the page tries again by itself, and says so. */
const RETRYING: ReadonlyArray<Kind> = ['line', 'slow', 'source', 'server'];
const MOVING: ReadonlyArray<Kind> = ['opening', 'resuming', 'awaited', ...RETRYING];

/** A button that has the focus is larger, and has a ring. */
const RING_PX = 10;

/** What was measured last: measuring costs a layout, and a tick comes four times a second. */
let fitted = '';

export function paintCover(view: View): void {
  const { fault } = view;
  show('cover', fault !== null && fault.cover);
  show('strip', fault !== null && !fault.cover);
  if (fault && fault.cover) paintWhole(view, fault.kind);
  else if (fault) paintStrip(view, fault.kind);
}

/** What a cover says: of a meeting where it is one, else of the fault. */
export function toldBy({ words, planned, over, now }: View, kind: Kind): { readonly title: string; readonly text: string } {
  const { title, text: sentence } = words.faults[kind];
  if (kind === 'countdown' && planned.next) {
    const { start, originator } = planned.next;
    const when = moment(start, now, words);
    const begins = dayOf(start) === dayOf(now) ? `${words.startsAt} ${when}` : when;
    return { title: planned.next.title, text: originator === '' ? begins : `${begins} · ${originator}` };
  }
  if (kind === 'over' && over) {
    const { next } = planned;
    const then = next ? `.\n${words.next}: ${next.title} · ${moment(next.start, now, words)}` : '';
    return { title, text: `${over.title} · ${words.overSince} ${timeOfDay(over.end)}${then}` };
  }
  if (kind === 'late' && planned.now) return { title, text: `${planned.now.title}. ${sentence}` };
  return { title, text: sentence };
}

function paintWhole(view: View, kind: Kind): void {
  const { words, planned, now, since } = view;
  const place = PLACE[kind];
  mark(element('cover'), 'data-kind', kind);
  const told = toldBy(view, kind);
  text('fault-title', told.title);
  text('fault-text', told.text);
  const meeting = kind === 'countdown' ? planned.next : kind === 'late' ? planned.now : null;
  const chip = meeting && meeting.class !== 'normal' ? words.classes[meeting.class] : '';
  mark(element('fault-place'), 'data-class', meeting ? meeting.class : '');
  text('fault-place', chip || (place ? words.places[place] : ''));
  show('fault-place', chip !== '' || place !== null);
  show('count', kind === 'countdown');
  text('count-label', words.startsIn);
  text('count-time', planned.next ? countdown(planned.next.start - now) : '');
  lines('steps', words.faults[kind].steps);
  show('way', place !== null);
  mark(element('way'), 'data-broken', place || '');
  for (const station of ['source', 'server', 'device'] as const) {
    const name = element('way').querySelector(`[data-at=${station}] span`);
    if (name) setText(name, words.way[station]);
  }
  show('retry', MOVING.indexOf(kind) >= 0);
  text('retry-text', RETRYING.indexOf(kind) >= 0 ? words.retrying : '');
  text('since', place ? `${words.since} ${timeOfDay(since)}` : '');
  paintReport(view, 'report', REPORT[kind] !== null);
  fit();
}

/** Between the channel's name and the buttons; large text that does not fit there is made as much smaller as it has to be. */
function fit(): void {
  const cover = element('cover');
  const words = (cover.textContent || '').replace(/\d+/g, '');
  const shape = [words, element('channel').textContent, window.innerWidth, window.innerHeight, document.documentElement.getAttribute('data-size'), document.fonts && document.fonts.status].join(' ');
  if (shape === fitted) return;
  fitted = shape;
  cover.removeAttribute('data-tight');
  const above = element('channel').getBoundingClientRect().bottom;
  const buttons = ['timeline', 'to-list', 'to-sound', 'to-menu'].map(element).filter(({ hidden }) => !hidden).map((each) => each.getBoundingClientRect().top);
  const below = window.innerHeight - Math.min(...buttons) + RING_PX;
  cover.style.paddingTop = `${above}px`;
  cover.style.paddingBottom = `${below}px`;
  for (const tight of ['1', '2', '3', '4']) {
    const boxes = ['fault', 'report'].map((id) => element(id).getBoundingClientRect()).filter(({ height }) => height > 0);
    const inside = boxes.every(({ top, bottom }) => top >= above - 1 && bottom <= window.innerHeight - below + 1);
    if (inside) return;
    mark(cover, 'data-tight', tight);
  }
}

function paintStrip(view: View, kind: Kind): void {
  const { title, text: sentence, steps } = view.words.faults[kind];
  const place = PLACE[kind];
  // The line may be back before its buffer is empty: no screenful for that.
  const whole = kind !== 'line';
  mark(element('strip'), 'data-kind', kind);
  text('strip-title', title);
  text('strip-place', place ? view.words.places[place] : '');
  text('strip-text', sentence);
  lines('strip-steps', whole ? steps : []);
  paintReport(view, 'strip-report', whole);
}

/** The code to read out, and whom to call. */
function paintReport({ words, help, code }: View, id: string, shown: boolean): void {
  show(id, shown && code !== '');
  text(`${id}-label`, words.code);
  text(`${id}-code`, code);
  text(`${id}-call`, help.phone ? `${words.call} ${help.phone}` : '');
  text(`${id}-who`, help.name || '');
}
