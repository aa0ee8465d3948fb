// The page in Chromium against a running node: node test/browser.mjs [PART OF A NAME]
//
//   HEADEND_URL                base URL of a node with the channels of tests/tests/browser.rs;
//                              left out: the dev server, for work on the page
//   HEADEND_PROGRAM            the program `headend`, and HEADEND_CONFIG, the node's configuration: to plan a meeting
//   HEADEND_PLAY_SECONDS       how long the picture is watched for dropped frames: 10
//   HEADEND_OFFLINE_SECONDS    how long the network is away: 30
//   HEADEND_SCREENSHOTS        a folder for pictures of each screen at each size; left out: none
//   CHROMIUM                   /usr/bin/chromium

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import * as faults from './journeys/faults.mjs';
import * as keys from './journeys/keys.mjs';
import * as kiosk from './journeys/kiosk.mjs';
import * as lines from './journeys/line.mjs';
import * as menu from './journeys/menu.mjs';
import * as playing from './journeys/playing.mjs';
import * as schedule from './journeys/schedule.mjs';
import { line } from './line.mjs';
import { folder, opening, pause } from './stage.mjs';

/** `test(open, cable, own)`: `open` makes a page of its own, which lives as long as the test. */
const tests = [playing, keys, menu, schedule, faults, kiosk, lines].flatMap((journey) => journey.tests);


async function run(base) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--autoplay-policy=document-user-activation-required'],
  });
  const only = process.argv[2];
  let failed = 0;
  for (const [name, test] of tests.filter(([title]) => !only || title.includes(only))) {
    const cable = await line(base);
    const context = [];
    const complaints = [];
    let opened = 0;
    const open = async (options, before, address = '') => {
      context.push(await browser.newContext({ locale: 'vi-VN', bypassCSP: false, ...options }));
      const page = await context[context.length - 1].newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => /content security policy/i.test(message.text()) && complaints.push(message.text()));
      if (before) await page.addInitScript(before);
      await page.goto(cable.url + address);
      if (!before) opened = await opening(page);
      return page;
    };
    try {
      const measured = await test(open, cable, own);
      assert.deepEqual(complaints, [], 'errors of the page');
      console.log(`ok   ${name}${measured ? `: ${measured}` : ''} (opened in ${opened} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${String(error.message || error).split('\n').slice(0, 15).join('\n').replace(/^/gm, '     ')}`);
      const page = context.length > 0 ? context[0].pages()[0] : null;
      if (folder && page) await page.screenshot({ path: join(folder, 'failed.png') }).catch(() => undefined);
    }
    for (const used of context) {
      for (const page of used.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
      await used.close();
    }
    cable.close();
  }
  await browser.close();
  return failed;
}

const given = process.env.HEADEND_URL;
const own = given ? null : await (await import('./dev-server.mjs')).serve();
if (own) {
  console.log(`HEADEND_URL is not set: the dev server, ${own.url}`);
  await pause(6000);
}
const failed = await run(given || own.url);
if (own) await own.close();
process.exit(failed === 0 ? 0 : 1);
