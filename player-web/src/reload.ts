// Loads the page anew, but never in exchange for an error page.

/** A line that brings nothing within this is tried again later. */
const ANSWER_MS = 10000;
/** What only the page itself has. */
const ITSELF = 'id="stage"';

/** `before` is called where the page is there to be loaded. */
export function reload(before: () => void): void {
  const request = new XMLHttpRequest();
  request.open('GET', './');
  request.timeout = ANSWER_MS;
  request.onload = () => {
    if (request.status !== 200 || request.responseText.indexOf(ITSELF) < 0) return;
    before();
    location.reload();
  };
  request.send();
}
