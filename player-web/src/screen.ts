// Paints what is known. Nothing is decided here; the same view twice changes nothing.

import { paintBar } from './bar';
import { countdown, dateOf, moment, timeOfDay } from './clock';
import { paintCover, toldBy } from './cover';
import { element, mark, show, text } from './dom';
import { PLACE } from './faults';
import { paintList } from './list';
import { paintPanel } from './panel';
import type { View } from './view';

/** A meeting that begins within this is told above a picture that is there already. */
const TOLD_MS = 3600 * 1000;

export class Screen {
  private said = '';

  paint(view: View): void {
    const { words, fault } = view;
    mark(document.documentElement, 'lang', view.language);
    const body = document.body;
    mark(body, 'data-device', view.device);
    mark(body, 'data-layer', view.layer);
    mark(body, 'data-awake', String(view.awake));
    mark(body, 'data-press', view.press);
    mark(body, 'data-cover', String(fault !== null && fault.cover));
    mark(body, 'data-calls', String(calls(view)));
    const name = view.channel ? view.channel.name : words.page;
    const title = view.channel ? `${name} – ${fault ? words.faults[fault.kind].title : words.playing}` : name;
    if (document.title !== title) document.title = title;
    this.paintTop(view, name);
    paintCover(view);
    paintBar(view);
    paintList(view);
    paintPanel(view);
    text('ask-title', words.leaveQuestion);
    text('stay', words.stay);
    text('leave', words.leave);
    show('ask', view.layer === 'ask');
    this.say(view, name);
  }

  private paintTop(view: View, name: string): void {
    const { words, channel, fault, now, digits, timeline } = view;
    text('number', channel ? String(channel.number) : '');
    text('name', name);
    text('live', words.live);
    show('live', channel !== null && !(fault && fault.cover) && !(timeline && timeline.behind));
    text('recording', words.recording);
    show('recording', channel !== null && channel.recording);
    this.paintProgramme(view);
    text('time', timeOfDay(now));
    text('date', dateOf(now, words.weekdays));
    show('digits', digits !== null);
    text('digits', digits ? digits.digits + (digits.wrong ? ` · ${words.noSuchChannel}` : '') : '');
  }

  /** What is on and what comes next, by the schedule. */
  private paintProgramme({ words, planned, fault, now }: View): void {
    const { now: meeting, next } = planned;
    const chip = meeting && meeting.class !== 'normal' ? words.classes[meeting.class] : '';
    text('class', chip);
    mark(element('class'), 'data-class', meeting ? meeting.class : '');
    show('class', chip !== '');
    text('on-now', meeting ? `${meeting.title} · ${timeOfDay(meeting.start)} – ${timeOfDay(meeting.end)}` : '');
    const near = next !== null && next.start - now < TOLD_MS;
    const when = next && near && !meeting ? `${words.startsIn} ${countdown(next.start - now)}` : next ? moment(next.start, now, words) : '';
    const told = fault && fault.kind === 'countdown';
    text('next', next && !told && (near || meeting) ? `${words.next}: ${next.title} · ${when}` : '');
  }

  /** Says each change of state once, to those who listen instead of look. */
  private say(view: View, name: string): void {
    const { words, device, fault, press, code } = view;
    const parts = [name];
    if (fault) {
      const place = PLACE[fault.kind];
      const { title, text: sentence } = toldBy(view, fault.kind);
      parts.push(title, place ? words.places[place] : '', sentence);
      if (code !== '') parts.push(`${words.code} ${code.split('').join(' ')}`);
    } else {
      parts.push(words.playing, press === 'sound' ? words.pressForSound[device] : press === 'unmute' ? words.soundIsOff : '');
    }
    const sentence = parts.filter((part) => part !== '').join('. ');
    if (sentence === this.said) return;
    this.said = sentence;
    text('say', sentence);
  }
}

/** Whether the sound button asks to be pressed: not for a sound that is not there. */
function calls({ press, fault }: View): boolean {
  if (press === 'sound') return fault === null || !fault.cover || fault.kind === 'noPicture' || fault.kind === 'soundAlone' || fault.kind === 'awaited';
  return press === 'watch' || press === 'again';
}
