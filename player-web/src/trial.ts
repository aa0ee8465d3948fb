// Tries what a line carries, for a moment: the newest segment of a playlist is asked for, and given up when the time is over.

import { newest } from './alone';
import { request } from './request';

/** A trial takes no longer than this from the first byte on. */
const MOST_MS = 2000;
/** Nothing has come by then. */
const SILENT_MS = 5000;

/** `tell` is called once, with bit/s, or not at all. Gives what ends it early. */
export function tryLine(playlist: string, tell: (rate: number) => void): () => void {
  const asked = request(playlist, 'text', SILENT_MS, () => {
    const segment = asked.status === 200 ? newest(asked.responseText, asked.responseURL || playlist) : null;
    if (segment) current = measure(segment, tell);
  });
  let current = asked;
  return () => current.abort();
}

function measure(segment: string, tell: (rate: number) => void): XMLHttpRequest {
  let [began, bytes, told] = [0, 0, false];
  const end = (): void => {
    if (!told && began > 0) tell((bytes * 8000) / Math.max(performance.now() - began, 1));
    told = true;
  };
  const asked = request(segment, 'arraybuffer', SILENT_MS, end);
  asked.onreadystatechange = () => {
    if (asked.readyState !== asked.HEADERS_RECEIVED || asked.status !== 200) return;
    began = performance.now();
    setTimeout(() => {
      end();
      asked.abort();
    }, MOST_MS);
  };
  asked.onprogress = ({ loaded }) => (bytes = loaded);
  asked.onabort = () => (told = true);
  return asked;
}
