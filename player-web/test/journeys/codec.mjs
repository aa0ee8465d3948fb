// The source changes its codecs under the page, on one input and from one input to the other.

import assert from 'node:assert/strict';
import { feed } from '../feed.mjs';
import { headend, kind, OPEN_MS, pause, shown, SMALL, unexplained, until, withSound } from '../stage.mjs';

/** A segment of the new, the distance to live, and where the list is read anew the time until it is. */
const CHANGED_MS = 15000;
/** A picture that stands is told after 2.5 s; the rest is a machine that is busy. */
const UNEXPLAINED_MS = 5000;

const [FIRST, SECOND] = [6001, 6003];
const LOG = 'log-level=none:keyint=25:min-keyint=25';
const OTHER = { size: '480x270', picture: ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'high', '-level', '4.0', '-x264-params', 'cabac=1:8x8dct=1:keyint=40', '-pix_fmt', 'yuv420p'],
  sound: ['-c:a', 'aac', '-ac', '2', '-ar', '44100'] };
const MPEG_SOUND = { sound: ['-c:a', 'mp2', '-b:a', '96k'] };
const H265 = { size: '320x180', picture: ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-x265-params', LOG] };

const channel = async () => (await fetch(`${process.env.HEADEND_URL}/api/v1/channels/hop`)).json();

const now = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  return { height: video.videoHeight, time: video.currentTime, heard: video.webkitAudioDecodedByteCount, covered: document.body.dataset.cover === 'true' };
});

/** A picture of so many lines moves, and no screen covers it. */
async function plays(page, what, height, sound = true) {
  let last = await now(page);
  const moves = async () => {
    await pause(300);
    const [before, after] = [last, await now(page)];
    last = after;
    return !after.covered && after.height === height && after.time > before.time && (after.heard > before.heard) === sound;
  };
  return until(what, CHANGED_MS, moves).catch((error) => {
    throw new Error(`${error.message}, but ${JSON.stringify(last)}`);
  });
}

export const tests = [
  ['other codecs are played on by themselves, and what cannot be played is told until something else comes', async (open) => {
    let source = feed(FIRST);
    const change = async (to) => {
      await source.end();
      source = feed(FIRST, to);
    };
    await until('segments', 60000, async () => (await channel()).hls.segments > 3);
    const page = await open({ viewport: SMALL });
    await withSound(page);
    const dark = await unexplained(page);
    const took = {};
    took.first = await plays(page, 'H.264 and AAC', 360);
    await change(OTHER);
    took.other = await plays(page, 'another profile and size, and stereo', 270);
    await change(MPEG_SOUND);
    took.mute = await plays(page, 'a picture whose sound cannot be carried', 360, false);
    await until('it is told', CHANGED_MS, async () => (await shown(page, 'strip')) && /Không có tiếng/.test(await page.innerText('#strip')));
    await change({});
    took.sound = await plays(page, 'the sound again', 360);
    await until('nothing to tell', CHANGED_MS, async () => !(await shown(page, 'strip')));

    // Not before: it would take over while the first one changes.
    const other = feed(SECOND, H265);
    await until('the other input', 30000, async () => (await channel()).inputs[1].fitness === 'ready');
    headend('input', 'switch', 'hop', '1');
    took.unplayable = await until('a screen for what cannot be played', CHANGED_MS, async () => (await kind(page)) === 'device');
    assert.equal(await page.innerText('#fault-title'), 'Không có hình');
    await pause(3000);
    assert.equal(await kind(page), 'device', 'it stays');
    headend('input', 'switch', 'hop', '0');
    took.back = await plays(page, 'what can be played', 360);
    await pause(OPEN_MS / 5);
    assert.equal(await kind(page), null);
    const longest = await dark();
    assert.ok(longest < UNEXPLAINED_MS, `${longest} ms without a picture and without a word`);
    await Promise.all([source.end(), other.end()]);
    return `${Object.entries(took).map(([what, ms]) => `${what} ${ms} ms`).join(', ')}; ${longest} ms without a word at most`;
  }],
];
