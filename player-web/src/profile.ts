// Which kind of device this is, and how hls.js is set for it.

import type { HlsConfig, LoadPolicy } from 'hls.js';

export type Device = 'tv' | 'pc';

const TELEVISION =
  /tizen|web0s|webos|smart-?tv|googletv|android tv|\btv\b|bravia|hbbtv|netcast|viera|aquos|aft[a-z]|mag\d{3}|mibox|crkey|roku/i;

export function deviceOf(userAgent: string): Device {
  return TELEVISION.test(userAgent) ? 'tv' : 'pc';
}

/** For ever, 8 s apart at most: the default gives up after one. */
const manifestLoadPolicy: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10000,
    maxLoadTimeMs: 20000,
    timeoutRetry: { maxNumRetry: Infinity, retryDelayMs: 500, maxRetryDelayMs: 8000 },
    errorRetry: { maxNumRetry: Infinity, retryDelayMs: 500, maxRetryDelayMs: 8000 },
  },
};

/** `errorPenaltyExpireMs`: the default pins a viewer to a low rung for ever. */
const SHARED: Partial<HlsConfig> = {
  manifestLoadPolicy,
  errorPenaltyExpireMs: 60000,
  capLevelToPlayerSize: true,
};

/** A television plays no other rate than 1 and has little memory. */
const SETTINGS: { readonly [D in Device]: Partial<HlsConfig> } = {
  tv: { ...SHARED, lowLatencyMode: false, backBufferLength: 10, maxBufferSize: 30e6, maxLiveSyncPlaybackRate: 1 },
  pc: { ...SHARED, lowLatencyMode: true, backBufferLength: 60, maxLiveSyncPlaybackRate: 1.1 },
};

export function settingsOf(device: Device): Partial<HlsConfig> {
  return { ...SETTINGS[device] };
}
