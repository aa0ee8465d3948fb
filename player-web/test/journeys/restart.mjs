// The node ends and starts again under the page. Who started this does each, when it is said here.

import assert from 'node:assert/strict';
import { BACK_MS, kind, moving, pause, picture, SMALL, unexplained, until, withSound } from '../stage.mjs';

/** Until the node is gone, and until it has a segment again. */
const PATIENCE_MS = 60000;
/** A picture that stands is told after 2.5 s; the rest is a machine that is busy. */
const UNEXPLAINED_MS = 5000;

const answer = (path) => fetch(`${process.env.HEADEND_URL}/${path}`).catch(() => null);

/** The newest segment's number; `null` while there is none. */
async function newest() {
  const list = await answer('hls/hop/video/index.m3u8');
  if (!list || !list.ok) return null;
  const text = await list.text();
  return Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)[1]) + text.match(/#EXTINF/g).length;
}

/** The page goes on by itself after a node that ended in this way. */
const outlives = (way) => async (open) => {
  const page = await open({ viewport: SMALL });
  await withSound(page);
  const dark = await unexplained(page);
  const last = await newest();
  console.log(`now ${way}`);
  await until('gone', PATIENCE_MS, async () => (await answer('livez')) === null);
  console.log(`seen ${way}`);
  await until('a segment', PATIENCE_MS, async () => (await newest()) > last);
  const back = await moving(page, 'after the node', BACK_MS);
  const { muted } = await picture(page);
  assert.equal(muted, false, 'with its sound');
  await pause(8000);
  assert.equal(await kind(page), null, 'and it plays on');
  await moving(page, 'still', 1000);
  const longest = await dark();
  assert.ok(longest < UNEXPLAINED_MS, `${longest} ms without a picture and without a word`);
  return `back ${back} ms after the first segment, ${longest} ms without a word at most`;
};

export const tests = [
  ['a node that was killed is taken up again', outlives('kill')],
  ['a node that was ended and started again is taken up again', outlives('stop')],
];
