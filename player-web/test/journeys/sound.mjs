// Several sound tracks: the one that is chosen is the one that is heard.

import assert from 'node:assert/strict';
import { feed } from '../feed.mjs';
import { focus, look, pause, SMALL, until, withSound } from '../stage.mjs';

const PORT = 6001;
const TONES = [{ language: 'vie', frequency: 440 }, { language: 'hmn', frequency: 880 }];
/** What lies before it is played still. */
const HEARD_MS = 15000;

const channel = async () => (await fetch(`${process.env.HEADEND_URL}/api/v1/channels/hop`)).json();

/** Listens to the video element; gives the loudest frequency of the moment, in Hz. */
async function ear(page) {
  await page.evaluate(async () => {
    const context = new AudioContext();
    await context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 16384 });
    context.createMediaElementSource(document.querySelector('video')).connect(analyser).connect(context.destination);
    window.loudest = () => {
      const levels = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(levels);
      const most = Math.max(...levels);
      return most > -60 ? (levels.indexOf(most) * context.sampleRate) / analyser.fftSize : 0;
    };
  });
  const loudest = () => page.evaluate(() => window.loudest());
  const hears = (hertz) => until(`${hertz} Hz`, HEARD_MS, async () => Math.abs((await loudest()) - hertz) < 10);
  return { hears, loudest };
}

/** Presses `key` until `id` has the focus. */
async function go(page, key, id) {
  for (let press = 0; press < 9 && (await focus(page)) !== id; press += 1) await page.keyboard.press(key);
  assert.equal(await focus(page), id);
}

async function choose(page, row, name) {
  await go(page, 'ArrowRight', 'to-menu');
  await page.keyboard.press('Enter');
  await go(page, 'ArrowDown', 'row-to-sound-choice');
  await page.keyboard.press('Enter');
  await look(page, 'menu-sound');
  await go(page, row === 0 ? 'ArrowUp' : 'ArrowDown', `row-sound-${row + 1}`);
  assert.equal(await page.innerText(`#row-sound-${row + 1}`), name);
  await page.keyboard.press('Enter');
  assert.equal(await page.getAttribute(`#row-sound-${row + 1}`, 'aria-pressed'), 'true');
  await page.keyboard.press('Escape');
  assert.equal(await page.innerText('#row-to-sound-choice .value'), name);
  await page.keyboard.press('Escape');
}

export const tests = [
  ['the sound track that is chosen by keys is heard, and the other one again', async (open) => {
    const source = feed(PORT, { tones: TONES });
    await until('segments', 60000, async () => (await channel()).hls.segments > 3);
    const page = await open({ viewport: SMALL });
    await withSound(page);
    const { hears, loudest } = await ear(page);
    await hears(440);
    await choose(page, 1, 'hmn');
    const took = await hears(880);
    await pause(2000);
    assert.ok(Math.abs((await loudest()) - 880) < 10, 'it stays');
    await choose(page, 0, 'Tiếng Việt');
    const back = await hears(440);
    await source.end();
    return `heard after ${took} ms, and back after ${back} ms`;
  }],
];
