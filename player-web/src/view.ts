// Everything that is on the screen, as one value: who paints decides nothing.

import type { Channel, Help } from './channels';
import type { Fault } from './faults';
import type { Meeting, Planned } from './meetings';
import type { Panel } from './menu';
import type { Device } from './profile';
import type { Timeline } from './timeline';
import type { Language, Words } from './words';

export type Layer = 'watch' | 'list' | 'panel' | 'ask';

/** What a press on the sound button does. */
export type Press = 'again' | 'watch' | 'sound' | 'mute' | 'unmute';

export interface View {
  readonly words: Words;
  readonly language: Language;
  readonly device: Device;
  readonly channel: Channel | null;
  readonly channels: ReadonlyArray<Channel>;
  readonly help: Help;
  /** What the schedule has for the channel, at `now`. */
  readonly planned: Planned;
  /** The meeting on it that was over last. */
  readonly over: Meeting | null;
  readonly fault: Fault | null;
  /** What the hall reads out of this fault; empty where it is none to report. */
  readonly code: string;
  /** Since when it is wrong, wall time in ms. */
  readonly since: number;
  /** Wall time in ms, by the node's clock. */
  readonly now: number;
  readonly press: Press;
  readonly awake: boolean;
  readonly layer: Layer;
  readonly panel: Panel | null;
  readonly timeline: Timeline | null;
  readonly digits: { readonly digits: string; readonly wrong: boolean } | null;
  /** `null` where there is no full screen to go to. */
  readonly fullScreen: boolean | null;
}
