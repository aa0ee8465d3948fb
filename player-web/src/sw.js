// Keeps the page itself, so that it opens without a network and can say that there is none.
// It touches nothing that is live: not HLS, not the stream, not the API.

/* global FILES, PAGE: filled in when the page is built: what it consists of, and which one it is. */

const KEPT = `headend-page-${PAGE}`;
/** A node that has not answered by then is taken for gone. */
const PAGE_MS = 4000;

const base = new URL('./', self.location.href);
const address = (file) => new URL(file, base).href;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES.map((file) => new Request(address(file), { cache: 'no-cache' })))));
});

// It takes over when the last page of the old one is closed: what that one needs is thrown away here.
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))));
});

/** From the node, so that a new version is taken at the next start; from what is kept where the node is not reached. */
function page(request) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), PAGE_MS));
  const asked = fetch(request).then((response) => {
    if (!response.ok) throw new Error(String(response.status));
    const copy = response.clone();
    return caches.open(KEPT).then((cache) => cache.put(address(''), copy)).then(() => response);
  });
  return Promise.race([asked, late]).catch(() => caches.match(address('')).then((kept) => kept || asked));
}

/** A name with a hash never changes what it means. */
function part(request) {
  return caches.match(request).then((kept) => kept || fetch(request).then((response) => {
    if (!response.ok) return response;
    const copy = response.clone();
    return caches.open(KEPT).then((cache) => cache.put(request, copy)).then(() => response);
  }));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, href } = new URL(request.url);
  if (request.method !== 'GET' || origin !== base.origin) return;
  if (request.mode === 'navigate' && pathname === base.pathname) event.respondWith(page(request));
  else if (href.indexOf(address('player/')) === 0) event.respondWith(part(request));
});
