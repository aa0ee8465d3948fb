// Six keys reach everything, and Back leads out of everything.

import assert from 'node:assert/strict';
import { DRAINED_MS, focus, kind, LARGE, look, mark, moving, OPEN_MS, PHONE, picture, shown, SMALL, until, wake } from '../stage.mjs';

/** The ring is 4 px at least, and stands out three times from what lies around it. */
const RING_PX = 4;
const RING_CONTRAST = 3;

/** What has the focus: its ring, and whether it is whole on the screen. */
const ring = (page) => page.evaluate(() => {
  const active = document.activeElement;
  const style = getComputedStyle(active);
  const box = active.getBoundingClientRect();
  const width = parseFloat(style.outlineWidth);
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map((part) => Number(part) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // The ring lies on night on both sides: its own shadow.
  const [light, dark] = [luminance(style.outlineColor), luminance('rgb(11, 16, 24)')];
  return {
    width,
    contrast: (light + 0.05) / (dark + 0.05),
    shadow: /rgb\(11, 16, 24\)/.test(style.boxShadow),
    inside: box.top - width >= 0 && box.left - width >= 0 && box.bottom + width <= innerHeight && box.right + width <= innerWidth,
  };
});

const there = (page, scope) => page.evaluate((id) => Array.from(document.getElementById(id).querySelectorAll('button, input'))
  .filter((each) => each.offsetParent !== null).map((each) => each.id), scope);

/** Walks with `keys` alone until each key was tried on each focusable: all are reached, all are left. */
async function walk(page, scope, keys) {
  const wanted = (await there(page, scope)).filter((id) => id !== 'to-live');
  const tried = new Map(wanted.map((id) => [id, new Map()]));
  /** The keys from `from` to the nearest focusable where something is not tried. */
  const way = (from) => {
    const queue = [[from, []]];
    const seen = new Set([from]);
    for (const [id, path] of queue) {
      const untried = keys.find((key) => !tried.get(id).has(key));
      if (untried) return [...path, untried];
      for (const [key, to] of tried.get(id)) {
        if (!seen.has(to)) queue.push([to, [...path, key]]);
        seen.add(to);
      }
    }
    return null;
  };
  let here = await focus(page);
  for (let path = way(here); path; path = way(here)) {
    for (const key of path) {
      await wake(page);
      await page.keyboard.press(key);
      // A busy machine falls behind live: the button for that comes and goes, so it is passed over.
      if ((await focus(page)) === 'to-live') await page.keyboard.press(key);
      const to = await focus(page);
      assert.ok(tried.has(to), `${key} on ${here} leaves ${scope} for "${to}"`);
      tried.get(here).set(key, to);
      here = to;
    }
    const { width, contrast, shadow, inside } = await ring(page);
    assert.ok(width >= RING_PX && contrast >= RING_CONTRAST && shadow, `the ring of ${here}: ${width} px, ${contrast.toFixed(1)}:1`);
    assert.ok(inside, `the ring of ${here} is cut off`);
  }
  const reached = new Set([...tried.values()].flatMap((moves) => [...moves.values()]));
  for (const [id, moves] of tried) {
    if (wanted.length === 1) continue;
    assert.ok(reached.has(id), `nothing leads to ${id} in ${scope}`);
    assert.ok([...moves.values()].some((to) => to !== id), `no key leaves ${id} in ${scope}`);
  }
  return wanted.length;
}

/** Goes to `id` in the open scope with the first arrow, and from its end with the other. */
async function goTo(page, id, keys) {
  let [key] = keys;
  for (let press = 0; press < 24 && (await focus(page)) !== id; press += 1) {
    const before = await focus(page);
    await wake(page);
    await page.keyboard.press(key);
    if ((await focus(page)) === before) key = keys[1];
  }
  assert.equal(await focus(page), id);
}

/** The channel's playlist with a second rung, a second sound track and subtitles. */
export function several(text) {
  const [media, rung] = [/^#EXT-X-MEDIA:.*$/m.exec(text)[0], /^#EXT-X-STREAM-INF:.*\n.*$/m.exec(text)[0]];
  const english = media.replace('NAME="Audio"', 'NAME="English"').replace('DEFAULT=YES', 'DEFAULT=NO');
  const words = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="Tiếng Việt",LANGUAGE="vi",DEFAULT=NO,AUTOSELECT=NO,URI="subtitles.m3u8"';
  const low = rung.replace(/BANDWIDTH=\d+/g, 'BANDWIDTH=300000').replace('#EXT-X-STREAM-INF:', '#EXT-X-STREAM-INF:SUBTITLES="words",');
  const high = rung.replace(/BANDWIDTH=\d+/g, 'BANDWIDTH=1500000').replace('640x360', '1280x720').replace('#EXT-X-STREAM-INF:', '#EXT-X-STREAM-INF:SUBTITLES="words",');
  return ['#EXTM3U', media, english, words, low, high, '#EXT-X-INDEPENDENT-SEGMENTS', ''].join('\n');
}
export const NO_WORDS = '#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n';

const upDown = ['ArrowUp', 'ArrowDown'];
const leftRight = ['ArrowLeft', 'ArrowRight'];

export const tests = [
  ['six keys reach and leave everything on each screen, and Back gives the focus back', async (open) => {
    const page = await open({ viewport: LARGE });
    await page.keyboard.press('Enter');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await moving(page, 'with sound', 3000);
    assert.equal(await mark(page, 'press'), 'mute');
    assert.equal(await focus(page), 'to-sound');
    await look(page, 'watching');
    const counts = { bar: await walk(page, 'bar', leftRight) };

    await goTo(page, 'to-list', leftRight);
    await page.keyboard.press('Enter');
    assert.match(await focus(page), /^channel-/);
    await look(page, 'list');
    counts.list = await walk(page, 'list', upDown);
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'list'), false);
    assert.equal(await focus(page), 'to-list');

    await goTo(page, 'to-menu', leftRight);
    await page.keyboard.press('Enter');
    await look(page, 'menu');
    counts.menu = await walk(page, 'panel', upDown);
    for (const [row, ...inner] of [['row-to-settings', 'row-to-size', 'row-to-hall'], ['row-to-help']]) {
      await goTo(page, row, upDown);
      await page.keyboard.press('Enter');
      await look(page, row.slice(7));
      counts[row] = await walk(page, 'panel', upDown);
      for (const deeper of inner) {
        await goTo(page, deeper, upDown);
        await page.keyboard.press('Enter');
        await look(page, deeper.slice(7));
        counts[deeper] = await walk(page, 'panel', upDown);
        await page.keyboard.press('Escape');
        assert.equal(await focus(page), deeper, 'the focus is where it was');
      }
      await page.keyboard.press('Escape');
      assert.equal(await focus(page), row, 'the focus is where it was');
    }
    await page.keyboard.press('Escape');
    assert.equal(await focus(page), 'to-menu');

    await page.keyboard.press('Escape');
    assert.equal(await mark(page, 'awake'), 'false', 'Back puts the controls away');
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'ask'), true, 'then it asks');
    assert.equal(await focus(page), 'stay');
    await look(page, 'ask');
    counts.ask = await walk(page, 'ask', leftRight);
    await goTo(page, 'leave', leftRight);
    // Who leaves closes the page where the browser lets it, and sees it left where not.
    await page.evaluate(() => { window.close = () => undefined; });
    await page.keyboard.press('Enter');
    await until('left', 2000, async () => (await kind(page)) === 'left');
    await look(page, 'left');
    await page.keyboard.press('Enter');
    await moving(page, 'watching again', OPEN_MS);
    assert.equal((await picture(page)).muted, false);
    return Object.entries(counts).map(([scope, count]) => `${scope.replace('row-to-', '')} ${count}`).join(', ');
  }],

  ['quality, sound track and subtitles are chosen by keys where a channel has several', async (open) => {
    const page = await open({ viewport: LARGE }, () => undefined);
    await page.route('**/hls/hop/index.m3u8', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: several(await response.text()) });
    });
    await page.route('**/subtitles.m3u8', (route) => route.fulfill({ contentType: 'application/vnd.apple.mpegurl', body: NO_WORDS }));
    await page.reload({ waitUntil: 'commit' });
    await moving(page, 'with all its renditions', OPEN_MS);
    await page.keyboard.press('Enter');
    await goTo(page, 'to-menu', leftRight);
    await page.keyboard.press('Enter');
    await look(page, 'menu-whole');
    const said = [];
    for (const [name, choice, value] of [['quality', 'quality-1', '360p · 0,3 Mbit/s'], ['sound', 'sound-2', 'English'], ['subtitles', 'subtitles-1', 'Tiếng Việt']]) {
      const row = `row-to-${name}-choice`;
      await goTo(page, row, upDown);
      await page.keyboard.press('Enter');
      await look(page, name);
      const count = await walk(page, 'panel', upDown);
      await goTo(page, `row-${choice}`, upDown);
      await page.keyboard.press('Enter');
      await until(`${name} is chosen`, 5000, async () => (await page.getAttribute(`#row-${choice}`, 'aria-pressed')) === 'true');
      await page.keyboard.press('Escape');
      assert.equal(await focus(page), row);
      assert.equal(await page.innerText(`#${row} .value`), value);
      said.push(`${name} ${count}`);
    }
    await page.keyboard.press('Escape');
    await moving(page, 'with what was chosen', OPEN_MS);
    return said.join(', ');
  }],

  ['six keys reach everything while a cover stands, and in a telephone’s list and menu', async (open) => {
    const page = await open({ viewport: LARGE });
    await page.keyboard.press('Enter');
    await page.route('**/api/**', (route) => route.abort());
    await page.route('**/hls/**', (route) => route.abort());
    await page.reload({ waitUntil: 'commit' });
    await until('the cover', DRAINED_MS, async () => (await kind(page)) === 'line');
    const counts = { bar: await walk(page, 'bar', leftRight) };
    await goTo(page, 'to-menu', leftRight);
    await page.keyboard.press('Enter');
    counts.menu = await walk(page, 'panel', upDown);
    await page.keyboard.press('Escape');
    assert.equal(await focus(page), 'to-menu');
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'ask'), true, 'over a cover Back asks at once');
    counts.ask = await walk(page, 'ask', leftRight);
    await page.keyboard.press('Escape');
    assert.deepEqual([await shown(page, 'ask'), await focus(page)], [false, 'to-menu']);
    await page.unroute('**/api/**');
    await page.unroute('**/hls/**');
    await moving(page, 'again', OPEN_MS);

    await page.setViewportSize(PHONE);
    for (const [button, scope] of [['to-list', 'list'], ['to-menu', 'panel']]) {
      await page.focus(`#${button}`);
      await page.keyboard.press('Enter');
      counts[`${scope} of a telephone`] = await walk(page, scope, upDown);
      await page.keyboard.press('Escape');
      assert.equal(await focus(page), button);
    }
    return Object.entries(counts).map(([scope, count]) => `${scope} ${count}`).join(', ');
  }],

  ['a pointer alone opens and leaves everything', async (open) => {
    const page = await open({ viewport: SMALL });
    const press = async (id) => {
      await wake(page);
      await page.click(`#${id}`);
    };
    await press('to-sound');
    await until('sound', 2000, async () => !(await picture(page)).muted);
    await press('to-list');
    await page.click('#list-close');
    assert.equal(await shown(page, 'list'), false);
    await press('to-list');
    await page.mouse.click(SMALL.width - 60, SMALL.height / 2);
    assert.equal(await shown(page, 'list'), false, 'a press beside it closes it');
    await press('to-menu');
    await page.click('#row-to-settings');
    await page.click('#row-to-size');
    for (const title of ['Cài đặt', 'Tùy chọn']) {
      await page.click('#panel-close');
      assert.equal(await page.innerText('#panel-title'), title);
    }
    await page.click('#row-to-stop');
    await page.click('#stay');
    assert.equal(await shown(page, 'ask'), false);
    await press('to-screen');
    await until('full screen', 2000, () => page.evaluate(() => document.fullscreenElement !== null));
    await press('to-screen');
    await until('the window again', 2000, () => page.evaluate(() => document.fullscreenElement === null));
  }],

  ['Android’s Back, a step back in history, closes what is open', async (open) => {
    const userAgent = 'Mozilla/5.0 (Linux; Android 9; BRAVIA 4K) AppleWebKit/537.36 Chrome/120.0 Safari/537.36';
    const page = await open({ viewport: LARGE, userAgent });
    await page.evaluate(() => document.getElementById('to-menu').click());
    await page.evaluate(() => document.getElementById('row-to-settings').click());
    for (const title of ['Tùy chọn', null]) {
      await page.evaluate(() => history.back());
      await until('closed', 2000, async () => (title ? (await page.innerText('#panel-title')) === title : !(await shown(page, 'panel'))));
    }
    await moving(page, 'still here', OPEN_MS);
  }],
];
