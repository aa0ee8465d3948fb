// Debian's browsers, as they are installed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, firefox } from 'playwright-core';

/** A picture that begins without a sound needs no press; a sound does. */
const PRESS = '--autoplay-policy=document-user-activation-required';
const NO_PRESS = '--autoplay-policy=no-user-gesture-required';

/** Each look at the page by its driver counts as a press in Firefox: sound needs one that the page handles. */
const ASKS = { 'media.autoplay.default': 1, 'media.autoplay.blocking_policy': 2 };

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** Chromium as a command, its picture and sound let through without a press. */
export const chromiumCommand = (more) => [CHROMIUM, [...ARGS, NO_PRESS, ...more]];

/** `kind`: `firefox`, else Chromium. `sound`: let through without a press, as on a kiosk. */
export function launch(kind = 'chromium', sound = false) {
  if (kind === 'firefox') {
    // Over WebDriver BiDi: Playwright's own protocol is in its own builds alone.
    return firefox.launch({ channel: 'moz-firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr', headless: true, firefoxUserPrefs: ASKS });
  }
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, sound ? NO_PRESS : PRESS] });
}

/** Chromium with a folder of its own, as a person has it: nothing is installed from a window that forgets. With what ends it. */
export async function owned() {
  const folder = mkdtempSync(join(tmpdir(), 'headend-page-'));
  const context = await chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, args: [...ARGS, PRESS] });
  const end = () => context.close().then(() => rmSync(folder, { recursive: true, force: true }));
  return [context, end];
}
