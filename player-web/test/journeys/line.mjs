// What goes away comes back by itself: the network, the cable, the server, the source.

import assert from 'node:assert/strict';
import { launch } from '../launch.mjs';
import { kind, look, moving, opening, picture, shown, until, pause, BACK_MS, DRAINED_MS, LARGE, OFFLINE_SECONDS, SMALL } from '../stage.mjs';

/** Longer than a playlist reaches back. */
const ASLEEP_MS = 40000;

export const together = true;

export const tests = [
  [`${OFFLINE_SECONDS} s without network are told, and end by themselves`, async (open) => {
    const page = await open({ viewport: SMALL });
    const network = await page.context().newCDPSession(page);
    const emulate = (offline) => network.send('Network.emulateNetworkConditions', {
      offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1,
    });
    await network.send('Network.enable');
    await emulate(true);
    const cut = Date.now();
    await until('strip over the last of the picture, or the screen', 15000, async () =>
      (await shown(page, 'strip')) || (await kind(page)) === 'line');
    await until('screen', DRAINED_MS, async () => (await kind(page)) === 'line');
    assert.equal(await page.innerText('#fault-title'), 'Mất kết nối');
    assert.equal(await page.innerText('#fault-place'), 'Đường truyền của hội trường');
    assert.match(await page.innerText('#say'), /Mất kết nối/);
    await look(page, 'line');
    await pause(Math.max(0, OFFLINE_SECONDS * 1000 - (Date.now() - cut)));
    assert.equal(await kind(page), 'line');
    await emulate(false);
    return `back ${await moving(page, 'after the network', BACK_MS)} ms after the network`;
  }, 'chromium'],

  ['a pulled cable, whose connections never answer again, is told and mended', async (open, cable) => {
    const page = await open({ viewport: LARGE });
    cable.silence();
    await until('screen', DRAINED_MS, async () => (await kind(page)) === 'line');
    await look(page, 'line');
    await pause(Math.min(OFFLINE_SECONDS, 15) * 1000);
    cable.mend();
    return `back ${await moving(page, 'after the cable', BACK_MS)} ms after the cable`;
  }],

  ['a server that starts again is taken up again', async (open, cable) => {
    const page = await open({ viewport: SMALL });
    cable.refuse();
    await pause(12000);
    cable.mend();
    return `back ${await moving(page, 'after the server', BACK_MS)} ms after the server`;
  }],

  ['a computer that slept wakes up to what is on now', async (open, cable) => {
    // All processes of a browser of its own stand still, as a lid that is shut has them.
    const browser = await launch();
    const page = await browser.newPage({ locale: 'vi-VN', viewport: SMALL });
    await page.goto(cable.url, { waitUntil: 'commit' });
    await opening(page);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const signal = (name) => processInfo.forEach(({ id }) => process.kill(id, name));
    try {
      signal('SIGSTOP');
      await pause(ASLEEP_MS);
      const woken = Date.now();
      signal('SIGCONT');
      const before = await picture(page);
      // What was buffered may be shown first, but then it goes to what is on now.
      await until('live again', BACK_MS * 2, async () => (await picture(page)).time - before.time > ASLEEP_MS / 2000);
      await moving(page, 'awake', BACK_MS);
      return `live again ${Date.now() - woken} ms after it woke`;
    } finally {
      signal('SIGCONT');
      await browser.close();
    }
  }, 'chromium'],

  ['a source that starts again and counts from 0 is followed', async (open, cable, own) => {
    if (!own) return 'left out, a node never counts back';
    const page = await open({ viewport: SMALL });
    await own.restart();
    await pause(7000);
    const before = await picture(page);
    await pause(5000);
    const after = await picture(page);
    assert.ok(after.time - before.time > 4, `the clock went ${after.time - before.time} s in 5 s`);
    assert.ok(after.frames - before.frames > 80, `${after.frames - before.frames} frames in 5 s`);
    return undefined;
  }],
];
