// The small picture of an input, asked for again as often as the node makes one.

/** The node makes one each 5 s. */
const EVERY_MS = 5000;
/** What does not come is given up, so that a dead line holds no connection. */
const PATIENCE_MS = 15000;
/** Questions at once on the whole wall, of the six connections a browser has for a server. */
const MOST_ASKED = 4;

let asked = 0;
let count = 0;

export class Picture {
  readonly element = document.createElement('img');
  private address = '';
  private askedAt = -Infinity;
  private waiting = false;

  constructor() {
    this.element.alt = '';
    this.element.hidden = true;
    this.element.addEventListener('load', () => this.came(true));
    this.element.addEventListener('error', () => this.came(false));
  }

  /** Shows the picture at `address` from now on; empty for none. */
  of(address: string): void {
    if (address === this.address) return;
    this.forget();
    this.address = address;
    this.element.hidden = true;
    this.askedAt = -Infinity;
  }

  tick(now: number): void {
    if (this.waiting && now - this.askedAt > PATIENCE_MS) this.forget();
    if (this.waiting || this.address === '' || asked >= MOST_ASKED || now - this.askedAt < EVERY_MS) return;
    this.waiting = true;
    this.askedAt = now;
    asked += 1;
    // Browsers show the same address from memory, whatever its headers say.
    count = (count + 1) % 1e6;
    this.element.src = `${this.address}?n=${count}`;
  }

  /** Asks for nothing any more. */
  forget(): void {
    if (this.waiting) asked -= 1;
    this.waiting = false;
    this.address = '';
    this.element.removeAttribute('src');
  }

  private came(good: boolean): void {
    if (!this.waiting) return;
    this.waiting = false;
    asked -= 1;
    this.element.hidden = !good;
  }
}
