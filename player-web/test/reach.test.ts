import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reachability } from '../src/reach';

/** Asks each quarter second from `from` to `to`, and counts the questions. */
function questions(reach: Reachability, from: number, to: number): number {
  let count = 0;
  for (let now = from; now < to; now += 250) if (reach.ask(now)) count += 1;
  return count;
}

test('one failure within a short silence is no loss', () => {
  const reach = new Reachability(0);
  reach.answered(1000, true);
  reach.failed(2000);
  assert.equal(reach.state(4900), 'up');
  assert.equal(reach.state(5100), 'down');
});

test('silence without a failure is no loss: a machine may have slept', () => {
  const reach = new Reachability(0);
  reach.answered(1000, true);
  assert.equal(reach.state(3600_000), 'up');
});

test('any answer ends the loss at once', () => {
  const reach = new Reachability(0);
  reach.failed(100);
  assert.equal(reach.state(5000), 'down');
  reach.heard(5001);
  assert.equal(reach.state(5001), 'up');
});

test('a node that never answered is asked for, then lost', () => {
  const reach = new Reachability(0);
  assert.equal(reach.state(3000), 'asking');
  reach.failed(3000);
  assert.equal(reach.state(3900), 'asking');
  assert.equal(reach.state(4100), 'down');
});

test('a lost node is asked every second, so that its return is seen at once', () => {
  const reach = new Reachability(0);
  reach.failed(100);
  assert.equal(questions(reach, 10_000, 20_000), 10);
});

test('a node that is heard by other ways is asked each ten seconds', () => {
  const reach = new Reachability(0);
  let count = 0;
  for (let now = 0; now < 60_000; now += 250) {
    reach.answered(now, true);
    if (reach.ask(now)) count += 1;
  }
  assert.equal(count, 6);
});

test('a change is asked for at once, many changes once a second', () => {
  const reach = new Reachability(0);
  reach.answered(0, true);
  assert.equal(reach.ask(0), true);
  let count = 0;
  for (let now = 0; now < 5000; now += 250) {
    reach.heard(now);
    reach.changed();
    if (reach.ask(now)) count += 1;
  }
  assert.equal(count, 4);
});

test('errors from the server for longer than a moment are its own state', () => {
  const reach = new Reachability(0);
  reach.answered(1000, false);
  assert.equal(reach.state(2000), 'up');
  reach.answered(6000, false);
  assert.equal(reach.state(6000), 'broken');
  reach.answered(7000, true);
  assert.equal(reach.state(7000), 'up');
});
