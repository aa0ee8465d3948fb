// Who hears the page instead of seeing it, who sees it from ten feet, whom movement disturbs.

import assert from 'node:assert/strict';
import { kind, LARGE, mark, nodeSays, OPEN_MS, shown, SMALL, TELEVISION, until, wake, withSound } from '../stage.mjs';

const click = (page, id) => page.evaluate((each) => document.getElementById(each).click(), id);
const PLANNED = { now: null, next: null, near: false };

/** What a screen reader is given to say from now on. */
async function heard(page) {
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.getElementById('say').textContent)).observe(document.getElementById('say'), { childList: true, characterData: true, subtree: true });
  });
  return async (what, pattern, ms = 15000) => {
    await until(`${what} is said`, ms, () => page.evaluate((source) => window.said.some((each) => new RegExp(source).test(each)), pattern.source));
    const said = await page.evaluate(() => window.said.splice(0));
    assert.equal(new Set(said).size, said.length, `said twice: ${said.join(' | ')}`);
  };
}

/** Animations that run after `trigger`; one without a length moves nothing. */
const animations = (page, trigger) => page.evaluate((source) => {
  (0, eval)(source)();
  document.body.getBoundingClientRect();
  const running = document.getAnimations().filter((each) => each.effect.getComputedTiming().activeDuration > 0);
  return running.map(({ effect, transitionProperty, animationName }) => `${transitionProperty || animationName} of ${effect.target.id || effect.target.parentElement.id}`);
}, `(${trigger})`);

/** What is seen now: text by its size, in px at 1080 lines; what can be pressed; what is pure white; what lies in the margins of 5 %; rows of buttons. */
const measured = (page) => page.evaluate(() => {
  const pixels = (size) => Math.round((parseFloat(size) * 10800) / innerHeight) / 10;
  const seen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const name = (element) => (element.id ? `#${element.id}` : `${element.parentElement.id ? '#' : ''}${element.parentElement.id || name(element.parentElement)} ${element.className || element.tagName}`);
  const all = Array.from(document.body.querySelectorAll('*')).filter(seen);
  const texts = [];
  const outside = [];
  for (const element of all) {
    for (const part of ['::before', '::after']) {
      const style = getComputedStyle(element, part);
      if (!/^(none|normal|"")$/.test(style.content)) texts.push([pixels(style.fontSize), `${name(element)}${part}`]);
    }
    for (const node of Array.from(element.childNodes).filter((each) => each.nodeType === Node.TEXT_NODE && each.data.trim() !== '')) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width <= 1) continue;
      texts.push([pixels(getComputedStyle(element).fontSize), name(element)]);
      const [across, down] = [innerWidth / 20 - 1, innerHeight / 20 - 1];
      const whole = box.left >= across && box.right <= innerWidth - across && box.top >= down && box.bottom <= innerHeight - down;
      if (!whole) outside.push(name(element));
    }
  }
  const white = all.filter((element) => {
    const style = getComputedStyle(element);
    return ['color', 'backgroundColor', 'borderTopColor', 'outlineColor', 'fill', 'stroke'].some((each) => style[each] === 'rgb(255, 255, 255)');
  });
  const targets = all.filter((element) => /^(BUTTON|INPUT)$/.test(element.tagName));
  return {
    body: pixels(getComputedStyle(document.body).fontSize),
    titles: all.filter(({ tagName }) => /^H[12]$/.test(tagName)).map((element) => [pixels(getComputedStyle(element).fontSize), name(element)]),
    texts,
    small: targets.filter((element) => element.offsetWidth < 48 || element.offsetHeight < 48).map(name),
    white: white.map(name),
    outside,
    rows: new Set(all.filter(({ id, parentElement }) => parentElement.id === 'bar' && id !== 'timeline').map((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return Math.round((top + bottom) / 2 / 16);
    })).size,
  };
});

export const together = true;

export const tests = [
  ['a screen reader says each fault and each change of state, once', async (open) => {
    const page = await open({ viewport: SMALL });
    let change = (channel) => channel;
    await nodeSays(page, (channel) => ({ ...change(channel), meetings: PLANNED }));
    const says = await heard(page);
    const name = await page.innerText('#name');
    await withSound(page);
    await click(page, 'to-sound');
    await says('sound off', /Đã tắt tiếng$/);
    await click(page, 'to-sound');
    await says('sound on', /Đang phát$/);

    await page.keyboard.press('PageDown');
    await until('the other channel', 3000, async () => (await page.innerText('#name')) !== name);
    await says('the other channel', new RegExp(`^${await page.innerText('#name')}\\.`));
    await page.keyboard.press('PageUp');
    await says('the first channel', new RegExp(`^${name}\\. Đang phát$`));

    const fault = (state) => (channel) => ({ ...channel, on_air: 0, inputs: [{ ...channel.inputs[0], state }] });
    change = fault('no-sound');
    await says('no sound', /\. Không có tiếng\. Nguồn phát\. .*Mã báo lỗi( [2-9A-HJKMNP-Z]){6}$/);
    change = fault('no-picture');
    await says('no picture', /\. Không có hình\. Nguồn phát\. .*Mã báo lỗi( [2-9A-HJKMNP-Z]){6}$/);
    change = (channel) => channel;
    await says('the picture again', new RegExp(`^${name}\\. Đang phát$`));

    for (const lost of ['**/api/**', '**/hls/**']) await page.route(lost, (route) => route.abort());
    await says('the lost line', /\. Mất kết nối\. Đường truyền của hội trường\. .*Mã báo lỗi( [2-9A-HJKMNP-Z]){6}$/, 30000);
    for (const lost of ['**/api/**', '**/hls/**']) await page.unroute(lost);
    await says('the line again', new RegExp(`^${name}\\. Đang phát$`), OPEN_MS);
  }],

  ['who wants no movement gets none', async (open) => {
    const moves = async (reducedMotion) => {
      const page = await open({ viewport: SMALL, reducedMotion });
      await withSound(page);
      await wake(page);
      const found = { focus: await animations(page, () => document.getElementById('to-list').focus()) };
      found.sleep = await animations(page, () => document.body.setAttribute('data-awake', 'false'));
      await page.route('**/hls/**', (route) => route.abort());
      await nodeSays(page, (channel) => ({ ...channel, state: 'dark', slate: true, meetings: PLANNED }));
      await until('a cover', 15000, async () => (await kind(page)) === 'source');
      found.cover = await animations(page, () => undefined);
      found.list = await animations(page, () => document.getElementById('to-list').click());
      await page.keyboard.press('Escape');
      found.menu = await animations(page, () => document.getElementById('to-menu').click());
      return found;
    };
    const [still, lively] = [await moves('reduce'), await moves('no-preference')];
    assert.deepEqual(Object.values(still).flat(), []);
    for (const screen of ['focus', 'sleep', 'cover']) assert.notEqual(lively[screen].length, 0, `${screen} moves where nobody minds`);
  }],

  ['from ten feet text, titles, buttons and margins are large enough, and nothing is pure white', async (open) => {
    const page = await open({ viewport: LARGE, userAgent: TELEVISION });
    let change = (channel) => channel;
    await nodeSays(page, (channel) => change(channel));
    const found = { smallest: [Infinity, ''] };
    const measure = async (screen) => {
      for (const viewport of [LARGE, SMALL]) {
        await page.setViewportSize(viewport);
        await page.waitForTimeout(350);
        const { body, titles, texts, small, white, outside, rows: lines } = await measured(page);
        const on = `${screen} at ${viewport.height}`;
        assert.ok(body >= 32, `${body} px on ${on}`);
        assert.deepEqual(titles.filter(([size]) => size < 48), [], `titles on ${on}`);
        assert.deepEqual(texts.filter(([size]) => size < 24), [], `text on ${on}`);
        assert.deepEqual({ small, white, outside }, { small: [], white: [], outside: [] }, on);
        assert.ok(lines <= 1, `${lines} rows of buttons on ${on}`);
        found.smallest = texts.reduce((least, each) => (each[0] < least[0] ? each : least), found.smallest);
      }
    };
    const rows = async (...ids) => {
      for (const id of ids) await click(page, id);
      await measure(ids[ids.length - 1]);
      for (let press = 0; press < 4 && (await mark(page, 'layer')) !== 'watch'; press += 1) await page.keyboard.press('Escape');
    };
    await until('asleep', 8000, async () => (await mark(page, 'awake')) === 'false');
    await measure('asleep');
    await page.keyboard.press('Enter');
    await measure('the bar');
    await until('ten seconds to go back', 20000, async () => {
      await click(page, 'to-back');
      return shown(page, 'to-live');
    });
    await measure('behind live');
    await click(page, 'to-live');
    await rows('to-list');
    for (const panel of [[], ['row-to-settings'], ['row-to-settings', 'row-to-size'], ['row-to-settings', 'row-to-hall'], ['row-to-help'], ['row-to-stop']]) await rows('to-menu', ...panel);

    const at = (minutes) => new Date(Date.now() + minutes * 60000).toISOString();
    const meeting = (from, to, more) => ({ id: 'm', title: 'Hội nghị trực tuyến toàn quốc ứng phó bão', start: at(from), end: at(to), class: 'emergency', originator: 'Văn phòng Chính phủ', cancelled: false, ...more });
    const incoming = (state) => (channel) => ({ ...channel, on_air: 0, inputs: [{ ...channel.inputs[0], state }], meetings: PLANNED });
    const off = (state, meetings = PLANNED) => (channel) => ({ ...channel, state, begun: true, slate: true, meetings });
    for (const [name, next] of [
      ['noSound', incoming('no-sound')], ['noPicture', incoming('no-picture')], ['source', off('dark')], ['failed', off('failed')], ['notStarted', off('stopped')],
      ['countdown', off('stopped', { now: null, next: meeting(20, 90), near: true })], ['late', off('stopped', { now: meeting(-20, 90), next: null, near: true })],
    ]) {
      change = next;
      const there = async () => (name === 'noSound' ? page.getAttribute('#strip', 'data-kind') : kind(page));
      await until(name, 30000, async () => (await there()) === name);
      await measure(name);
    }
    return `the smallest text is ${found.smallest[0]} px at 1080 lines, ${found.smallest[1]}`;
  }],
];
