import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watchdog } from '../src/watchdog';

/** Pushes each quarter second; gives when the watchdog first wants a new player. */
function run(dog: Watchdog, from: number, to: number, position: (now: number) => number, bytes: (now: number) => number): number | null {
  for (let now = from; now < to; now += 250) {
    dog.push(now, position(now), bytes(now));
    if (dog.dead(now)) return now;
  }
  return null;
}

const plays = (now: number): number => now / 1000;
const stands = (): number => 7;

test('a picture that moves is moving, and settles', () => {
  const dog = new Watchdog(0);
  assert.equal(dog.moving(0), false);
  assert.equal(run(dog, 0, 60_000, plays, stands), null);
  assert.equal(dog.moving(60_000), true);
  assert.equal(dog.settled(60_000), true);
  assert.equal(dog.moved(), true);
});

test('a picture that stands is seen after two and a half seconds and given up after six', () => {
  const dog = new Watchdog(0);
  run(dog, 0, 10_000, plays, stands);
  assert.equal(dog.moving(12_000), true);
  assert.equal(dog.moving(12_500), false);
  assert.equal(run(dog, 10_000, 60_000, () => 9.75, stands), 16_000);
});

test('a player that never starts is given up after six seconds without a byte', () => {
  assert.equal(run(new Watchdog(0), 0, 60_000, stands, () => 0), 6250);
});

test('a slow line that still brings bytes gets twenty seconds', () => {
  assert.equal(run(new Watchdog(0), 0, 60_000, stands, (now) => now), 20_250);
});

test('a new player has its own time, and its wait is the old one', () => {
  const dog = new Watchdog(0);
  run(dog, 0, 10_000, plays, stands);
  run(dog, 10_000, 60_000, () => 9.75, stands);
  dog.rebuilt(16_000);
  assert.equal(dog.dead(16_250), false);
  assert.equal(dog.moving(16_250), false);
  assert.equal(dog.waitingMs(16_250), 6500);
  assert.equal(run(dog, 16_250, 60_000, () => 0, () => 0), 22_250);
});

test('a new player that starts at a lower position moves at its second step', () => {
  const dog = new Watchdog(0);
  run(dog, 0, 10_000, plays, stands);
  dog.rebuilt(10_000);
  dog.push(10_250, 1, 1);
  assert.equal(dog.moving(10_250), false);
  dog.push(10_500, 1.2, 1);
  assert.equal(dog.moving(10_500), true);
});

test('a seek back is no standstill for longer than it lasts', () => {
  const dog = new Watchdog(0);
  run(dog, 0, 10_000, plays, stands);
  dog.push(10_000, 2, 7);
  dog.push(10_250, 2.25, 7);
  assert.equal(dog.moving(10_250), true);
});

test('a jump to the live edge is no movement', () => {
  const dog = new Watchdog(0);
  dog.push(250, 0, 1);
  dog.push(500, 5, 2);
  assert.equal(dog.moving(500), false);
  dog.push(750, 5.25, 2);
  assert.equal(dog.moving(750), true);
});

test('a paused player does not move', () => {
  const dog = new Watchdog(0);
  dog.push(250, -1, 1);
  dog.push(500, -1, 1);
  dog.push(750, 0, 1);
  assert.equal(dog.moving(750), false);
});

test('a hidden page is excused', () => {
  const dog = new Watchdog(0);
  run(dog, 0, 10_000, plays, stands);
  for (let now = 10_000; now < 100_000; now += 1000) dog.excuse(now);
  assert.equal(dog.dead(100_000), false);
  assert.equal(dog.moving(100_000), true);
});
