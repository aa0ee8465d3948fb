import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alone, carries, ladderOf, newest } from '../src/alone';

const SOUND = { url: 'http://node/hls/hop/audio-only/index.m3u8', bitrate: 70_000 };
const SMALL = { url: 'http://node/hls/hop/video-360p/index.m3u8', bitrate: 900_000, height: 360, videoCodec: 'avc1.640020' };
const LARGE = { ...SMALL, url: 'http://node/hls/hop/video/index.m3u8', bitrate: 4_000_000, height: 1080 };
const LADDER = { sound: SOUND.url, picture: SMALL.url, bits: SMALL.bitrate };

test('the sound stands alone beside the smallest picture, where both are offered', () => {
  assert.deepEqual(ladderOf([LARGE, SMALL, SOUND]), LADDER);
  const back = [SMALL, SOUND].map((variant) => ({ ...variant, url: `${variant.url}?from=1794996000` }));
  assert.deepEqual(ladderOf(back), LADDER, 'of a time that has passed too');
  assert.equal(ladderOf([LARGE, SMALL]), null);
  assert.equal(ladderOf([SOUND]), null, 'a channel of sound needs no other');
  assert.equal(ladderOf([]), null);
});

test('a picture is given up when the smallest has been waited for too long', () => {
  /** When a picture is given up that moves for so many ms and then stands for so many. */
  const givenUp = (moves: number, stands: number): number | null => {
    const alone = new Alone();
    let position = 0;
    for (let now = 0; now < 120_000; now += 250) {
      if (now % (moves + stands) < moves) position += 0.25;
      if (alone.starves(now, position)) return now;
    }
    return null;
  };
  assert.equal(givenUp(0, 1000), 10_250);
  const fits = givenUp(2000, 2000);
  assert.ok(fits !== null && fits > 20_000 && fits < 35_000, `in fits: ${fits}`);
  assert.equal(givenUp(9000, 1000), null, 'now and then is no reason');
  assert.equal(givenUp(1000, 0), null);
});

test('there is nothing below the sound, and nobody counts while nobody looks', () => {
  const alone = new Alone();
  alone.begin(0);
  for (let now = 0; now < 60_000; now += 250) assert.equal(alone.starves(now, 7), false);
  const hidden = new Alone();
  hidden.starves(0, 7);
  assert.equal(hidden.starves(600_000, 7), false);
});

test('the line is tried now and then, with sound in hand for as long as it takes', () => {
  const alone = new Alone();
  assert.equal(alone.tries(20_000, 5), false, 'there is a picture');
  alone.begin(0);
  assert.equal(alone.tries(14_000, 5), false);
  assert.equal(alone.tries(16_000, 2), false, 'too little in hand');
  assert.equal(alone.tries(16_000, 5), true);
  assert.equal(alone.tries(17_000, 5), false, 'one at a time');
  assert.equal(alone.tries(31_500, 5), true);
});

test('after a picture that did not stay the next trial is later, after one that did it is not', () => {
  const alone = new Alone();
  const wait = (begun: number): number => {
    alone.begin(begun);
    for (let now = begun; ; now += 250) if (alone.tries(now, 9)) return now - begun;
  };
  assert.equal(wait(0), 15_000);
  alone.end(16_000);
  assert.equal(wait(27_000), 30_000);
  alone.end(58_000);
  assert.equal(wait(70_000), 60_000);
  alone.end(140_000);
  assert.equal(wait(220_000), 15_000, 'it was there for 80 s');
  for (let again = 0; again < 9; again += 1) {
    alone.end(300_000 + again);
    alone.begin(300_000 + again);
  }
  assert.equal(wait(300_010), 120_000);
});

test('a line carries the smallest picture when it brings half as much again', () => {
  assert.equal(carries(LADDER, 1_350_000), true);
  assert.equal(carries(LADDER, 1_340_000), false);
});

test('the newest segment is the last one that is no gap', () => {
  const head = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n';
  const playlist = `${head}#EXTINF:2,\n7.m4s\n#EXT-X-GAP\n#EXTINF:2,\n8.m4s\n\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.m4s"\n`;
  assert.equal(newest(playlist, SMALL.url), 'http://node/hls/hop/video-360p/7.m4s');
  assert.equal(newest(playlist.replace('#EXT-X-GAP\n', '').replace(/\n/g, '\r\n'), SMALL.url), 'http://node/hls/hop/video-360p/8.m4s');
  assert.equal(newest(head, SMALL.url), null);
});
