// Makes dist/: index.html for `/`, noc.html for `/noc`, the player's manifest and service worker,
// all else with its hash in its name for `/player/`.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const modules = join(here, 'node_modules');

/** Writes `content` under a name that changes with it. */
function emit(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase();
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  writeFileSync(join(dist, hashed), content);
  return hashed;
}

/** The engine floor. A regular expression above it esbuild would move from the build to the viewer. */
const FLOOR = { target: ['es2016', 'chrome53'], logOverride: { 'unsupported-regexp': 'error' } };
/** What esbuild's own helpers call and Chromium 53 has not. */
const HELPERS = 'Object.getOwnPropertyDescriptors=Object.getOwnPropertyDescriptors||function(o){return Reflect.ownKeys(o).reduce(function(d,k){d[k]=Object.getOwnPropertyDescriptor(o,k);return d},{})};';

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: {
    'boot': 'src/boot.ts', 'player': 'src/main.ts', 'style': 'src/style.css',
    'noc': 'src/noc/main.ts', 'noc-style': 'src/noc/style.css',
  },
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'iife',
  ...FLOOR,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  loader: { '.woff2': 'file', '.svg': 'file' },
  charset: 'utf8',
  banner: { js: HELPERS },
  metafile: true,
});

const outputs = Object.keys(metafile.outputs).map((path) => basename(path));
const output = (pattern) => {
  const found = outputs.filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${found.length} outputs match ${pattern}`);
  return `player/${found[0]}`;
};

const hls = readFileSync(join(modules, 'hls.js/dist/hls.min.js'), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
const addresses = {
  'icon': `player/${emit('icon.svg', readFileSync(join(here, 'src/icon.svg'), 'utf8'))}`,
  'hls': `player/${emit('hls.js', hls)}`,
  'boot': output(/^boot-.*\.js$/),
  'code': output(/^player-.*\.js$/),
  'style': output(/^style-.*\.css$/),
  'noc-code': output(/^noc-.*\.js$/),
  'noc-style': output(/^noc-style-.*\.css$/),
  'font-latin': output(/-latin-500-normal-.*\.woff2$/),
  'font-vietnamese': output(/-vietnamese-500-normal-.*\.woff2$/),
};

for (const [from, to] of [['src/index.html', 'index.html'], ['src/noc/noc.html', 'noc.html']]) {
  const page = readFileSync(join(here, from), 'utf8')
    .replace(/\{([\w-]+)\}/g, (_, name) => addresses[name] || `{${name}}`)
    .replace(/>\s+</g, '><');
  writeFileSync(join(dist, to), page);
}

const manifest = JSON.parse(readFileSync(join(here, 'src/manifest.json'), 'utf8'));
// Chromium on Android installs no page by its SVG.
for (const icon of manifest.icons) icon.src = `player/${emit(icon.src, readFileSync(join(here, 'src', icon.src)))}`;
writeFileSync(join(dist, 'manifest.webmanifest'), JSON.stringify(manifest));

// `./` is the page itself. Its hash is there so that the worker changes whenever the page does.
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const parts = ['./', 'manifest.webmanifest', ...Object.entries(addresses).filter(([name]) => !name.startsWith('noc')).map(([, path]) => path),
  output(/^drum-.*\.svg$/)];
const worker = await build({
  absWorkingDir: here, entryPoints: ['src/sw.js'], write: false, minify: true, ...FLOOR, charset: 'utf8',
  define: { FILES: JSON.stringify(parts), PAGE: JSON.stringify(createHash('sha256').update(page).digest('hex').slice(0, 8)) },
});
writeFileSync(join(dist, 'sw.js'), worker.outputFiles[0].text);

// What is only copied keeps to the floor too.
for (const name of readdirSync(dist).filter((each) => each.endsWith('.js'))) {
  try {
    parse(readFileSync(join(dist, name), 'utf8'), { ecmaVersion: 2016 });
  } catch (error) {
    throw new Error(`${name} is no ES2016: ${error.message}`);
  }
}

const licences = [
  ['hls.js', 'hls.js/LICENSE'],
  ['Be Vietnam Pro', '@fontsource/be-vietnam-pro/LICENSE'],
  ['@bbc/tv-lrud-spatial', '@bbc/tv-lrud-spatial/LICENSE'],
].map(([name, path]) => `${name}\n\n${readFileSync(join(modules, path), 'utf8').trim()}\n`);
writeFileSync(join(dist, 'licences.txt'), licences.join(`\n${'='.repeat(80)}\n\n`));
