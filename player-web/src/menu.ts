// The panels of the menu, as values: what stands in each, and what its rows do.

import type { Help } from './channels';
import { timeOfDay } from './clock';
import type { Choice, Kind } from './tracks';
import type { Language, Words } from './words';

export type Name = 'menu' | Kind | 'settings' | 'size' | 'hall' | 'help';

/** What a row does. `close`: goes back where the panel was opened. */
export type Pick =
  | { readonly open: Name }
  | { readonly choose: Kind; readonly index: number }
  | { readonly size: Size }
  | { readonly language: Language }
  | { readonly kiosk: boolean }
  | { readonly from: number }
  | { readonly do: 'stop' | 'close' };

export interface Row {
  readonly id: string;
  readonly label: string;
  /** What it is set to; empty where it is set to nothing. */
  readonly value: string;
  /** `null`: no choice among several. */
  readonly chosen: boolean | null;
  readonly pick: Pick;
}

export interface Panel {
  readonly name: Name;
  readonly title: string;
  readonly text: ReadonlyArray<string>;
  /** A number to call, large. */
  readonly large: string;
  readonly rows: ReadonlyArray<Row>;
}

/** Of the text, in per cent. */
export type Size = 100 | 150 | 200;
export const SIZES: ReadonlyArray<Size> = [100, 150, 200];

export interface Settings {
  readonly language: Language;
  readonly size: Size;
  readonly hall: string;
  readonly kiosk: boolean;
}

export interface About {
  readonly words: Words;
  readonly settings: Settings;
  readonly help: Help;
  /** To be read out in a call; empty where nothing is wrong. */
  readonly code: string;
  /** From when on the meeting can be watched again, wall time in ms; `null` where it cannot. */
  readonly again: number | null;
  readonly choices: { readonly [K in Kind]: ReadonlyArray<Choice> };
}

const row = (id: string, label: string, pick: Pick, value = '', chosen: boolean | null = null): Row => ({ id, label, value, chosen, pick });

export function panelOf(name: Name, about: About): Panel {
  const { menu } = about.words;
  const close = row('close', menu.close, { do: 'close' });
  switch (name) {
    case 'menu':
      return panel(name, menu.menu, menuRows(about));
    case 'settings':
      return panel(name, menu.settings, settingsRows(about));
    case 'size':
      return panel(name, menu.size, SIZES.map((size) => row(`size-${size}`, `${size} %`, { size }, '', size === about.settings.size)));
    case 'hall':
      return panel(name, menu.hall, [row('save', menu.save, { do: 'close' })], [menu.hallText]);
    case 'help': {
      const { phone, name: who } = about.help;
      const code = about.code === '' ? [] : [`${menu.helpCode}: ${about.code}`];
      const text = [phone ? `${menu.helpCall}${who ? `: ${who}` : ''}` : menu.helpNobody, ...code, ...menu.helpKeys];
      return { ...panel(name, menu.help, [close], text), large: phone || '' };
    }
    default:
      return panel(name, menu[name], about.choices[name].map((choice) => choiceRow(about.words, name, choice)));
  }
}

function panel(name: Name, title: string, rows: ReadonlyArray<Row>, text: ReadonlyArray<string> = []): Panel {
  return { name, title, text, large: '', rows };
}

function choiceName({ menu }: Words, kind: Kind, { index, name }: Choice): string {
  if (name === null) return kind === 'quality' ? menu.automatic : menu.off;
  return /^\d+$/.test(name) ? `${menu.track} ${name}` : name || String(index);
}

const choiceRow = (words: Words, kind: Kind, choice: Choice): Row =>
  row(`${kind}-${choice.index + 1}`, choiceName(words, kind, choice), { choose: kind, index: choice.index }, '', choice.chosen);

function menuRows({ words, choices, again }: About): Row[] {
  const { menu } = words;
  const start = again === null ? [] : [row('from-start', menu.fromStart, { from: again }, timeOfDay(again))];
  const kinds: ReadonlyArray<Kind> = ['quality', 'sound', 'subtitles'];
  const offered = kinds.filter((kind) => choices[kind].length > 0).map((kind) => {
    const chosen = choices[kind].filter((choice) => choice.chosen)[0];
    return row(`to-${kind}-choice`, menu[kind], { open: kind }, chosen ? choiceName(words, kind, chosen) : '');
  });
  return start.concat(offered,
    row('to-settings', menu.settings, { open: 'settings' }),
    row('to-help', menu.help, { open: 'help' }),
    row('to-stop', menu.stop, { do: 'stop' }),
  );
}

function settingsRows({ words: { menu }, settings }: About): Row[] {
  const { language, size, hall, kiosk } = settings;
  return [
    row('language', menu.language, { language: language === 'vi' ? 'en' : 'vi' }, language === 'vi' ? 'Tiếng Việt' : 'English'),
    row('to-size', menu.size, { open: 'size' }, `${size} %`),
    row('to-hall', menu.hall, { open: 'hall' }, hall === '' ? menu.noName : hall),
    row('kiosk', menu.kiosk, { kiosk: !kiosk }, kiosk ? menu.on : menu.off),
  ];
}
