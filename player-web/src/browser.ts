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
  readonly tizen?: { readonly application: { getCurrentApplication(): { exit(): void } } };
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

const android = /android/i.test(navigator.userAgent);
/** Whether there is a history entry to step back from. */
let guarded = false;

/** On Android the Back key comes as a step back in history: one entry is kept to step back from. */
export function guardBack(): void {
  if (!android || guarded) return;
  guarded = true;
  history.pushState(null, '');
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
