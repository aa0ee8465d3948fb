// The page in Chromium or Firefox against a running node: node test/browser.mjs [JOURNEY[,JOURNEY…] [PART OF A NAME]]
//
//   HEADEND_URL                base URL of a node with the channels of tests/tests/browser.rs;
//                              left out: the dev server, for work on the page
//   HEADEND_PROGRAM            the program `headend`, and HEADEND_CONFIG, the node's configuration: to plan a meeting
//   HEADEND_PLAY_SECONDS       how long the picture is watched for dropped frames: 10
//   HEADEND_OFFLINE_SECONDS    how long the network is away: 30
//   HEADEND_SCREENSHOTS        a folder for pictures of each screen at each size; left out: none
//   HEADEND_BROWSER            `firefox`: what is not for one browser alone is walked in that one; left out: Chromium
//   CHROMIUM, FIREFOX          /usr/bin/chromium, /usr/bin/firefox-esr

import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as access from './journeys/access.mjs';
import * as applications from './journeys/applications.mjs';
import * as codec from './journeys/codec.mjs';
import * as devices from './journeys/devices.mjs';
import * as demo from './journeys/demo.mjs';
import * as faults from './journeys/faults.mjs';
import * as firefox from './journeys/firefox.mjs';
import * as keys from './journeys/keys.mjs';
import * as kiosk from './journeys/kiosk.mjs';
import * as lines from './journeys/line.mjs';
import * as meeting from './journeys/meeting.mjs';
import * as menu from './journeys/menu.mjs';
import * as playing from './journeys/playing.mjs';
import * as recording from './journeys/recording.mjs';
import * as remote from './journeys/remote.mjs';
import * as restart from './journeys/restart.mjs';
import * as schedule from './journeys/schedule.mjs';
import * as screens from './journeys/screens.mjs';
import * as shift from './journeys/shift.mjs';
import * as sound from './journeys/sound.mjs';
import * as subtitles from './journeys/subtitles.mjs';
import * as touch from './journeys/touch.mjs';
import { launch } from './launch.mjs';
import { line } from './line.mjs';
import { folder, opening, pause } from './stage.mjs';

/**
 * Of each journey `tests`, each a name and `test(open, cable, own)`: `open` makes a page of its own, which lives as long
 * as the test. A third word `chromium` is of tests that need its protocol. `together`: they mostly wait, so some wait at once.
 */
const JOURNEYS = { playing, keys, remote, touch, menu, schedule, faults, screens, access, kiosk, devices, line: lines, meeting, shift, subtitles, applications, demo, firefox,
  codec, sound, recording, restart };

/** So many pictures two cores decode and draw beside each other. */
const AT_ONCE = 4;

/** Runs one test; whether it went well. */
async function run(browser, base, own, [name, test]) {
  const cable = await line(base);
  const contexts = [];
  const complaints = [];
  let opened = 0;
  const open = async (options, before, address = '') => {
    contexts.push(await browser.newContext({ locale: 'vi-VN', bypassCSP: false, ...options }));
    const page = await contexts[contexts.length - 1].newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => /content security policy/i.test(message.text()) && complaints.push(message.text()));
    if (before) await page.addInitScript(before);
    await page.goto(cable.url + address, { waitUntil: 'commit' });
    if (!before) opened = await opening(page);
    return page;
  };
  let good = true;
  try {
    const measured = await test(open, cable, own);
    assert.deepEqual(complaints, [], 'errors of the page');
    console.log(`ok   ${name}${measured ? `: ${measured}` : ''} (opened in ${opened} ms)`);
  } catch (error) {
    good = false;
    console.log(`FAIL ${name}\n${String(error.message || error).split('\n').slice(0, 15).join('\n').replace(/^/gm, '     ')}`);
    const page = contexts.length > 0 ? contexts[0].pages()[0] : null;
    if (folder && page) await page.screenshot({ path: join(folder, 'failed.png') }).catch(() => undefined);
  }
  for (const used of contexts) {
    for (const page of used.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
    await used.close();
  }
  cable.close();
  return good;
}

async function walk(base, own, names, part) {
  let failed = 0;
  for (const name of names) {
    const { tests, together, browser: kind = process.env.HEADEND_BROWSER } = JOURNEYS[name];
    const browser = await launch(kind);
    const chosen = tests.filter(([title, , only]) => title.includes(part) && (!only || !kind || kind === only));
    const waiting = [...chosen];
    const turn = async () => {
      for (let test = waiting.shift(); test; test = waiting.shift()) {
        const good = await run(browser, base, own, test);
        if (!good) failed += 1;
      }
    };
    await Promise.all(Array.from({ length: together ? AT_ONCE : 1 }, turn));
    await browser.close();
  }
  return failed;
}

const [asked, part = ''] = process.argv.slice(2);
const names = asked ? asked.split(',') : [];
for (const name of names) assert.ok(JOURNEYS[name], `${name}: ${Object.keys(JOURNEYS).join(', ')}`);
const given = process.env.HEADEND_URL;
const own = given ? null : await (await import('./dev-server.mjs')).serve();
if (own) {
  console.log(`HEADEND_URL is not set: the dev server, ${own.url}`);
  await pause(6000);
}
const of = own ? ['playing', 'keys', 'remote', 'touch', 'menu', 'schedule', 'faults', 'screens', 'access', 'kiosk', 'line'] : Object.keys(JOURNEYS).filter((name) => name !== 'demo');
const failed = await walk(given || own.url, own, asked ? names : of, part);
if (own) await own.close();
process.exit(failed === 0 ? 0 : 1);
