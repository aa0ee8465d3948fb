// What this screen is set to: by the address, else by what it was told last.

import { keep, kept } from './kept';
import { SIZES, type Settings, type Size } from './menu';
import { choose, type Language } from './words';

const MOST_LETTERS = 64;

/** One line of it, as long as fits a report. */
const nameOf = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, MOST_LETTERS);

const sizeOf = (text: string | null): Size => SIZES.filter((size) => String(size) === text)[0] || 100;

export class Choices implements Settings {
  language: Language;
  size: Size;
  hall: string;
  kiosk: boolean;

  /** `?lang=`, `?size=`, `?hall=` and `?kiosk` (`?kiosk=off` ends it) are kept: an operator sets a screen up with one address. */
  constructor(query: URLSearchParams) {
    this.language = choose(query.get('lang'), kept('language'), navigator.languages || [navigator.language]);
    this.size = sizeOf(query.get('size') || kept('size'));
    this.hall = nameOf(query.get('hall') || kept('hall') || '');
    this.kiosk = query.has('kiosk') ? query.get('kiosk') !== 'off' : kept('kiosk') === 'on';
    if (query.has('size')) this.setSize(this.size);
    if (query.has('hall')) this.setHall(this.hall);
    if (query.has('kiosk')) this.setKiosk(this.kiosk);
  }

  setLanguage(language: Language): void {
    this.language = language;
    keep('language', language);
  }

  setSize(size: Size): void {
    this.size = size;
    keep('size', String(size));
  }

  setHall(name: string): void {
    this.hall = nameOf(name);
    keep('hall', this.hall);
  }

  setKiosk(kiosk: boolean): void {
    this.kiosk = kiosk;
    keep('kiosk', kiosk ? 'on' : 'off');
  }
}
