// One key of any remote or keyboard becomes one action.

export type Action =
  | 'up' | 'down' | 'left' | 'right' | 'ok' | 'back' | 'channelUp' | 'channelDown' | 'info' | 'red' | 'green' | 'yellow' | 'blue'
  | '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

export interface Key {
  readonly key?: string | undefined;
  readonly keyCode: number;
  readonly shiftKey: boolean;
  readonly ctrlKey?: boolean;
  readonly altKey?: boolean;
  readonly metaKey?: boolean;
}

const BY_NAME: { readonly [key: string]: Action } = {
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right',
  Up: 'up', Down: 'down', Left: 'left', Right: 'right',
  Enter: 'ok', Select: 'ok', Accept: 'ok',
  GoBack: 'back', BrowserBack: 'back', Escape: 'back', Esc: 'back', Backspace: 'back', XF86Back: 'back',
  ChannelUp: 'channelUp', ChannelDown: 'channelDown', PageUp: 'channelUp', PageDown: 'channelDown',
  Info: 'info', i: 'info', I: 'info',
  ColorF0Red: 'red', ColorF1Green: 'green', ColorF2Yellow: 'yellow', ColorF3Blue: 'blue',
};

const BY_CODE: { readonly [code: number]: Action } = {
  38: 'up', 40: 'down', 37: 'left', 39: 'right', 13: 'ok',
  27: 'back', 8: 'back', 461: 'back', 10009: 'back',
  427: 'channelUp', 428: 'channelDown', 33: 'channelUp', 34: 'channelDown',
  457: 'info',
  403: 'red', 404: 'green', 405: 'yellow', 406: 'blue',
};

/** Codes of MAG boxes that are Tab, `y` and F1 to F4 on a keyboard: only taken where the key has no name. */
const TAB = 9;
const NAMELESS: { readonly [code: number]: Action } = { 89: 'info', 112: 'red', 113: 'green', 114: 'yellow', 115: 'blue' };

/** `null`: not ours, the browser keeps it. The key's name comes first, then its code. */
export function actionOf(event: Key): Action | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const name = event.key;
  if (name !== undefined && name !== '' && name !== 'Unidentified') {
    if (/^[0-9]$/.test(name)) return name as Action;
    const named = Object.prototype.hasOwnProperty.call(BY_NAME, name) ? BY_NAME[name] : undefined;
    if (named) return named;
    if (name.length === 1 || name === 'Tab') return null;
  } else if (event.keyCode === TAB) {
    return event.shiftKey ? 'channelDown' : 'channelUp';
  } else {
    const nameless = NAMELESS[event.keyCode];
    if (nameless) return nameless;
  }
  return BY_CODE[event.keyCode] || digitOf(event.keyCode);
}

function digitOf(code: number): Action | null {
  if (code >= 48 && code <= 57) return String(code - 48) as Action;
  if (code >= 96 && code <= 105) return String(code - 96) as Action;
  return null;
}

/** What a key that is held down does again and again. */
export const repeats = (action: Action): boolean => /^(up|down|left|right|channel)/.test(action);

/** Whether a key that is typed into a field belongs to the field: all but up, down, OK and the remote's own Back. */
export function forTyping(event: Key): boolean {
  const action = actionOf(event);
  if (event.key === 'Backspace' || event.keyCode === 8) return true;
  return action !== 'up' && action !== 'down' && action !== 'ok' && action !== 'back';
}
