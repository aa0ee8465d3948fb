// Every string of the page, in both languages: the types refuse one that is missing.

import type { ChannelState } from '../channels';
import type { Kind, Place } from '../faults';
import type { Class } from '../meetings';

import { en } from './en';
import { vi } from './vi';

export type Language = 'vi' | 'en';

export interface FaultWords {
  readonly title: string;
  readonly text: string;
  /** What the hall can try, in this order; three at most. */
  readonly steps: ReadonlyArray<string>;
}

export interface MenuWords {
  readonly menu: string;
  readonly fromStart: string;
  readonly quality: string;
  readonly sound: string;
  readonly subtitles: string;
  readonly settings: string;
  readonly help: string;
  readonly stop: string;
  readonly automatic: string;
  readonly off: string;
  readonly on: string;
  readonly language: string;
  readonly size: string;
  readonly hall: string;
  readonly hallText: string;
  readonly noName: string;
  readonly save: string;
  readonly kiosk: string;
  readonly kioskText: string;
  readonly track: string;
  readonly helpCall: string;
  readonly helpNobody: string;
  readonly helpCode: string;
  readonly helpKeys: ReadonlyArray<string>;
  readonly close: string;
}

export interface Words {
  readonly page: string;
  readonly live: string;
  readonly recording: string;
  readonly video: string;
  readonly controls: string;
  readonly channels: string;
  readonly soundOn: string;
  readonly soundOff: string;
  /** Said to who listens instead of looks. */
  readonly soundIsOff: string;
  /** On the button where the browser wants a press before sound. */
  readonly pressForSound: { readonly tv: string; readonly pc: string };
  readonly pressToWatch: { readonly tv: string; readonly pc: string };
  /** After the viewer stopped watching. */
  readonly watchAgain: string;
  readonly fullScreen: string;
  readonly smallScreen: string;
  readonly keys: string;
  readonly back10: string;
  readonly forward10: string;
  readonly toLive: string;
  readonly timeline: string;
  readonly menu: MenuWords;
  readonly classes: { readonly [C in Class]: string };
  readonly onNow: string;
  readonly next: string;
  /** Before the time that is left. */
  readonly startsIn: string;
  readonly startsAt: string;
  readonly overSince: string;
  readonly call: string;
  readonly code: string;
  readonly retrying: string;
  readonly since: string;
  readonly playing: string;
  readonly leaveQuestion: string;
  readonly stay: string;
  readonly leave: string;
  readonly noSuchChannel: string;
  readonly weekdays: ReadonlyArray<string>;
  readonly tomorrow: string;
  readonly states: { readonly [S in ChannelState]: string };
  readonly notHere: string;
  readonly places: { readonly [P in Place]: string };
  /** The short names under the picture of the way. */
  readonly way: { readonly source: string; readonly server: string; readonly device: string };
  readonly faults: { readonly [K in Kind]: FaultWords };
}

const WORDS: { readonly [L in Language]: Words } = { vi, en };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

export function languageNamed(name: string | null): Language | null {
  return name === 'vi' || name === 'en' ? name : null;
}

/** The address asks first, then the viewer's choice, then the browser; Vietnamese wherever it is among the browser's. */
export function choose(asked: string | null, kept: string | null, browser: ReadonlyArray<string>): Language {
  const chosen = languageNamed(asked) || languageNamed(kept);
  if (chosen) return chosen;
  if (browser.some((tag) => /^vi\b/i.test(tag))) return 'vi';
  return browser.length > 0 && browser.every((tag) => /^en\b/i.test(tag)) ? 'en' : 'vi';
}
