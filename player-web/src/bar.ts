// Paints what lies below the picture: the buttons, and how far back the window goes.

import { exactTime } from './clock';
import { element, label, mark, show, text } from './dom';
import type { Press, View } from './view';

export function paintBar(view: View): void {
  const { words, device, press, fullScreen, timeline } = view;
  mark(element('video'), 'aria-label', words.video);
  mark(element('bar'), 'aria-label', words.controls);
  label('to-list', words.channels);
  const sound: { readonly [P in Press]: string } = {
    again: words.watchAgain,
    watch: words.pressToWatch[device],
    sound: words.pressForSound[device],
    mute: words.soundOff,
    unmute: words.soundOn,
  };
  label('to-sound', sound[press]);
  show('to-screen', fullScreen !== null);
  label('to-screen', fullScreen ? words.smallScreen : words.fullScreen);
  label('to-menu', words.menu.menu);
  // Beside the way back to live there is no room for more.
  text('keys', device === 'tv' && !(timeline && timeline.behind) ? words.keys : '');
  paintTimeline(view);
}

function paintTimeline({ words, timeline, fault }: View): void {
  // Who chooses another time goes on choosing while its picture is awaited.
  const shown = timeline !== null && !(fault && fault.cover && fault.kind !== 'awaited');
  for (const id of ['timeline', 'to-back', 'to-forward']) show(id, shown);
  show('to-live', shown && timeline !== null && timeline.behind);
  for (const [id, sign, name] of [['to-back', '−10 s', words.back10], ['to-forward', '+10 s', words.forward10]] as const) {
    label(id, sign);
    mark(element(id), 'aria-label', `${sign}: ${name}`);
  }
  label('to-live', words.toLive);
  if (!timeline) return;
  const { start, position, live } = timeline;
  const share = Math.min(Math.max((position - start) / (live - start), 0), 1);
  const seen = element('timeline-seen');
  seen.style.width = `${(share * 100).toFixed(1)}%`;
  seen.style.setProperty('--share', share.toFixed(3));
  mark(element('timeline'), 'aria-label', `${words.timeline}: ${exactTime(start)} – ${exactTime(live)}`);
  text('timeline-start', exactTime(start));
  text('timeline-position', exactTime(position));
  text('timeline-live', exactTime(live));
}
