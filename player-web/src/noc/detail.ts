// What `headend why` prints, of one channel: over the wall, until it is closed.

import { make, mark, morph, write } from './parts';
import { clock, shownInput, wordOf, type Light } from './tile';
import type { Channel, Fact, Incident } from './wall';
import { alarm, said } from './words';

export class Detail {
  /** `box` is the dialog. */
  constructor(private readonly box: HTMLElement, private readonly title: HTMLElement, private readonly body: HTMLElement) {}

  paint(channel: Channel, light: Light): void {
    mark(this.box, 'data-rank', channel.rank);
    write(this.title, `${channel.name} — ${wordOf(channel, light.words)}`);
    const wanted = this.body.cloneNode(false) as HTMLElement;
    for (const part of partsOf(channel, light)) wanted.appendChild(part);
    morph(this.body, wanted);
  }

  clear(): void {
    this.body.textContent = '';
  }
}

function partsOf(channel: Channel, light: Light): HTMLElement[] {
  const { words } = light;
  const parts = channel.lasting.map((incident) => incidentOf(incident, light));
  if (parts.length === 0) parts.push(line('p', 'calm', words.nothing));
  if (channel.alarms.length > 0) parts.push(section(words.alsoWrong, channel.alarms.map((entry) => line('li', '', alarm(entry, words)))));
  parts.push(section(words.inputs, inputsOf(channel, light)));
  if (channel.ended.length > 0) {
    const over = channel.ended.slice(0, 5).map((incident) => {
      const end = incident.end ? hour(incident.end) : '';
      return line('li', '', `${hour(incident.start)} – ${end}  ${said(incident.verdict, light.language)}`);
    });
    parts.push(section(words.over, over));
  }
  return parts;
}

function incidentOf(incident: Incident, light: Light): HTMLElement {
  const { words, language } = light;
  const rows = make('dl', '');
  const row = (label: string, ...values: ReadonlyArray<HTMLElement>): void => {
    if (values.length === 0) return;
    rows.appendChild(line('dt', '', label));
    for (const value of values) rows.appendChild(value);
  };
  const places = incident.places.map((place) => words.places[place] || place);
  const fact = (known: Fact): HTMLElement => line('dd', '', `${hour(known.at)}  ${said(known.text, language)}`);
  row(words.where, line('dd', '', places.join(words.or)));
  row(words.since, line('dd', '', hour(incident.start)));
  row(words.next, line('dd', 'next', said(incident.next, language)));
  row('id', line('dd', 'id', incident.id));
  const taken = incident.acknowledged;
  if (taken) row(words.ranks.acknowledged, line('dd', 'taken', `${hour(taken.at)}  ${words.acknowledgedBy(taken.by)}`));
  else row(words.toAcknowledge, line('dd', 'command', `headend incident ack ${incident.id} --by NAME`));
  // These grow; what stands above them stays where it is.
  row(words.knownBy, ...incident.evidence.map(fact));
  row(words.done, ...incident.actions.map(fact));
  const word = `${words.words[incident.word] || incident.word} (${words.ranks[incident.severity].toLowerCase()})`;
  const head = line('h3', '', `${word}: ${said(incident.verdict, language)}`);
  const whole = make('section', 'incident', head, rows);
  mark(whole, 'data-severity', incident.acknowledged ? 'acknowledged' : incident.severity);
  return whole;
}

function inputsOf(channel: Channel, { words, language }: Light): HTMLElement[] {
  const shown = shownInput(channel);
  return channel.inputs.map((input) => {
    const facts = [said(input.assessment, language) || words.fitness[input.fitness] || input.fitness];
    const comes = input.state !== 'lost' && input.state !== 'waiting';
    if (comes) facts.push(`${(input.bitrate / 1e6).toFixed(2)} Mbit/s`);
    if (comes && input.seen) facts.push(input.lufs === null ? words.silent : `${words.loudness} ${input.lufs.toFixed(1)} LUFS`);
    if (input === shown && channel.onAir !== null) facts.unshift(words.onAir);
    return line('li', '', `${words.input} ${input.index}: ${facts.join(' · ')} — ${input.url}`);
  });
}

function section(title: string, lines: ReadonlyArray<HTMLElement>): HTMLElement {
  return make('section', '', line('h3', '', title), make('ul', '', ...lines));
}

function line(tag: string, name: string, text: string): HTMLElement {
  const element = make(tag, name);
  element.textContent = text;
  return element;
}

function hour(stamp: string): string {
  const at = Date.parse(stamp);
  return isNaN(at) ? stamp : clock(at);
}
