import assert from 'node:assert/strict';
import test from 'node:test';
import { behindHeight, fit, FRONT_RATIO, GAP } from '../src/noc/fit';
import { pictureOf } from '../src/noc/tile';
import { inFront, wallOf, type Wall } from '../src/noc/wall';
import { alarm, span, wordsOf } from '../src/noc/words';

const incident = (start: string, more: object = {}): object => ({
  id: `a-${start}`, class: 'source-silent', severity: 'warning', word: 'connection-lost', start, end: null, verdict: { en: 'e', vi: 'v' },
  ...more,
});
const taken = { acknowledged: { by: 'Lan', at: '2026-11-22T07:00:09Z' } };
const channel = (id: string, more: object = {}): object => ({ id, name: id, state: 'on-air', on_air: 0, inputs: [{}], incidents: [], alarms: [], ...more });
const wall = (...channels: object[]): Wall => wallOf(JSON.stringify({ name: 'n', version: '1', channels })) as Wall;
const order = (...channels: object[]): string => wall(...channels).channels.map((c) => c.id + (inFront(c) ? '!' : '')).join(' ');

test('the failing are in front: the worse first, then the newer; the rest as configured', () => {
  assert.equal(order(
    channel('good'),
    channel('old', { incidents: [incident('2026-11-22T07:00:00Z')] }),
    channel('stopped', { state: 'stopped' }),
    channel('new', { incidents: [incident('2026-11-22T08:00:00Z')] }),
    channel('bad', { incidents: [incident('2026-11-22T06:00:00Z', { severity: 'critical' })] }),
    channel('dark', { state: 'dark' }),
    channel('also'),
    channel('over', { incidents: [incident('2026-11-22T06:00:00Z', { end: '2026-11-22T06:01:00Z' })] }),
  ), 'bad! dark! new! old! good also over stopped');
});

test('what somebody has in hand is behind, until another incident or a worse one comes', () => {
  const held = incident('2026-11-22T07:00:00Z', taken);
  assert.equal(order(channel('a', { incidents: [held] }), channel('b')), 'a b');
  const worse = incident('2026-11-22T07:00:00Z', { severity: 'critical' });
  assert.equal(order(channel('b'), channel('a', { incidents: [worse] })), 'a! b');
  const both = wall(channel('a', { incidents: [incident('2026-11-22T07:00:00Z', { severity: 'critical', ...taken }), incident('2026-11-22T06:00:00Z')] }));
  assert.equal(both.channels[0]?.rank, 'warning');
  assert.equal(both.channels[0]?.lasting[0]?.acknowledged, null, 'the one that nobody has is told');
});

test('any answer at all is read without harm', () => {
  for (const body of ['', 'null', '[]', '{}', '{"channels":7}', 'x']) assert.equal(wallOf(body), null, body);
  const odd = wall(null as unknown as object, {}, channel('a', {
    state: 'else', inputs: [null, 7, { content: { short_term_lufs: 'loud' } }], incidents: [7, { end: 4, evidence: 3, places: {} }], alarms: [{ text: 5 }],
  }), channel('a'));
  assert.equal(odd.channels.length, 1);
  assert.equal(odd.channels[0]?.inputs[0]?.lufs, null);
  const many = wall(...Array.from({ length: 5000 }, (_, n) => channel(`c${n}`)));
  assert.ok(many.channels.length <= 400);
});

test('every tile is on the screen, and those in front are larger', () => {
  for (const [width, tall] of [[1246.69, 664], [1880, 1010], [3800, 2080]] as const) {
    for (const [front, behind] of [[0, 1], [1, 0], [1, 5], [2, 38], [0, 40], [6, 34], [3, 3]] as const) {
      const { front: f, frontWidth, behind: b, behindWidth } = fit(front, behind, width, tall);
      const rows = (count: number, columns: number, one: number): number => Math.ceil(count / columns) * (one + GAP);
      const used = rows(front, f, frontWidth * FRONT_RATIO) + rows(behind, b, behindHeight(behindWidth));
      const what = `${front} and ${behind} on ${width}x${tall}`;
      assert.ok(used <= tall, `${what}: ${used} high`);
      assert.ok(f * frontWidth + (f - 1) * GAP <= width && b * behindWidth + (b - 1) * GAP <= width, `${what}: too wide`);
      if (front > 0 && behind > 0) assert.ok(frontWidth > 1.2 * behindWidth, `${what}: ${frontWidth} and ${behindWidth}`);
    }
  }
  const crowd = fit(300, 300, 1246, 664);
  assert.ok(crowd.frontWidth >= 200 && crowd.behindWidth >= 100, 'too many to fit: still wide enough to read');
});

test('a site of few channels fills its wall, and what fails has most of it', () => {
  for (const [width, tall] of [[1246.69, 664], [1331, 709], [1880, 1010], [3780, 2060]] as const) {
    for (const front of [1, 2]) {
      for (let behind = 0; front + behind <= 6; behind += 1) {
        const { frontWidth, behindWidth } = fit(front, behind, width, tall);
        const inFront = front * frontWidth * frontWidth * FRONT_RATIO;
        const used = (inFront + behind * behindWidth * behindHeight(behindWidth)) / (width * tall);
        const what = `${front} and ${behind} on ${width}x${tall}`;
        assert.ok(frontWidth > 0.49 * width, `${what}: ${frontWidth} wide`);
        assert.ok(used > 0.45 && inFront > 0.3 * width * tall, `${what}: ${used} of it used`);
        if (behind > 0) assert.ok(behindWidth > 0.18 * width, `${what}: ${behindWidth} behind`);
      }
    }
    assert.ok(fit(0, 1, width, tall).behindWidth > 0.45 * width, `one good on ${width}x${tall}`);
  }
});

test('the picture of an input that has stopped is its last; of what was never seen there is none', () => {
  const picture = (input: object, more: object = {}): string => {
    const of = wall(channel('a', { inputs: [input], ...more })).channels[0];
    return of ? pictureOf(of, of.inputs[0] || null) : 'none';
  };
  const own = 'api/v1/channels/a/inputs/0/picture';
  assert.equal(picture({ state: 'receiving', content: {} }), own);
  assert.deepEqual(['lost', 'no-picture'].map((state) => picture({ state, content: null })), [own, own]);
  assert.deepEqual(['receiving', 'waiting'].map((state) => picture({ state, content: null })), ['', '']);
  assert.equal(picture({ state: 'lost', content: null }, { state: 'stopped' }), '');
});

test('spans are said in both languages', () => {
  const vi = wordsOf('vi');
  assert.deepEqual([5e3, 65e3, 2 * 3600e3, 72 * 3600e3, -4].map((ms) => span(ms, vi)), ['5 giây', '1 phút', '2 giờ', '3 ngày', '0 giây']);
  assert.deepEqual(Object.keys(vi.fitness).sort(), Object.keys(wordsOf('en').fitness).sort());
});

test('an alarm is said in Vietnamese where its code is known, else in the node’s own words', () => {
  const known = { code: 'backup-not-fit', place: 'input 1', text: 'frozen for 5 s' };
  assert.equal(alarm(known, wordsOf('vi')), 'Đầu vào 1: đầu vào dự phòng không sẵn sàng');
  assert.equal(alarm(known, wordsOf('en')), 'input 1: frozen for 5 s');
  assert.equal(alarm({ ...known, code: 'new', place: 'hls' }, wordsOf('vi')), 'hls: frozen for 5 s');
});

test('halls that are struck show; many at once without an incident come to the front', () => {
  const halls = (more: object): object => channel('a', { halls: { playing: 9, stalled: 0, fault: 0, lost: 0, verdict: null, ...more } });
  const verdict = (whose: string): object => ({ whose, text: { en: 'e', vi: 'v' }, incident: null });
  assert.equal(order(channel('b'), halls({})), 'b a');
  assert.equal(order(channel('b'), halls({ lost: 3 })), 'b a', 'a page that was closed is no alarm');
  const one = wall(channel('b'), halls({ stalled: 1, verdict: verdict('line') }));
  assert.deepEqual(one.channels.map((c) => c.rank), ['notice', 'good']);
  assert.deepEqual(one.channels[0]?.halls, { playing: 9, struck: 1, lost: 0, verdict: { en: 'e', vi: 'v' }, alone: false });
  assert.equal(order(channel('b'), halls({ stalled: 2, fault: 1, verdict: verdict('network') })), 'a! b');
  assert.equal(order(channel('b'), halls({ stalled: 2, verdict: verdict('network') })), 'a b', 'two may be chance');
  assert.equal(wall(channel('a', { halls: { playing: 'x', verdict: 7 } })).channels[0]?.halls.playing, 0);
});
