// Each fault has its screen, with who it is, what to try and a code.

import assert from 'node:assert/strict';
import { fits, kind, look, mark, moving, picture, sentReports, shown, until, withSound, DRAINED_MS, LARGE, OPEN_MS, PHONE, SMALL } from '../stage.mjs';

export const together = true;

export const tests = [
  ['each fault has its screen, in both languages', async (open) => {
    const page = await open({ viewport: LARGE });
    let change = (channel) => channel;
    let status = 200;
    await page.route('**/api/v1/node', async (route) => {
      const response = await route.fetch().catch(() => null);
      if (!response) return route.abort();
      const node = await response.json();
      const id = await page.evaluate(() => location.hash.slice(1) || document.querySelector('#rows [aria-current=true]').getAttribute('data-channel'));
      node.channels = node.channels.map((channel) => (channel.id === id ? { ...change(channel), meetings: { now: null, next: null, near: false } } : channel));
      return route.fulfill({ response, status, json: node });
    });
    const reports = await sentReports(page);
    const codes = new Set();
    /** The node is told in CMCD what the screen says, with the code that stands on it. */
    const reported = async (id, fault, who) => {
      const code = await page.innerText(`#${id}-code`);
      assert.match(code, /^[2-9A-HJKMNP-Z]{6}$/);
      assert.equal(await page.innerText(`#${id}-call`), 'Gọi 0214 3840 888');
      const keys = `vn.headend-code="${code}",vn.headend-fault="${fault}",vn.headend-who="${who}"`;
      await until(`${keys} reported`, 5000, async () => (await reports()).some((line) => line.includes('e=e') && line.endsWith(keys)));
      codes.add(code);
    };
    const told = async (name, expected, report) => {
      await until(name, DRAINED_MS, async () => (await kind(page)) === name);
      assert.deepEqual([await page.innerText('#fault-title'), await page.innerText('#fault-place')], expected, name);
      const steps = await page.locator('#steps li').count();
      assert.ok(report ? steps >= 1 && steps <= 3 : steps === 0, `${steps} steps for ${name}`);
      if (report) await reported('report', ...report);
      else assert.equal(await shown(page, 'report'), false);
      await look(page, name);
      await fits(page, 'fault', 'channel', 'to-list');
    };

    const heard = (state) => (channel) => ({ ...channel, on_air: 0, inputs: [{ ...channel.inputs[0], state }] });
    change = heard('no-sound');
    await until('no sound', 15000, () => shown(page, 'strip'));
    assert.equal(await page.innerText('#strip-title'), 'Không có tiếng');
    assert.equal(await page.innerText('#strip-place'), 'Nguồn phát');
    await reported('strip-report', 'no-sound', 'source');
    await look(page, 'no-sound');
    await until('the controls sleep', 8000, async () => (await mark(page, 'awake')) === 'false');
    await fits(page, 'strip', 'channel', 'to-sound');
    change = heard('no-picture');
    await told('noPicture', ['Không có hình', 'Nguồn phát'], ['no-picture', 'source']);

    await page.route('**/hls/**', (route) => route.fulfill({ status: 404, body: '' }));
    change = (channel) => ({ ...channel, state: 'dark' });
    await told('source', ['Mất kết nối', 'Nguồn phát'], ['connection-lost', 'source']);
    change = (channel) => ({ ...channel, state: 'stopped' });
    await told('notStarted', ['Chưa bắt đầu', '']);
    change = (channel) => ({ ...channel, state: 'waiting' });
    await told('waiting', ['Chưa bắt đầu', '']);
    change = (channel) => ({ ...channel, state: 'failed' });
    await told('failed', ['Không có hình', 'Máy chủ phát'], ['no-picture', 'source']);
    change = (channel) => ({ ...channel, state: 'on-air', state_seconds: 60, hls: { unavailable: 'MPEG-2 video' } });
    await told('unavailable', ['Không có hình', 'Máy chủ phát'], ['no-picture', 'source']);
    status = 503;
    await told('server', ['Mất kết nối', 'Máy chủ phát'], ['connection-lost', 'source']);
    assert.equal(codes.size, 5, 'a new fault is a new code, the same one is not');
    await page.evaluate(() => document.getElementById('to-menu').click());
    await page.evaluate(() => document.getElementById('row-to-settings').click());
    await page.evaluate(() => document.getElementById('row-language').click());
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await until('English', 2000, async () => (await page.innerText('#fault-title')) === 'Connection lost');
    assert.equal(await page.innerText('#fault-place'), 'The server');
    await page.setViewportSize(PHONE);
    await look(page, 'server-en');
    await page.setViewportSize({ width: PHONE.height, height: PHONE.width });
    await page.waitForTimeout(600);
    await fits(page, 'fault', 'channel', 'to-list');

    status = 200;
    change = (channel) => channel;
    await page.unroute('**/hls/**');
    return `back ${await moving(page, 'after the faults', OPEN_MS)} ms after the last`;
  }],

  ['a screen that decodes no picture or no sound says that it is this screen', async (open) => {
    const page = await open({ viewport: SMALL });
    await withSound(page);
    await page.evaluate(() => {
      const own = HTMLVideoElement.prototype.getVideoPlaybackQuality;
      const frozen = document.querySelector('video').getVideoPlaybackQuality();
      window.blind = true;
      HTMLVideoElement.prototype.getVideoPlaybackQuality = function () { return window.blind ? frozen : own.call(this); };
    });
    await until('no picture here', 20000, async () => (await kind(page)) === 'noPictureHere');
    assert.deepEqual([await page.innerText('#fault-title'), await page.innerText('#fault-place')], ['Không có hình', 'Màn hình này']);
    await look(page, 'no-picture-here');
    await page.evaluate(() => { window.blind = false; });
    await until('seen again', 5000, async () => (await kind(page)) === null);
    await page.evaluate(() => Object.defineProperty(HTMLMediaElement.prototype, 'webkitAudioDecodedByteCount', { configurable: true, get: () => 1000 }));
    await until('no sound here', 20000, () => shown(page, 'strip'));
    assert.deepEqual([await page.innerText('#strip-title'), await page.innerText('#strip-place')], ['Không có tiếng', 'Màn hình này']);
    await look(page, 'no-sound-here');
  }],

  ['no large text runs under the buttons, in either language, at any size', async (open) => {
    const page = await open({ viewport: SMALL });
    await page.route('**/cmcd', (route) => route.fulfill({ status: 204 }));
    await page.route('**/api/**', (route) => route.abort());
    await page.route('**/hls/**', (route) => route.abort());
    for (const [size, language] of [[100, 'vi'], [150, 'vi'], [200, 'vi'], [200, 'en']]) {
      await page.goto(`${page.url().replace(/[?#].*/, '')}?size=${size}&lang=${language}`);
      await until('line', DRAINED_MS, async () => (await kind(page)) === 'line');
      for (const viewport of [LARGE, PHONE]) {
        await page.setViewportSize(viewport);
        await page.waitForTimeout(600);
        for (const id of ['fault', 'report']) await fits(page, id, 'channel', 'to-list');
      }
      await look(page, `line-${size}-${language}`);
    }
  }],
];
