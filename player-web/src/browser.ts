// What browsers and televisions do each in their own way.

interface OldDocument extends Document {
  readonly webkitFullscreenEnabled?: boolean;
  readonly webkitFullscreenElement?: Element | null;
  webkitExitFullscreen?(): void;
}

interface OldElement extends HTMLElement {
  webkitRequestFullscreen?(): void;
}

interface Television extends Window {
  readonly tizen?: {
    readonly application: { getCurrentApplication(): { exit(): void } };
    readonly tvinputdevice?: { registerKey(name: string): void };
  };
}

/** Whether the page fills the screen; `null` where it cannot be asked to. */
export function fullScreen(): boolean | null {
  const page: OldDocument = document;
  if (!page.fullscreenEnabled && !page.webkitFullscreenEnabled) return null;
  return Boolean(page.fullscreenElement || page.webkitFullscreenElement);
}

export function enterFullScreen(enter: boolean): void {
  const page: OldDocument = document;
  const root: OldElement = document.documentElement;
  if (enter) {
    if (root.requestFullscreen) root.requestFullscreen().catch(() => undefined);
    else if (root.webkitRequestFullscreen) root.webkitRequestFullscreen();
  } else if (page.exitFullscreen) page.exitFullscreen().catch(() => undefined);
  else if (page.webkitExitFullscreen) page.webkitExitFullscreen();
}

/** The channel in the page's address. */
let address = location.hash;

export function setAddress(channel: string): void {
  address = `#${channel}`;
  history.replaceState(history.state, '', address);
}

/** Whoever shows the page may ask for another channel by its address. A step in our own history asks for none. */
export function onAddress(go: (channel: string) => void): void {
  window.addEventListener('hashchange', () => {
    if (history.state !== null) return;
    address = location.hash;
    go(address.slice(1));
  });
}

const android = /android/i.test(navigator.userAgent);
/** Whether there is a history entry to step back from. */
let guarded = false;

/** On Android the Back key comes as a step back in history: one entry is kept to step back from. */
export function guardBack(): void {
  if (!android || guarded) return;
  guarded = true;
  history.replaceState('below', '');
  history.pushState('guard', '', address || undefined);
}

export function onAndroidBack(back: () => void): void {
  guardBack();
  window.addEventListener('popstate', () => {
    if (!guarded) return;
    guarded = false;
    guardBack();
    back();
  });
}

const ASKED = ['ChannelUp', 'ChannelDown', 'Info', 'ColorF0Red', 'ColorF1Green', 'ColorF2Yellow', 'ColorF3Blue', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** A television gives its applications the arrows, OK and Back; the others have to be asked for. */
export function askForKeys(): void {
  const { tizen }: Television = window;
  if (!tizen || !tizen.tvinputdevice) return;
  for (const name of ASKED) {
    try {
      tizen.tvinputdevice.registerKey(name);
    } catch (error) {
      // This remote has no such key, or the application no leave to ask: what comes has to do.
    }
  }
}

/** Closes the application where the device lets a page do so; else the next Back leaves it. */
export function leavePage(): void {
  const television: Television = window;
  if (television.tizen) television.tizen.application.getCurrentApplication().exit();
  if (guarded) {
    guarded = false;
    history.back();
  }
  window.close();
}
