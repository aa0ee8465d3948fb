// The wall in Chromium against a running node.
//
//   HEADEND_URL           base URL of a node with the channels of tests/tests/browser.rs
//   HEADEND_PROGRAM       the program `headend`
//   HEADEND_CONFIG        the node's configuration: incidents are taken in hand over its local socket
//   HEADEND_SCREENSHOTS   a folder for pictures of each screen; left out: none
//   CHROMIUM              /usr/bin/chromium

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { line } from './line.mjs';

const SIZES = [{ width: 1280, height: 720 }, { width: 1920, height: 1080 }];
const PHONE = { width: 390, height: 844 };
/** From a fault to the front of the wall: the node confirms it within 3 s, on a busy machine later. */
const SEEN_MS = 15000;
/** From a command to the wall. */
const TOLD_MS = 4000;
/** The wall may grow by so much between two looks, thousands of paints apart. */
const GROWN_BYTES = 400e3;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = process.env.HEADEND_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, ms, ready) {
  const start = Date.now();
  for (;;) {
    if (await ready()) return Date.now() - start;
    assert.ok(Date.now() - start < ms, `${what}: not within ${ms} ms`);
    await pause(50);
  }
}

const look = (page, name) => folder && page.screenshot({ path: join(folder, `noc-${name}.png`) });

async function accessible(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  assert.deepEqual(told, [], `axe on ${name}`);
}

/** Where channel `id` is, and as what. */
const place = (page, id) => page.evaluate((tile) => {
  const button = document.getElementById(`tile-${tile}`);
  const item = button && button.closest('li');
  return item ? `${item.parentElement.id} ${item.getAttribute('data-rank')}` : 'none';
}, id);
const at = (page, id, where, ms) => until(`${id} ${where}`, ms, async () => (await place(page, id)) === where);
const text = (page, id) => page.innerText(`#tile-${id}`);
const focused = (page) => page.evaluate(() => document.activeElement.id);
const fits = (page) => page.evaluate(() => {
  const wall = document.getElementById('wall');
  return wall.scrollHeight <= wall.clientHeight && wall.scrollWidth <= wall.clientWidth;
});

const headend = (...words) => execFileSync(process.env.HEADEND_PROGRAM, words, { encoding: 'utf8' });

/** The lasting incident of a channel. */
function lasting(channel) {
  const shown = JSON.parse(headend('channel', 'show', channel, '--output', 'json'));
  return shown.incidents.find((incident) => incident.end === null && incident.class !== 'short-of-cpu').id;
}

function encoder() {
  return spawn('ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i',
    'sine=frequency=440:sample_rate=48000', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-b:v', '500k',
    '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-f', 'mpegts', 'udp://127.0.0.1:6002?pkt_size=1316'], { stdio: 'ignore' });
}

/** Makes the page believe in a node of `count` channels, `bad` of them failing. */
async function crowd(page, count, bad) {
  await page.route('**/api/v1/node', async (route) => {
    const response = await route.fetch();
    const node = await response.json();
    const [good, failing] = ['hop', 'tap-huan'].map((id) => node.channels.find((channel) => channel.id === id));
    node.channels = Array.from({ length: count }, (_, n) => {
      const like = n < bad ? failing : good;
      const incidents = n < bad ? like.incidents : [];
      return { ...like, id: `kenh-${n}`, name: `${['Họp Chính phủ', 'Phòng, chống thiên tai – Trung ương đến cấp xã'][n % 2]} ${n}`, incidents, alarms: [] };
    });
    await route.fulfill({ response, json: node });
  });
  await page.route('**/picture?*', async (route) => {
    const url = new URL(route.request().url());
    await route.continue({ url: `${url.origin}/api/v1/channels/hop/inputs/0/picture` }).catch(() => undefined);
  });
}

/** Whether the picture of channel `id` is seen, and how: `none`, `live` or `grey`. */
const picture = (page, id) => page.evaluate((tile) => {
  const view = document.querySelector(`#tile-${tile} .view`);
  const image = view.querySelector('img');
  if (image.hidden || image.naturalWidth === 0) return 'none';
  return view.getAttribute('data-stale') === 'true' ? 'grey' : 'live';
}, id);

/** A report of a hall's page, by event mode. */
async function tell(...lines) {
  const headers = { 'Content-Type': 'application/cmcd' };
  const answer = await fetch(`${process.env.HEADEND_URL}/cmcd`, { method: 'POST', headers, body: lines.join('\n') });
  assert.equal(answer.status, 204, await answer.text());
}
const asked = async (path) => (await fetch(`${process.env.HEADEND_URL}/api/v1/${path}`)).json();

/** A page with hls.js alone, of another house than ours. */
const PLAYER = (cmcd) => `<!doctype html><video id="v" muted></video><script src="/hls-js"></script><script>
  const hls = new Hls({ cmcd: ${JSON.stringify(cmcd)} });
  hls.loadSource('/hls/hop/index.m3u8');
  hls.attachMedia(document.getElementById('v'));
  hls.on(Hls.Events.MANIFEST_PARSED, () => document.getElementById('v').play());
</script>`;

const tests = [
  ['halls are counted on the tiles, the worst are listed, and a code is looked up', async (open) => {
    const hall = (n, more) => `bl=(4200),br=(500),cid=hop,e=ps,mtp=(${n}000),sid="hall-${n}",v=2,vn.headend-hall="Xã số ${n}",${more}`;
    const halls = () => tell(
      ...[1, 2, 3, 4, 5, 6].map((n) => hall(n, 'sta=p')),
      hall(7, 'bs,bsd=(5000),sta=r'),
      hall(8, 'sta=f,vn.headend-code=H7K3QZ,vn.headend-fault=connection-lost,vn.headend-who=line'),
    );
    await halls();
    const page = await open('noc?lang=vi', SIZES[1]);
    await at(page, 'hop', 'behind notice', 10000);
    const here = () => new Date(Date.now() + 7 * 3600e3).toISOString().slice(11, 19);
    await until('the time of Việt Nam', 15000, async () => (await page.innerText('#time')) === here());
    await until('the counts', 5000, async () => /Nơi xem 6\/8/.test(await text(page, 'hop')));
    assert.match(await text(page, 'hop'), /2 nơi xem bị đứng/);
    await accessible(page, 'a tile with halls');
    await look(page, 'halls');
    await page.click('#tile-hop');
    await until('the halls', 5000, async () => /Xã số 8: báo lỗi · Mất kết nối, do đường truyền của hội trường/.test(await page.innerText('#detail')));
    const told = await page.innerText('#detail');
    for (const part of ['2 trong 8 hội trường bị đứng', 'Xã số 7: đứng hình', 'đứng hình 1 lần', 'H7K3QZ']) assert.ok(told.includes(part), `${part} in ${told}`);
    assert.ok(told.indexOf('Xã số 8') < told.indexOf('Xã số 7') && told.indexOf('Xã số 7') < told.indexOf('Xã số 1'), 'the worst first');
    await accessible(page, 'the halls of a channel');
    await look(page, 'halls-detail');
    await page.setViewportSize({ width: 1280, height: 420 });
    await accessible(page, 'more than the screen has room for');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'detail-body', 'what scrolls is reached');
    await page.keyboard.press('ArrowDown');
    await until('the rest', 2000, () => page.evaluate(() => document.getElementById('detail-body').scrollTop > 0));
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'close');
    await page.setViewportSize(SIZES[1]);
    await page.keyboard.press('Escape');

    await page.click('#code');
    // A report is on record within a second or two.
    await until('the report', 10000, async () => {
      await page.fill('#code', 'h7k 3qz');
      await page.press('#code', 'Enter');
      await page.waitForSelector('#cover:not([hidden])');
      const found = /Xã số 8 — hop/.test(await page.innerText('#detail'));
      if (!found) await page.keyboard.press('Escape');
      return found;
    });
    const report = await page.innerText('#detail');
    for (const part of ['Mã báo cáo H7K3QZ', 'Mất kết nối', 'mạng đạt 8.00 Mbit/s', 'do đường truyền của từng nơi', 'nhờ hội trường xem dây mạng']) {
      assert.ok(report.includes(part), `${part} in ${report}`);
    }
    await accessible(page, 'a report');
    await look(page, 'report');
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 'code', 'the focus is where it was');
    await page.fill('#code', 'ZZZZZZ');
    await page.press('#code', 'Enter');
    await until('no report', 5000, async () => /sổ không có báo cáo/.test(await page.innerText('#detail')));
    await page.keyboard.press('Escape');
    await tell(...[7, 8].map((n) => hall(n, 'sta=p')));
    await at(page, 'hop', 'behind good', 5000);
    // Many at once, and the channel is well here: that is for the front.
    await tell(...[1, 2, 3, 4, 5].map((n) => hall(n, 'sta=r')));
    await at(page, 'hop', 'front warning', 5000);
    assert.match(await text(page, 'hop'), /do mạng dùng chung phía sau máy này: 5 trong 8 hội trường/);
    await look(page, 'halls-many');
    await tell(...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => hall(n, 'sta=q')));
    await at(page, 'hop', 'behind good', 5000);
    return undefined;
  }],

  ['what hls.js tells by itself is understood', async (open) => {
    const library = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');
    const ways = {
      query: {},
      headers: { useHeaders: true },
      events: { version: 2, contentId: 'hop', eventTargets: [{ url: '/cmcd', events: ['ps', 't', 'e'], interval: 1 }] },
    };
    const seen = {};
    for (const way of Object.keys(ways)) {
      const sessionId = `${way.slice(0, 7)}-0000-4000`;
      const page = await open('hall', SIZES[0], async (fresh) => {
        await fresh.route('**/hall', (route) => route.fulfill({ contentType: 'text/html', body: PLAYER({ ...ways[way], sessionId }) }));
        await fresh.route('**/hls-js', (route) => route.fulfill({ contentType: 'text/javascript', body: library }));
      });
      const own = async () => (await asked('halls?channel=hop')).halls.find((hall) => hall.session.startsWith(way.slice(0, 7)));
      seen[way] = await until(`${way} is heard`, 20000, async () => {
        const hall = await own();
        return hall !== undefined && hall.state === 'playing' && hall.buffer_seconds > 0 && hall.bitrate_bits_per_second > 100e3;
      });
      await page.context().close();
    }
    assert.equal((await asked('halls?channel=hop')).refused_total, 0, 'nothing of it was not understood');
    return Object.keys(seen).map((way) => `${way} after ${seen[way]} ms`).join(', ');
  }],

  ['a fault comes to the front, is taken in hand, and goes back when it is over', async (open) => {
    const page = await open('noc?lang=vi', SIZES[0]);
    let feed = encoder();
    try {
      await at(page, 'giao-ban', 'behind good', 40000);
      await at(page, 'tap-huan', 'front warning', 30000);
      await at(page, 'hop', 'behind good', 5000);
      await until('a picture', 20000, () => page.evaluate(() => document.querySelector('#tile-hop img').naturalWidth > 0));
      await until('a level', 10000, () => page.evaluate(() => {
        const scale = /scaleY\((.*)\)/.exec(document.querySelector('#tile-hop .bar i').style.transform);
        return scale !== null && Number(scale[1]) > 0.1;
      }));
      await accessible(page, 'the wall');
      await until('a picture of what will stop', 20000, async () => (await picture(page, 'giao-ban')) === 'live');
      const heard = page.waitForFunction(() => /Giao ban tỉnh/.test(document.getElementById('say').textContent), null, { timeout: SEEN_MS });
      feed.kill('SIGKILL');
      const seen = await at(page, 'giao-ban', 'front critical', SEEN_MS);
      await heard;
      assert.equal(await page.evaluate(() => document.querySelector('#front .tile button').id), 'tile-giao-ban', 'the worst first');
      assert.match(await text(page, 'giao-ban'), /Mất kết nối · Nghiêm trọng[^]*không có gì đến[^]*Từ \d\d:\d\d:\d\d/);
      assert.match(await text(page, 'tap-huan'), /Dự phòng 1\s+không có gói/);
      await until('nothing more is known of it', 15000, async () => (await asked('node')).channels.find((channel) => channel.id === 'giao-ban').inputs[0].content === null);
      await pause(TOLD_MS);
      assert.equal(await picture(page, 'giao-ban'), 'grey', 'the last picture of what has stopped');
      await look(page, 'fault');

      await page.keyboard.press('ArrowDown');
      assert.equal(await focused(page), 'tile-giao-ban');
      await page.keyboard.press('Enter');
      const id = lasting('giao-ban');
      const told = await page.innerText('#detail');
      for (const part of ['Ở đâu', 'Căn cứ', 'Cần làm', `headend incident ack ${id} --by`]) assert.ok(told.includes(part), `${part} in ${told}`);
      await accessible(page, 'the detail');
      await look(page, 'detail');
      // What an operator marks to copy it stays marked while the figures go on.
      await page.evaluate(() => getSelection().selectAllChildren(document.querySelector('dd.command')));
      await pause(3000);
      assert.match(await page.evaluate(() => String(getSelection())), /^headend incident ack giao-ban-/);
      for (const part of ['detail-body', 'close']) {
        await page.keyboard.press('Tab');
        assert.equal(await focused(page), part, 'nothing behind the detail is reached');
      }
      await page.keyboard.press('Escape');
      assert.equal(await focused(page), 'tile-giao-ban');

      headend('incident', 'ack', id, '--by', 'Lan');
      const took = await at(page, 'giao-ban', 'behind acknowledged', TOLD_MS);
      assert.match(await text(page, 'giao-ban'), /Lan đang xử lý/);
      assert.equal(await focused(page), 'tile-giao-ban', 'the focus moves with the tile');
      await accessible(page, 'an acknowledged incident');
      await until('the record', 10000, () => {
        const kept = JSON.parse(headend('report', 'incident', id, '--output', 'json'));
        return kept.acknowledged !== null && kept.acknowledged.by === 'Lan';
      });
      headend('incident', 'unack', id);
      await at(page, 'giao-ban', 'front critical', TOLD_MS);
      feed = encoder();
      await at(page, 'giao-ban', 'behind good', 30000);
      return `in front after ${seen} ms, behind ${took} ms after the command`;
    } finally {
      feed.kill('SIGKILL');
    }
  }],

  ['without events the wall asks', async (open) => {
    const page = await open('noc?lang=en', SIZES[0], (fresh) => fresh.route('**/api/v1/events', (route) => route.abort()));
    await at(page, 'tap-huan', 'front warning', 30000);
    const id = lasting('tap-huan');
    headend('incident', 'ack', id, '--by', 'Minh');
    const took = await at(page, 'tap-huan', 'behind acknowledged', TOLD_MS);
    assert.match(await text(page, 'tap-huan'), /Minh has it in hand/);
    headend('incident', 'unack', id);
    await at(page, 'tap-huan', 'front warning', TOLD_MS);
    return `${took} ms`;
  }],

  ['a node that is gone is said, and comes back by itself', async (open, cable) => {
    const page = await open('noc?lang=en', SIZES[0]);
    await at(page, 'tap-huan', 'front warning', 30000);
    cable.silence();
    const gone = await until('gone', 12000, () => page.isVisible('#notice'));
    assert.match(await page.innerText('#notice'), /The node does not answer[^]*Since \d\d:\d\d:\d\d/);
    assert.equal(await page.getAttribute('body', 'data-node'), 'gone');
    await accessible(page, 'a node that is gone');
    await look(page, 'gone');
    await page.click('#language');
    assert.match(await page.innerText('#notice'), /Máy phát không trả lời/);
    cable.mend();
    const back = await until('back', 10000, async () => (await page.getAttribute('body', 'data-node')) === 'up');
    assert.ok(!(await page.isVisible('#notice')));
    return `said after ${gone} ms, back after ${back} ms`;
  }],

  ['forty channels are all on the screen, the failing ones large', async (open) => {
    for (const size of SIZES) {
      for (const [count, bad] of [[0, 0], [1, 0], [1, 1], [3, 0], [3, 1], [6, 0], [6, 2], [12, 1], [40, 0], [40, 2]]) {
        const page = await open('noc?lang=vi', size, (fresh) => crowd(fresh, count, bad));
        const name = `${count}-${bad}-${size.height}`;
        await until(name, 10000, async () => (await page.locator('.tile').count()) === count && (await page.getAttribute('body', 'data-front')) === String(bad));
        assert.ok(await fits(page), `${name}: it scrolls`);
        const small = await page.evaluate(() => Array.from(document.querySelectorAll('.tile .name'))
          .map((element) => parseFloat(getComputedStyle(element).fontSize)).reduce((least, size) => Math.min(least, size), 99));
        assert.ok(small >= 11, `${name}: letters of ${small} px`);
        const cut = await page.evaluate(() => Array.from(document.querySelectorAll('#front .say')).filter((say) => say.scrollHeight > say.clientHeight + 1).length);
        assert.equal(cut, 0, `${name}: words are cut off`);
        if (count === 0) assert.match(await page.innerText('#notice'), /Chưa có kênh/);
        const least = await page.evaluate(() => Array.from(document.querySelectorAll('#front .tile'))
          .map((tile) => tile.getBoundingClientRect().width / innerWidth).reduce((least, part) => Math.min(least, part), 1));
        if (bad > 0) assert.ok(least > 0.4, `${name}: what fails has ${least} of the width`);
        if (folder) await pause(3500);
        await look(page, name);
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.context().close();
      }
    }
  }],

  ['on a telephone nothing goes beyond the side, what fails is counted, and a dozen do not scroll', async (open) => {
    for (const [count, bad] of [[1, 0], [12, 2], [40, 2]]) {
      const page = await open('noc?lang=vi', PHONE, (fresh) => crowd(fresh, count, bad));
      const name = `${count}-${bad}-phone`;
      await until(name, 10000, async () => (await page.locator('.tile').count()) === count);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= PHONE.width, `${name}: ${wide} px wide`);
      assert.equal(await fits(page), count <= 12, `${name}: it scrolls`);
      for (const id of ['time', 'counts']) {
        const box = await page.locator(`#${id}`).boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= PHONE.width, `${name}: ${id} is cut off`);
      }
      if (bad > 0) assert.match(await page.innerText('#counts'), new RegExp(`^${bad} có sự cố`));
      if (folder) await pause(3500);
      await look(page, name);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.context().close();
    }
  }],

  ['left on for long it does not grow', async (open) => {
    // Time goes twenty times as fast: a minute is twenty.
    const page = await open('noc?lang=vi', SIZES[0], async (fresh) => {
      await fresh.addInitScript(() => {
        const [now, every] = [performance.now.bind(performance), window.setInterval.bind(window)];
        performance.now = () => now() * 20;
        window.setInterval = (act, ms) => every(act, ms / 20);
      });
      let turn = 0;
      let last = '';
      await fresh.route('**/api/v1/node', async (route) => {
        turn += 1;
        if (last === '') last = await (await route.fetch()).text();
        const node = JSON.parse(last);
        const [hop, other] = [node.channels[0], node.channels.find((channel) => channel.id === 'tap-huan')];
        // Tiles change places, come and go.
        node.channels = Array.from({ length: 20 + (turn % 3) }, (_, n) => ({
          ...(n === turn % 20 ? other : hop), id: `kenh-${n}`, alarms: [],
          incidents: n === turn % 20 ? other.incidents.map((incident) => ({ ...incident, id: `x-${turn}-1` })) : [],
        }));
        await route.fulfill({ json: node });
      });
      await fresh.route('**/picture?*', (route) => {
        const url = new URL(route.request().url());
        return route.continue({ url: `${url.origin}/api/v1/channels/hop/inputs/0/picture` }).catch(() => undefined);
      });
    });
    const session = await page.context().newCDPSession(page);
    const held = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      return { usedSize, nodes, jsEventListeners };
    };
    await pause(12000);
    const before = await held();
    await pause(24000);
    const after = await held();
    const grown = after.usedSize - before.usedSize;
    assert.ok(grown < GROWN_BYTES, `${grown} bytes more`);
    assert.ok(after.nodes < before.nodes * 1.3 + 100, `${before.nodes} nodes, then ${after.nodes}`);
    assert.ok(after.jsEventListeners < before.jsEventListeners * 1.3 + 50, `${before.jsEventListeners} listeners, then ${after.jsEventListeners}`);
    return `${grown} bytes and ${after.nodes - before.nodes} nodes more after 8 minutes of its time`;
  }],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
});
const only = process.argv[2];
let failed = 0;
for (const [name, test] of tests.filter(([title]) => !only || title.includes(only))) {
  const cable = await line(process.env.HEADEND_URL);
  const complaints = [];
  const open = async (path, viewport, before) => {
    const context = await browser.newContext({ locale: 'vi-VN', viewport });
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => /content security policy/i.test(message.text()) && complaints.push(message.text()));
    if (before) await before(page);
    await page.goto(cable.url + path);
    return page;
  };
  try {
    const measured = await test(open, cable);
    assert.deepEqual(complaints, [], 'errors of the page');
    console.log(`ok   ${name}${measured ? `: ${measured}` : ''}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${String(error.message || error).split('\n').slice(0, 15).join('\n').replace(/^/gm, '     ')}`);
    const page = browser.contexts().length > 0 ? browser.contexts()[0].pages()[0] : null;
    if (folder && page) await page.screenshot({ path: join(folder, 'noc-failed.png') }).catch(() => undefined);
  }
  for (const context of browser.contexts()) {
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }
  cable.close();
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
