// The open panel of the menu: which one, how it was come to, and what a press on a row does.

import type { Help } from './channels';
import { element } from './dom';
import { panelOf, type Name, type Panel, type Pick } from './menu';
import type { Player } from './player';
import type { Choices } from './settings';
import { choicesOf, choose } from './tracks';
import { wordsOf } from './words';

interface Opened {
  readonly name: Name;
  /** The row that has the focus when one comes back here. */
  focus: string;
}

export class Menus {
  private opened: Opened[] = [];

  constructor(private readonly choices: Choices, private readonly player: Player) {}

  /** The panel on top, as it is now. */
  panel(help: Help, code: string, again: number | null): Panel | null {
    const top = this.opened[this.opened.length - 1];
    if (!top) return null;
    const hls = this.player.engine();
    return panelOf(top.name, {
      words: wordsOf(this.choices.language),
      settings: this.choices,
      help,
      code,
      again,
      choices: { quality: choicesOf(hls, 'quality'), sound: choicesOf(hls, 'sound'), subtitles: choicesOf(hls, 'subtitles') },
    });
  }

  /** Whether this panel is on top. */
  shows(name: Name): boolean {
    const top = this.opened[this.opened.length - 1];
    return top !== undefined && top.name === name;
  }

  open(name: Name): void {
    const top = this.opened[this.opened.length - 1];
    if (top && document.activeElement) top.focus = document.activeElement.id;
    this.opened.push({ name, focus: name === 'hall' ? 'hall' : '' });
    if (name === 'hall') (element('hall') as HTMLInputElement).value = this.choices.hall;
  }

  /** Closes the top panel; `false`: it was the last one. What is typed counts: nobody looks for a button to save it. */
  back(): boolean {
    const closed = this.opened.pop();
    if (closed && closed.name === 'hall') this.choices.setHall((element('hall') as HTMLInputElement).value);
    return this.opened.length > 0;
  }

  closeAll(): void {
    while (this.back());
  }

  /** The id of what had the focus in the panel on top; empty the first time. */
  focus(): string {
    const top = this.opened[this.opened.length - 1];
    if (!top || top.focus !== '') return top ? top.focus : '';
    const chosen = document.querySelector('#panel-rows [aria-pressed="true"]');
    return chosen ? chosen.id : '';
  }

  /** Does what can be done here; else says what is left to do. */
  pick(pick: Pick): 'stop' | 'close' | 'opened' | 'watch' | null {
    if ('open' in pick) {
      this.open(pick.open);
      return 'opened';
    }
    if ('do' in pick) return pick.do;
    if ('from' in pick) {
      this.player.playFrom(pick.from);
      return 'watch';
    }
    if ('choose' in pick) choose(this.player.engine(), pick.choose, pick.index);
    else if ('size' in pick) this.choices.setSize(pick.size);
    else if ('language' in pick) this.choices.setLanguage(pick.language);
    else this.choices.setKiosk(pick.kiosk);
    return null;
  }
}
