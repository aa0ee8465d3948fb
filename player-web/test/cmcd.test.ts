import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reporter, type Report } from '../src/cmcd';
import { reportCode, uuid } from '../src/codes';

const PLAYING: Report = {
  state: 'p', channel: 'hop', bufferMs: 4321, bitrate: 1500.4, topBitrate: 4000, throughput: 9870, latencyMs: 5260, dropped: 3, hall: '', fault: null,
};
const FAULT = { word: 'connection-lost', who: 'line', code: 'K7MX2P' } as const;

/** A node that takes what it is sent while `up`. */
function desk(): { reporter: Reporter; bodies: string[]; up: boolean; lines(): string[] } {
  const bodies: string[] = [];
  const made = {
    bodies,
    up: true,
    reporter: new Reporter('00000000-0000-4000-8000-000000000000', (body, done) => {
      if (made.up) bodies.push(body);
      done(made.up);
    }),
    lines: () => bodies.join('\n').split('\n').filter((line) => line !== ''),
  };
  return made;
}

const value = (line: string, key: string): string | undefined => new RegExp(`(?:^|,)${key}=("(?:[^"\\\\]|\\\\.)*"|[^,]*)`).exec(line)?.[1];

test('a report is one line of keys in order, with no key that is not known', () => {
  const { reporter, lines } = desk();
  reporter.push(0, 1_700_000_000_000, PLAYING);
  assert.deepEqual(lines(), [
    'bl=4300,br=1500,cid="hop",df=3,e=c,ltc=5300,mtp=9900,sid="00000000-0000-4000-8000-000000000000",sta=p,tb=4000,ts=1700000000000,v=2',
  ]);
  const silent = desk();
  silent.reporter.push(0, 5, { ...PLAYING, channel: null, bufferMs: null, bitrate: NaN, topBitrate: null, throughput: Infinity, latencyMs: null, dropped: null });
  assert.deepEqual(silent.lines(), ['e=c,sid="00000000-0000-4000-8000-000000000000",sta=p,ts=5,v=2']);
});

test('a hall with a name of quotes and lines stays one string of one line', () => {
  const { reporter, lines } = desk();
  reporter.push(0, 0, { ...PLAYING, hall: 'Hall "A"\\\n,sta=f' });
  reporter.push(20_000, 0, { ...PLAYING, hall: 'Xã "A" 5 %\n😀\ud83d' });
  const [ascii = '', vietnamese = ''] = lines();
  assert.equal(lines().length, 2);
  assert.equal(value(ascii, 'vn.headend-hall'), '"Hall \\"A\\"\\\\ ,sta=f"');
  assert.ok(vietnamese.endsWith('vn.headend-hall=%"X%c3%a3 %22A%22 5 %25 %f0%9f%98%80?"'), vietnamese);
});

test('a change is told at once, no change every ten seconds, and never more than once a second', () => {
  const { reporter, lines } = desk();
  for (let now = 0; now <= 25_000; now += 250) reporter.push(now, now, PLAYING);
  assert.deepEqual(lines().map((line) => [value(line, 'e'), value(line, 'ts')]), [['c', '0'], ['t', '10000'], ['t', '20000']]);
  for (let now = 25_250; now < 28_000; now += 250) reporter.push(now, now, { ...PLAYING, state: now % 500 === 0 ? 'p' : 'r' });
  const bodies = desk();
  for (let now = 0; now < 10_000; now += 250) bodies.reporter.push(now, now, { ...PLAYING, state: now % 500 === 0 ? 'p' : 'r' });
  assert.equal(bodies.bodies.length, 10);
  assert.equal(bodies.lines().length, 37, 'each change is a line of its own, those of the last second to come');
});

test('a fault is an error with its code, told again when it is over', () => {
  const { reporter, lines } = desk();
  reporter.push(0, 0, PLAYING);
  reporter.push(2000, 2000, { ...PLAYING, state: 'r', fault: FAULT });
  reporter.push(4000, 4000, PLAYING);
  const [, fault = '', after = ''] = lines();
  assert.equal(value(fault, 'e'), 'e');
  assert.deepEqual(['code', 'fault', 'who'].map((key) => value(fault, `vn.headend-${key}`)), ['"K7MX2P"', '"connection-lost"', '"line"']);
  assert.match(fault, /,bs,|^bs,/);
  assert.equal(value(after, 'e'), 'ps');
  assert.equal(value(after, 'bsd'), '2000');
  assert.equal(value(after, 'vn.headend-code'), undefined);
});

test('what could not be told during an outage is told after it, with its own time', () => {
  const hall = desk();
  hall.reporter.push(0, 0, PLAYING);
  hall.up = false;
  for (let now = 1000; now < 4 * 3_600_000; now += 1000) hall.reporter.push(now, now, { ...PLAYING, state: 'r', fault: FAULT });
  assert.equal(hall.bodies.length, 1);
  hall.up = true;
  for (let now = 4 * 3_600_000; now < 4 * 3_600_000 + 5000; now += 250) hall.reporter.push(now, now, PLAYING);
  assert.ok(hall.lines().length <= 122 + 2, `${hall.lines().length} lines`);
  assert.ok(hall.bodies.every((body) => body.length < 65536));
  assert.equal(value(hall.lines()[1] || '', 'ts'), '1000', 'the beginning of the outage is still there');
  assert.equal(new Set(hall.lines()).size, hall.lines().length, 'nothing twice');
});

test('the last words say that the page is gone', () => {
  const { reporter } = desk();
  assert.equal(reporter.last(1), '');
  reporter.push(0, 0, PLAYING);
  assert.match(reporter.last(7), /sta=q.*,ts=7,/);
});

test('codes have six signs that nobody mistakes, and do not come twice', () => {
  const codes = new Set(Array.from({ length: 5000 }, reportCode));
  for (const code of codes) assert.match(code, /^[2-9A-HJKMNP-Z]{6}$/);
  assert.ok(codes.size > 4990);
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
