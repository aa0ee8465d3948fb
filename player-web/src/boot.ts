// The first and smallest script: a page of which a part was lost on the way is loaded anew.

import { reload } from './reload';

const LOOK_MS = 5000;
/** What hangs for longer will not come. */
const HANGS_MS = 60000;

const started = Date.now();

function isWhole(): boolean {
  const { body } = document;
  const style = body.getAttribute('data-layer') !== null && getComputedStyle(body).margin === '0px';
  return style && ('Hls' in window || !('MediaSource' in window));
}

function look(): void {
  if (document.readyState !== 'complete' && Date.now() - started < HANGS_MS) return;
  if (isWhole()) clearInterval(timer);
  else reload(() => undefined);
}

const timer = setInterval(look, LOOK_MS);
