// A screen that nobody looks after, and a page that opens without a network.

import assert from 'node:assert/strict';
import { owned } from '../launch.mjs';
import { kind, look, moving, OPEN_MS, opening, SMALL, until } from '../stage.mjs';

const NIGHT = '2026-11-24T20:55:00Z'; // 03:55 in Việt Nam

export const tests = [
  ['a kiosk keeps its name, its channel and its screen on, and is loaded anew at night', async (open) => {
    const page = await open({ viewport: SMALL }, () => {
      const asked = [];
      Object.defineProperty(navigator, 'wakeLock', { value: { request: (what) => { asked.push(what); return Promise.resolve({ released: false }); } } });
      window.wakeAsked = asked;
      // Until it is loaded anew it has run for three hours.
      const own = performance.now.bind(performance);
      if (location.host && !sessionStorage.getItem('night')) performance.now = () => own() + 3 * 3600e3;
    }, '?kiosk&hall=X%C3%A3%201&lang=vi');
    await opening(page);
    await until('the screen is kept on', 5000, () => page.evaluate(() => window.wakeAsked.length === 1 && window.wakeAsked[0] === 'screen'));
    const kept = (name) => page.evaluate((each) => localStorage.getItem(`headend.${each}`), name);
    assert.deepEqual([await kept('kiosk'), await kept('hall')], ['on', 'Xã 1']);
    await page.evaluate(() => (location.hash = 'giao-ban'));
    await until('the other channel', 3000, async () => (await kept('channel')) === 'giao-ban');
    const base = page.url().replace(/\?.*/, '');
    await page.goto(base);
    await until('the channel of before', OPEN_MS, async () => (await page.innerText('#name')) === 'Giao ban tỉnh');

    let on = true;
    await page.route('**/api/v1/node', async (route) => {
      const response = await route.fetch().catch(() => null);
      if (!response) return route.abort();
      const node = await response.json();
      for (const channel of node.channels) {
        const meeting = { title: 'Trực bão', start: '2026-11-24T18:00:00Z', end: '2026-11-24T23:00:00Z', class: 'emergency', originator: '' };
        channel.meetings = { now: on ? meeting : null, next: null, near: on };
      }
      return route.fulfill({ response, headers: { ...response.headers(), date: new Date(NIGHT).toUTCString() }, json: node });
    });
    await until('night', 15000, async () => (await page.innerText('#time')) === '03:55');
    await page.waitForTimeout(1500);
    const loads = () => page.evaluate(() => performance.getEntriesByType('navigation')[0].type);
    assert.notEqual(await loads(), 'reload', 'not while a meeting is on');
    on = false;
    await until('loaded anew', 20000, async () => (await loads().catch(() => '')) === 'reload');
    await page.evaluate(() => sessionStorage.setItem('night', '1'));
    const day = await kept('reloaded');
    assert.notEqual(day, null);
    await page.waitForTimeout(3000);
    assert.equal(await kept('reloaded'), day);
  }],

  ['the page can be installed as an application', async (_, cable) => {
    const [context, end] = await owned();
    try {
      const page = context.pages()[0];
      await page.goto(cable.url, { waitUntil: 'commit' });
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      const session = await context.newCDPSession(page);
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
      assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId), []);
      const { errors, data } = await session.send('Page.getAppManifest');
      assert.deepEqual(errors, []);
      for (const { src, sizes, type } of JSON.parse(data).icons) {
        const response = await page.request.get(new URL(src, cable.url).href);
        assert.deepEqual([response.status(), response.headers()['content-type']], [200, type]);
        const [width] = sizes === 'any' ? [] : await page.evaluate(async (address) => {
          const image = await createImageBitmap(await (await fetch(address)).blob());
          return [`${image.width}x${image.height}`];
        }, src);
        assert.equal(width || 'any', sizes);
      }
    } finally {
      await end();
    }
  }],

  ['without a network the page opens and says so, and nothing that is live was kept', async (open, cable) => {
    const page = await open({ viewport: SMALL });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const kept = () => page.evaluate(async () => {
      const requests = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    await until('the page is kept', 10000, async () => (await kept()).length >= 7);
    await page.reload();
    await moving(page, 'with the worker', OPEN_MS);
    for (const path of await kept()) assert.match(path, /^\/(player\/.*|manifest\.webmanifest)?$/);
    cable.refuse();
    await page.reload();
    await until('the word', 15000, async () => (await kind(page)) === 'line');
    assert.equal(await page.innerText('#fault-title'), 'Mất kết nối');
    assert.match(await page.innerText('#report-code'), /^[2-9A-HJKMNP-Z]{6}$/);
    assert.match(await page.innerText('#report-call'), /^Gọi 0214 3840 888$/, 'the number is known from before');
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => document.fonts.check('32px "Be Vietnam Pro"')), true);
    await look(page, 'offline');
    cable.mend();
    return `back ${await moving(page, 'after the network', OPEN_MS)} ms after the network`;
  }],
];
