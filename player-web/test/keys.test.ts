import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf, repeats, type Action, type Key } from '../src/keys';

const pressed = (key: string | undefined, keyCode: number, more: Partial<Key> = {}): Action | null =>
  actionOf({ key, keyCode, shiftKey: false, ...more });

test('six keys are known by name and by code', () => {
  const six: Array<[string, number, Action]> = [
    ['ArrowUp', 38, 'up'], ['ArrowDown', 40, 'down'], ['ArrowLeft', 37, 'left'], ['ArrowRight', 39, 'right'],
    ['Enter', 13, 'ok'], ['Escape', 27, 'back'],
  ];
  for (const [name, code, action] of six) {
    assert.equal(pressed(name, 0), action);
    assert.equal(pressed(undefined, code), action);
    assert.equal(pressed('Unidentified', code), action);
  }
});

test('each television has its own Back', () => {
  assert.equal(pressed('XF86Back', 10009), 'back');
  assert.equal(pressed('Unidentified', 461), 'back');
  assert.equal(pressed(undefined, 8), 'back');
  assert.equal(pressed('GoBack', 0), 'back');
  assert.equal(pressed('BrowserBack', 0), 'back');
  assert.equal(pressed('Backspace', 8), 'back');
});

test('channel up and down of each kind', () => {
  for (const [key, code] of [['ChannelUp', 0], ['PageUp', 33], [undefined, 427], [undefined, 33], [undefined, 9]] as const) {
    assert.equal(pressed(key, code), 'channelUp');
  }
  for (const [key, code] of [['ChannelDown', 0], ['PageDown', 34], [undefined, 428], [undefined, 34]] as const) {
    assert.equal(pressed(key, code), 'channelDown');
  }
  assert.equal(pressed(undefined, 9, { shiftKey: true }), 'channelDown');
});

const COLORS = ['red', 'green', 'yellow', 'blue'] as const;

test('Info and the four colours of each kind', () => {
  for (const [key, code] of [['Info', 0], ['i', 73], ['I', 73], ['Unidentified', 457], [undefined, 457]] as const) assert.equal(pressed(key, code), 'info');
  for (const [index, name] of ['ColorF0Red', 'ColorF1Green', 'ColorF2Yellow', 'ColorF3Blue'].entries()) {
    assert.equal(pressed(name, 0), COLORS[index]);
    assert.equal(pressed('Unidentified', 403 + index), COLORS[index]);
    assert.equal(pressed(undefined, 403 + index), COLORS[index]);
  }
});

test('what a box means by a code is left alone where the keyboard has a name for it', () => {
  assert.equal(pressed('Tab', 9), null);
  assert.equal(pressed('y', 89), null);
  assert.equal(pressed(undefined, 89), 'info');
  for (const [index, color] of COLORS.entries()) {
    assert.equal(pressed(`F${index + 1}`, 112 + index), null, 'the browser keeps its own F keys');
    assert.equal(pressed(undefined, 112 + index), color);
  }
  assert.equal(pressed('!', 33), null);
});

test('a key that is held moves on, and does nothing else twice', () => {
  const held = (['up', 'left', 'channelDown', 'ok', 'back', 'info', 'red', '7'] as const).filter(repeats);
  assert.deepEqual(held, ['up', 'left', 'channelDown']);
});

test('digits of both pads', () => {
  assert.equal(pressed('7', 55), '7');
  assert.equal(pressed(undefined, 48), '0');
  assert.equal(pressed('Unidentified', 105), '9');
});

test('the browser keeps its own shortcuts, and a strange name is nothing', () => {
  assert.equal(pressed('1', 49, { ctrlKey: true }), null);
  assert.equal(pressed('ArrowLeft', 37, { altKey: true }), null);
  assert.equal(pressed('constructor', 0), null);
  assert.equal(pressed('F5', 116), null);
});
