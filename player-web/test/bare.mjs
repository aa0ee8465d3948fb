// Chromium by its DevTools pipe alone. A driver that follows the network (Playwright) has the browser keep each answer, in the
// page's own process, and keeps what it knows of each request: the memory of a page cannot be measured beside it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumCommand } from './launch.mjs';

/** A browser with one page of this size. Errors that the page does not catch go to `errors`. */
export async function bare({ width, height }, errors) {
  const profile = mkdtempSync(join(tmpdir(), 'headend-page-'));
  const [program, args] = chromiumCommand(['--mute-audio', '--disable-dev-shm-usage', '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank']);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , commands, answers] = child.stdio;
  const waiting = new Map();
  let [last, rest] = [0, ''];

  answers.setEncoding('utf8').on('data', (data) => {
    const messages = (rest + data).split('\0');
    rest = messages.pop();
    for (const { id, result, error, method, params } of messages.map((message) => JSON.parse(message))) {
      if (method === 'Runtime.exceptionThrown') errors.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
      const { resolve, reject } = waiting.get(id) || {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  const command = (method, params, sessionId) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    commands.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });

  const { targetId } = await command('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await command('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params = {}) => command(method, params, sessionId);
  await send('Runtime.enable');
  await send('Page.enable');
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  return {
    send,
    goto: (url) => send('Page.navigate', { url }),
    async evaluate(work) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression: `(${work})()`, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
      return result.value;
    },
    async screenshot({ path }) {
      writeFileSync(path, Buffer.from((await send('Page.captureScreenshot')).data, 'base64'));
    },
    async close() {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await command('Browser.close').catch(() => undefined);
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
