// Numbers typed on the remote become a channel's number.

/** After the last digit. */
const COMPLETE_MS = 1500;
/** How long an answer stays that there is no such channel. */
const ANSWER_MS = 2500;

export class Digits {
  private typed = '';
  private typedAt = 0;
  private wrong: string | null = null;

  push(now: number, digit: string, highest: number): void {
    this.wrong = null;
    const most = String(Math.max(highest, 1)).length;
    this.typed = (this.typed + digit).slice(-most);
    this.typedAt = this.typed.length === most ? now - COMPLETE_MS + 300 : now;
  }

  /** What is typed is all: the next look takes it. */
  complete(): boolean {
    if (this.typed !== '') this.typedAt = -Infinity;
    return this.typed !== '';
  }

  /** The number, once, when it is complete. */
  take(now: number): number | null {
    if (this.typed === '' || now - this.typedAt < COMPLETE_MS) return null;
    const number = Number(this.typed);
    this.typed = '';
    return number;
  }

  /** There is no channel of this number. */
  refuse(now: number, number: number): void {
    this.wrong = String(number);
    this.typedAt = now;
  }

  cancel(): void {
    this.typed = '';
    this.wrong = null;
  }

  /** What to show, if anything. */
  shown(now: number): { readonly digits: string; readonly wrong: boolean } | null {
    if (this.typed !== '') return { digits: this.typed, wrong: false };
    if (this.wrong !== null && now - this.typedAt < ANSWER_MS) return { digits: this.wrong, wrong: true };
    return null;
  }
}
