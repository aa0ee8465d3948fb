// A television application of another house that is given one address, /playlist.m3u, and plays by Shaka Player.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OPEN_MS, picture, SMALL, TELEVISION, until } from '../stage.mjs';

const shaka = readFileSync(createRequire(import.meta.url).resolve('shaka-player/dist/shaka-player.compiled.js'), 'utf8');
const WATCH_MS = 8000;

/** What such an application is: it lists what the address names, and plays what is chosen by number. */
const APPLICATION = `<!doctype html><meta charset="utf-8"><title>TV</title><video id="v" muted autoplay></video><ol id="rows"></ol>
<script src="/shaka-js"></script><script>
  window.wrong = [];
  const video = document.getElementById('v');
  const ready = fetch('/playlist.m3u').then((answer) => answer.text()).then((text) => {
    const lines = text.split('\\n');
    window.channels = [];
    lines.forEach((line, at) => {
      if (!line.startsWith('#EXTINF')) return;
      window.channels.push({ name: line.slice(line.lastIndexOf(',') + 1), url: lines.slice(at + 1).find((next) => next && !next.startsWith('#')) });
    });
  });
  const player = new shaka.Player();
  player.addEventListener('error', ({ detail }) => window.wrong.push(detail.code + ' ' + detail.data));
  window.play = (number) => ready.then(() => player.attach(video)).then(() => player.load(window.channels[number].url)).then(() => video.play());
</script>`;

export const tests = [
  ['an application lists the channels by one address, and Shaka Player shows the picture and zaps back to it', async (open, cable) => {
    const page = await open({ viewport: SMALL, userAgent: TELEVISION }, () => undefined, 'livez');
    await page.route('**/application', (route) => route.fulfill({ contentType: 'text/html', body: APPLICATION }));
    await page.route('**/shaka-js', (route) => route.fulfill({ contentType: 'text/javascript', body: shaka }));
    await page.goto(`${cable.url}application`, { waitUntil: 'commit' });
    await until('the list', 5000, () => page.evaluate(() => window.channels !== undefined && window.channels.length > 0));
    assert.deepEqual(await page.evaluate(() => window.channels.map(({ name }) => name)), ['Họp Chính phủ', 'Giao ban tỉnh']);
    const waits = [];
    for (const turn of [1, 2]) {
      const start = Date.now();
      await page.evaluate(() => window.play(0));
      await until(`picture ${turn}`, OPEN_MS, async () => (await picture(page)).time > 0 && (await picture(page)).frames > 5);
      waits.push(Date.now() - start);
      const before = await picture(page);
      await page.waitForTimeout(WATCH_MS);
      const after = await picture(page);
      assert.ok(after.time - before.time > (WATCH_MS / 1000) * 0.9, `the clock went ${after.time - before.time} s in ${WATCH_MS} ms`);
      assert.ok(after.frames > before.frames + WATCH_MS / 1000 * 20, `${after.frames - before.frames} pictures in ${WATCH_MS} ms`);
    }
    assert.deepEqual(await page.evaluate(() => window.wrong), []);
    return `Shaka Player: picture after ${waits.join(' and ')} ms`;
  }],
];
