import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceOf, settingsOf } from '../src/profile';

test('televisions are known by their names', () => {
  const tv = [
    'Mozilla/5.0 (SMART-TV; LINUX; Tizen 4.0) AppleWebKit/538.1',
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/53.0.2785.34',
    'Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 MAG254 stbapp ver: 2',
    'Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36',
  ];
  for (const agent of tv) assert.equal(deviceOf(agent), 'tv', agent);
  assert.equal(deviceOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36'), 'pc');
  assert.equal(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari'), 'pc');
});

test('a television has little memory and one rate; a computer has more of both, and low latency', () => {
  const forEver = { maxNumRetry: Infinity, retryDelayMs: 500, maxRetryDelayMs: 8000 };
  const shared = {
    manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: forEver, errorRetry: forEver } },
    errorPenaltyExpireMs: 60_000,
    capLevelToPlayerSize: true,
  };
  assert.deepEqual(settingsOf('tv'), { ...shared, lowLatencyMode: false, backBufferLength: 10, maxBufferSize: 30e6, maxLiveSyncPlaybackRate: 1 });
  assert.deepEqual(settingsOf('pc'), { ...shared, lowLatencyMode: true, backBufferLength: 60, maxLiveSyncPlaybackRate: 1.1 });
});

test('what one player changes of its settings the next one does not get', () => {
  settingsOf('pc').maxLiveSyncPlaybackRate = 1;
  assert.equal(settingsOf('pc').maxLiveSyncPlaybackRate, 1.1);
});
