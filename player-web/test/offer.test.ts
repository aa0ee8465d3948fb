import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Offer, tracksOf } from '../src/offer';

const VIETNAMESE = '#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8",GROUP-ID="audio",LANGUAGE="vi",NAME="Tiếng Việt",DEFAULT=YES,CHANNELS="2"';
const MONG = '#EXT-X-MEDIA:TYPE=AUDIO,URI="audio-1/index.m3u8",GROUP-ID="audio",LANGUAGE="hmn",NAME="hmn",CHANNELS="2"';
const CAPTIONS = '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="CC1",INSTREAM-ID="CC1"';
const picture = (bandwidth: number, codecs: string): string =>
  `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},CODECS="${codecs}",RESOLUTION=640x360\nvideo/index.m3u8`;
const SOUND = '#EXT-X-STREAM-INF:BANDWIDTH=70000,CODECS="mp4a.40.2"\naudio/index.m3u8';
const list = (...lines: string[]): string => ['#EXTM3U', ...lines].join('\n');

const BOTH = list(VIETNAMESE, picture(900000, 'avc1.42c01e,mp4a.40.2'));

test('rates, sizes and profiles make no other offer; tracks that come and go do', () => {
  const mono = VIETNAMESE.replace('CHANNELS="2"', 'CHANNELS="1"');
  assert.equal(tracksOf(list(mono, CAPTIONS, picture(700000, 'avc1.640028,mp4a.40.2'))), tracksOf(BOTH));
  const others = [list(VIETNAMESE, MONG, picture(900000, 'avc1.42c01e,mp4a.40.2')), list(picture(900000, 'avc1.42c01e')), list(SOUND)];
  const all = [BOTH, ...others].map(tracksOf);
  assert.equal(new Set(all).size, 4);
});

test('a picture without a sound is soundless, and a sound alone is not', () => {
  const soundless = (text: string): boolean => {
    const offer = new Offer('', () => undefined);
    offer.read(text);
    return offer.soundless;
  };
  assert.deepEqual([BOTH, list(picture(900000, 'avc1.42c01e')), list(SOUND), list('#EXTINF:2,', 'a.m4s')].map(soundless), [false, true, false, false]);
});
