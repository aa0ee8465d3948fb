// A channel with nothing wrong, for tests to change.

import type { Channel } from '../src/channels';
import { UNPLANNED, type Meeting } from '../src/meetings';

export const CHANNEL: Channel = {
  id: 'a', name: 'A', group: '', number: 1, state: 'on-air', stateSeconds: 60, hls: 'ready', incoming: 'whole', begun: true, slate: false, recording: false, earliest: null, planned: UNPLANNED,
};

/** From `start` to `end`, in ms. */
export const meeting = (start: number, end: number, more: Partial<Meeting> = {}): Meeting => ({
  title: 'Họp', start, end, class: 'normal', originator: '', ...more,
});
