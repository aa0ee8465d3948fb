// What of a channel can be chosen: the rung of the ladder, the sound track, the subtitles. What was chosen is chosen again.

import type Hls from 'hls.js';
import type { HlsConfig } from 'hls.js';

export type Kind = 'quality' | 'sound' | 'subtitles';

export interface Choice {
  /** As hls.js counts; -1 is automatic, or off. */
  readonly index: number;
  /** `null`: automatic, or off. */
  readonly name: string | null;
  readonly chosen: boolean;
}

const megabits = (bits: number): string => `${(bits / 1e6).toFixed(1).replace('.', ',')} Mbit/s`;

/** What the node calls a track that has neither a name nor a language. */
const NAMELESS = 'Audio';

function named(tracks: ReadonlyArray<{ readonly name: string; readonly lang?: string | undefined }>, chosen: number): Choice[] {
  return tracks.map(({ name, lang }, index) => ({ index, name: (name === NAMELESS ? lang : name || lang) || String(index + 1), chosen: index === chosen }));
}

/** Empty where there is nothing to choose. */
export function choicesOf(hls: Hls | null, kind: Kind): Choice[] {
  if (!hls) return [];
  if (kind === 'sound') return hls.audioTracks.length > 1 ? named(hls.audioTracks, hls.audioTrack) : [];
  if (kind === 'subtitles') {
    const off: Choice = { index: -1, name: null, chosen: hls.subtitleTrack < 0 };
    return hls.subtitleTracks.length > 0 ? [off].concat(named(hls.subtitleTracks, hls.subtitleTrack)) : [];
  }
  if (hls.levels.length < 2) return [];
  const automatic: Choice = { index: -1, name: null, chosen: hls.autoLevelEnabled };
  const rungs: Choice[] = hls.levels.map(({ height, bitrate }, index) => ({
    index,
    name: height > 0 ? `${height}p · ${megabits(bitrate)}` : megabits(bitrate),
    chosen: !hls.autoLevelEnabled && index === hls.loadLevel,
  }));
  return [automatic].concat(rungs.reverse());
}

export function choose(hls: Hls | null, kind: Kind, index: number): void {
  if (!hls) return;
  if (kind === 'quality') hls.nextLevel = index;
  else if (kind === 'sound') hls.audioTrack = index;
  else {
    hls.subtitleDisplay = index >= 0;
    hls.subtitleTrack = index;
  }
}

/** What a viewer chose, for the player that is built after this one. */
export class Chosen {
  private height: number | null = null;
  private tracks: Partial<HlsConfig> = {};

  /** `hls` goes. What it did not offer, as the sound alone offers no subtitles, stays as it was. */
  note(hls: Hls): void {
    const { audioTracks, subtitleTracks, levels } = hls;
    const level = levels[hls.manualLevel];
    if (levels.length > 1) this.height = level ? level.height : null;
    const [sound, subtitles] = [audioTracks[hls.audioTrack], subtitleTracks[hls.subtitleTrack]];
    if (audioTracks.length > 1 && sound) this.tracks.audioPreference = like(sound);
    if (subtitles) this.tracks.subtitlePreference = like(subtitles);
    else if (subtitleTracks.length > 0) delete this.tracks.subtitlePreference;
  }

  settings(): Partial<HlsConfig> {
    return this.tracks;
  }

  /** `hls` knows its levels. */
  apply(hls: Hls): void {
    const index = hls.levels.map(({ height }) => height).indexOf(this.height === null ? -1 : this.height);
    if (index >= 0) hls.loadLevel = index;
  }
}

const like = ({ name, lang }: { readonly name: string; readonly lang?: string | undefined }): { name: string; lang?: string } =>
  (lang === undefined ? { name } : { name, lang });
