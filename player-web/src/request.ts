// A question to the node beside those of hls.js.

/** `loaded` is called once an answer is there, whatever it says. */
export function request(url: string, kind: XMLHttpRequestResponseType, timeoutMs: number, loaded: () => void): XMLHttpRequest {
  const asked = new XMLHttpRequest();
  asked.open('GET', url);
  asked.responseType = kind;
  asked.timeout = timeoutMs;
  asked.onload = loaded;
  asked.send();
  return asked;
}
