// A node's HTTP face made by hand, to work on the page without a node. The product's test runs against a real one.
//
//   node test/dev-server.mjs [PORT]
//
// POST /dev with {"channels": {"ID": {…}}, "mode": "good|broken|silent"} changes what it says.

import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/mp4',
  '.mp4': 'video/mp4',
};

const POLICY = "default-src 'self'; media-src 'self' blob: data:; worker-src 'self' blob:";

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** A meeting that begins in `from` minutes and ends in `to`. */
function meeting(title, from, to, more = {}) {
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  return { id: 'm1', title, start: at(from), end: at(to), class: 'normal', originator: '', cancelled: false, ...more };
}

function channel(id, name, state, hls = {}) {
  return {
    id, name, group: 'Trung ương', slate: false, incidents: [], meetings: { now: null, next: null, near: false }, state, since: '2026-11-22T07:00:00Z', state_seconds: 60, alarms: [], outputs: [], hls,
    on_air: state === 'on-air' ? 0 : null,
    inputs: [{ url: 'test:', state: { 'on-air': 'receiving', 'dark': 'lost' }[state] || 'waiting' }],
  };
}

/** Starts the picture and the server; `close` ends both. */
export async function serve(port = 0) {
  const media = mkdtempSync(join(tmpdir(), 'headend-dev-'));
  /** Numbers its segments from `first`. */
  const film = (first) => spawn('ffmpeg', ['-v', 'error', '-re',
    '-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=440:beep_factor=2:sample_rate=48000',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-b:v', '1M',
    '-c:a', 'aac', '-b:a', '96k', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '1', '-hls_list_size', '30',
    '-start_number', String(first), '-hls_flags', 'delete_segments+program_date_time', '-master_pl_name', 'index.m3u8',
    join(media, 'live.m3u8')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const end = async () => {
    const ended = new Promise((resolve) => picture.on('exit', resolve));
    // Asked to end, it would mark the playlist as ended.
    picture.kill('SIGKILL');
    await ended;
  };
  let picture = film(1000);
  process.on('exit', () => picture.kill());

  const channels = [
    channel('hop-chinh-phu', 'Họp Chính phủ', 'on-air'),
    channel('phong-chong-thien-tai', 'Phòng, chống thiên tai – Trung ương đến cấp xã', 'on-air'),
    channel('dao-tao', 'Đào tạo, tập huấn', 'stopped', null),
    channel('giao-ban', 'Giao ban tỉnh', 'dark'),
  ];
  channels[2].group = 'Tỉnh Lào Cai';
  channels[3].group = 'Tỉnh Lào Cai';
  channels[0].meetings = {
    now: meeting('Họp Chính phủ thường kỳ tháng 11', -42, 78, { class: 'priority', originator: 'Văn phòng Chính phủ' }),
    next: meeting('Hội nghị trực tuyến ứng phó bão số 12', 90, 200, { class: 'emergency' }), near: true,
  };
  channels[2].meetings = { now: null, next: meeting('Tập huấn chuyển đổi số cấp xã', 17, 137, { originator: 'Sở Nội vụ tỉnh Lào Cai' }), near: true };
  const state = { mode: 'good', over: [], reports: [] };
  const listeners = new Set();

  function change(order) {
    Object.assign(state, order.mode ? { mode: order.mode } : {}, order.over ? { over: order.over } : {});
    for (const [id, fields] of Object.entries(order.channels || {})) {
      Object.assign(channels.find((entry) => entry.id === id), fields);
    }
    for (const listener of listeners) listener.write('event: channel\ndata: {}\n\n');
  }

  function file(response, path) {
    try {
      const size = statSync(path).size;
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] || 'application/octet-stream', 'Content-Length': size });
      createReadStream(path).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  }

  function events(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': hello\n\n');
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
  }

  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://node/').pathname);
    response.setHeader('Content-Security-Policy', POLICY);
    if (path === '/dev') {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        change(JSON.parse(body));
        response.writeHead(204).end();
      });
    } else if (state.mode === 'silent') {
      return;
    } else if (state.mode === 'broken' && path !== '/' && !path.startsWith('/player/')) {
      response.writeHead(502).end();
    } else if (path === '/' || path === '/noc') {
      file(response, join(dist, path === '/' ? 'index.html' : 'noc.html'));
    } else if (path === '/sw.js' || path === '/manifest.webmanifest') {
      file(response, join(dist, path.slice(1)));
    } else if (path.startsWith('/player/')) {
      file(response, join(dist, path.slice('/player/'.length)));
    } else if (path === '/api/v1/node') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ name: 'dev', help: { phone: '0214 3840 888', name: 'Trung tâm điều hành' }, channels }));
    } else if (path === '/api/v1/meetings') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(state.over));
    } else if (path === '/cmcd') {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        state.reports.push(...body.split('\n'));
        response.writeHead(204).end();
      });
    } else if (path === '/api/v1/events') {
      events(request, response);
    } else {
      const found = /^\/hls\/([^/]+)\/([\w.-]+)$/.exec(path);
      const shown = found && channels.find((entry) => entry.id === found[1] && entry.state === 'on-air');
      if (shown) file(response, join(media, found[2]));
      else response.writeHead(404).end();
    }
  });

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    change,
    /** The lines of CMCD that came. */
    reports: state.reports,
    /** The picture starts again and counts from 0: what no node of ours does. */
    async restart() {
      await end();
      picture = film(0);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await end();
      rmSync(media, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const node = await serve(Number(process.argv[2] || 8080));
  console.log(node.url);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => node.close().then(() => process.exit(0)));
}
