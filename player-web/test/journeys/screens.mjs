// The screens of a moment: what stands there while a channel opens, on a line that is too slow, on a device that cannot, on a node without channels.

import assert from 'node:assert/strict';
import { DRAINED_MS, fits, kind, LARGE, look, moving, nodeSays, OPEN_MS, shown, SMALL, until, wake } from '../stage.mjs';

const nothing = () => undefined;
/** Never answered. */
const hang = (page, pattern) => page.route(pattern, () => undefined);
const click = (page, id) => page.evaluate((each) => document.getElementById(each).click(), id);

/** Until the cover of this kind is there, whole and accessible; `report`: whether the hall has something to read out. */
async function seen(page, name, report) {
  await until(name, DRAINED_MS, async () => (await kind(page)) === name);
  assert.equal(await shown(page, 'report'), report, `report of ${name}`);
  await fits(page, 'fault', 'channel', 'to-list');
  await look(page, name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
}

/** The channel's list with another rung, by the URI and the codecs of its own. */
const rewritten = (page, change) => page.route(/\/hls\/[^/]+\/index\.m3u8$/, async (route) => {
  const response = await route.fetch();
  const text = await response.text();
  const [, rung] = /^#EXT-X-STREAM-INF:.*\n(.*)$/m.exec(text);
  const [, sound = rung] = /^#EXT-X-MEDIA:TYPE=AUDIO.*URI="([^"]*)"/m.exec(text) || [];
  await route.fulfill({ response, body: ['#EXTM3U', ...change(rung, sound), ''].join('\n') });
});
const variant = (more, uri) => [`#EXT-X-STREAM-INF:${more}`, uri];

export const together = true;

export const tests = [
  ['a recording is told; who goes far back waits, and so does who has a line that is too slow', async (open) => {
    const page = await open({ viewport: SMALL });
    const earliest = Date.now() / 1000 - 3600;
    await nodeSays(page, (channel) => ({ ...channel, recording: true, hls: channel.hls && { ...channel.hls, shift: { earliest_unix_seconds: earliest } } }));
    await until('the recording is told', 15000, () => shown(page, 'recording'));
    assert.equal(await page.innerText('#recording'), 'Đang ghi hình');
    await wake(page);
    await look(page, 'recording');

    await hang(page, /\?from=\d+$/);
    await until('the bar', OPEN_MS, async () => (await page.textContent('#timeline-live')) !== '');
    for (let step = 0; step < 30; step += 1) await click(page, 'to-back');
    await seen(page, 'awaited', false);
    assert.equal(await shown(page, 'recording'), true, 'over a cover too');
    const rows = await page.$$eval('#bar button', (buttons) => new Set(buttons.map((button) => Math.round(button.offsetTop + button.offsetHeight / 2))).size);
    assert.equal(rows, 1, 'the buttons stand in one row');
    await click(page, 'to-live');
    await moving(page, 'live', OPEN_MS);

    await hang(page, '**/hls/**');
    await seen(page, 'resuming', false);
    await seen(page, 'slow', true);
    await page.unroute('**/hls/**');
    return `back ${await moving(page, 'on a line that carries', OPEN_MS)} ms after the line`;
  }],

  ['a line that carries the sound alone says so, with steps and a code', async (open) => {
    const page = await open({ viewport: LARGE }, nothing);
    await rewritten(page, (rung, sound) => [
      ...variant('BANDWIDTH=64000,CODECS="mp4a.40.2"', sound),
      ...variant('BANDWIDTH=1000000,RESOLUTION=640x360,CODECS="avc1.64001f,mp4a.40.2"', `${rung}?picture`),
    ]);
    await hang(page, /\?picture$/);
    await page.reload({ waitUntil: 'commit' });
    await seen(page, 'soundAlone', true);
    const position = () => page.evaluate(() => document.querySelector('video').currentTime);
    const before = await position();
    await until('the sound goes on', 5000, async () => (await position()) > before + 1);
  }],

  ['a channel that opens, one that this screen cannot open, and a node without channels', async (open) => {
    const page = await open({ viewport: LARGE }, nothing);
    await hang(page, '**/hls/**');
    await page.reload({ waitUntil: 'commit' });
    await seen(page, 'opening', false);
    await page.unroute('**/hls/**');
    await rewritten(page, (rung) => variant('BANDWIDTH=1000000,RESOLUTION=640x360,CODECS="dvh1.08.07"', rung));
    await page.reload({ waitUntil: 'commit' });
    await seen(page, 'device', true);
    await nodeSays(page, () => null);
    await page.reload({ waitUntil: 'commit' });
    await seen(page, 'empty', false);
  }],
];
