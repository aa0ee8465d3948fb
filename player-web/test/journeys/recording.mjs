// A meeting that is recorded: the hall sees that it is, and afterwards it can be listed, watched and fetched.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headend, look, OPEN_MS, picture, shown, SMALL, until } from '../stage.mjs';

const TITLE = 'Họp ghi hình';
const SECONDS = 20;
/** A command may take so long on a busy machine, s. */
const AHEAD = 4;
/** A recording begins and ends with a segment, and the page hears of it with its next question. */
const TOLD_MS = 15000;

const library = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');
const PAGE = `<!doctype html><meta charset="utf-8"><title>VOD</title><video muted autoplay></video><script src="/hls-js"></script><script>
  window.wrong = [];
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, { details }) => window.wrong.push(details));
  hls.loadSource(location.hash.slice(1));
  hls.attachMedia(document.querySelector('video'));
</script>`;

const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
const listed = () => JSON.parse(headend('record', 'list', '--output', 'json')).filter(({ title }) => title === TITLE)[0];

/** What FFmpeg finds in the file behind `url`. */
async function probed(url) {
  const folder = mkdtempSync(join(tmpdir(), 'headend-recording-'));
  try {
    const file = join(folder, 'got.mp4');
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const said = execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'format=duration:stream=codec_name', '-of', 'json', file], { encoding: 'utf8' });
    const { format, streams } = JSON.parse(said);
    return { seconds: Number(format.duration), codecs: streams.map((stream) => stream.codec_name) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Plays it to its end; how long it was, in s. */
async function watched(page, base, path) {
  await page.route('**/vod', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
  await page.route('**/hls-js', (route) => route.fulfill({ contentType: 'text/javascript', body: library }));
  await page.goto(`${base}vod#${path}`, { waitUntil: 'commit' });
  const length = () => page.evaluate(() => document.querySelector('video').duration);
  await until('the recording plays', OPEN_MS, async () => (await picture(page)).time > 1 && (await picture(page)).frames > 20);
  await page.evaluate(() => { document.querySelector('video').currentTime = document.querySelector('video').duration - 3; });
  await until('to its end', OPEN_MS, () => page.evaluate(() => document.querySelector('video').ended));
  assert.deepEqual(await page.evaluate(() => window.wrong), []);
  return length();
}

export const tests = [
  ['a meeting planned to be recorded is, the hall sees it, and afterwards it is there to be watched and fetched', async (open, cable) => {
    const page = await open({ viewport: SMALL });
    assert.equal(await shown(page, 'recording'), false, 'nothing is recorded');
    headend('meeting', 'add', TITLE, '--channel', 'hop', '--start', at(AHEAD), '--end', at(AHEAD + SECONDS), '--record');
    await until('the word', TOLD_MS, () => shown(page, 'recording'));
    assert.equal(await page.innerText('#recording'), 'Đang ghi hình');
    await look(page, 'recording');
    await until('no word any more', (AHEAD + SECONDS) * 1000 + TOLD_MS, async () => !(await shown(page, 'recording')));
    const { playlist, files, span_seconds: span } = listed();
    assert.ok(Math.abs(span - SECONDS) < 5, `${span} s of ${SECONDS} s`);
    assert.equal(files.length, 1);
    const { seconds, codecs } = await probed(new URL(files[0], cable.url));
    assert.deepEqual(codecs, ['h264', 'aac']);
    assert.ok(Math.abs(seconds - span) < 0.3, `${seconds} s in the file, ${span} s recorded`);
    const length = await watched(page, cable.url, playlist);
    assert.ok(Math.abs(length - span) < 0.3, `${length} s to be watched, ${span} s recorded`);
    return `${span} s of a meeting of ${SECONDS} s`;
  }],
];
