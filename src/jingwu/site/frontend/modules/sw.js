// The field app's service worker: keeps the shell (pages without data, scripts, icons), never an answer of the API.
import { clientsClaim } from "workbox-core";
import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { CacheFirst, NetworkFirst } from "workbox-strategies";

const PAGES = "field-pages";
const scope = new URL(self.registration.scope).pathname;

// the list stands before this script, written by the server with the names and digests of its static files
precacheAndRoute(self.__SHELL, { cleanURLs: false, directoryIndex: null });
cleanupOutdatedCaches();
self.skipWaiting();
clientsClaim();

// A page that led to the sign-in form, or failed, is never kept in place of the page itself.
const whole = { cacheWillUpdate: async ({ response }) => (response.status === 200 && !response.redirected ? response : null) };
const isPage = (url) => url.origin === self.location.origin && url.pathname.startsWith(scope) && !url.pathname.startsWith(`${scope}api/`) && !url.pathname.startsWith(`${scope}desk/`);

registerRoute(
  ({ request, url }) => request.mode === "navigate" && isPage(url),
  new NetworkFirst({ cacheName: PAGES, networkTimeoutSeconds: 3, plugins: [whole], matchOptions: { ignoreSearch: true, ignoreVary: true } }),
);
// words and scripts of other builds carry their version in the name
registerRoute(
  ({ url }) => url.origin === self.location.origin && (url.pathname.startsWith("/words/") || url.pathname.startsWith("/static/")),
  new CacheFirst({ cacheName: "field-files", plugins: [whole], matchOptions: { ignoreVary: true } }),
);

async function keepPages(pages) {
  const cache = await caches.open(PAGES);
  await Promise.all(pages.map(async (page) => {
    try {
      // signed out meanwhile, the page leads to the sign-in form: following it would change the cookie that somebody's
      // form, open at that moment, was made for
      const answer = await fetch(page, { credentials: "same-origin", redirect: "manual" });
      if (answer.ok) await cache.put(page, answer);
    } catch {
      // no network now: the page is kept the next time
    }
  }));
}

self.addEventListener("message", (event) => {
  if (event.data?.type === "keep") event.waitUntil(keepPages(event.data.pages));
  if (event.data?.type === "forget") event.waitUntil(caches.delete(PAGES));
});
