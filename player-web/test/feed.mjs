// Encoders as a centre has them: FFmpeg, in real time, to an input of the node.

import { spawn } from 'node:child_process';

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25', '-b:v', '700k'];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];
/** An encoder that a test leaves behind ends by itself, s. */
const LONGEST_S = '300';

/**
 * Sends a picture and `tones` by UDP to `port` on this machine. `picture` and `sound` are FFmpeg's words for their encoders; a
 * tone has a `language` and a `frequency` in Hz.
 */
export function feed(port, { size = '640x360', picture = H264, sound = AAC, tones = [{ frequency: 440 }] } = {}) {
  const sine = ({ frequency }) => ['-re', '-f', 'lavfi', '-i', `sine=frequency=${frequency}:sample_rate=48000`];
  const map = ['picture', ...tones].flatMap((_, input) => ['-map', String(input)]);
  const languages = tones.flatMap(({ language }, track) => (language ? [`-metadata:s:a:${track}`, `language=${language}`] : []));
  const words = ['-v', 'error', '-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, ...tones.flatMap(sine), ...map,
    ...picture, ...sound, ...languages, '-t', LONGEST_S, '-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`];
  const encoder = spawn('ffmpeg', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => encoder.on('exit', resolve));
  const kill = () => encoder.kill('SIGKILL');
  process.on('exit', kill);
  return {
    /** At once, as by a pulled plug. */
    end() {
      process.off('exit', kill);
      kill();
      return ended;
    },
  };
}
