// What `headend why` prints, of one channel: over the wall, until it is closed.

import { exactTime } from '../clock';
import { make, mark, morph, write } from './parts';
import { shownInput, wordOf, type Light } from './tile';
import type { Hall, Halls, Report } from './halls';
import type { Channel, Fact, Incident } from './wall';
import { alarm, said, span, type Words } from './words';

export class Detail {
  /** `box` is the dialog. */
  constructor(private readonly box: HTMLElement, private readonly title: HTMLElement, private readonly body: HTMLElement) {}

  paint(channel: Channel, halls: Halls, light: Light): void {
    this.show(channel.rank, `${channel.name} — ${wordOf(channel, light.words)}`, partsOf(channel, halls, light));
  }

  /** What a code stands for, or a sentence why it is not known. */
  paintReports(code: string, found: ReadonlyArray<Report> | string, light: Light): void {
    const parts = typeof found === 'string' ? [line('p', 'calm', found)] : found.map((report) => reportOf(report, light));
    this.show('notice', light.words.report(code), parts);
  }

  private show(rank: string, title: string, parts: ReadonlyArray<HTMLElement>): void {
    mark(this.box, 'data-rank', rank);
    write(this.title, title);
    const wanted = this.body.cloneNode(false) as HTMLElement;
    for (const part of parts) wanted.appendChild(part);
    morph(this.body, wanted);
  }

  clear(): void {
    this.body.textContent = '';
  }
}

function partsOf(channel: Channel, halls: Halls, light: Light): HTMLElement[] {
  const { words } = light;
  const parts = channel.lasting.map((incident) => incidentOf(incident, light));
  if (parts.length === 0) parts.push(line('p', 'calm', words.nothing));
  if (channel.alarms.length > 0) parts.push(section(words.alsoWrong, channel.alarms.map((entry) => line('li', '', alarm(entry, words)))));
  parts.push(section(words.halls, hallsOf(channel, halls, light)));
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

function hallsOf(channel: Channel, halls: Halls, { words, language }: Light): HTMLElement[] {
  const { verdict } = channel.halls;
  const lines = halls.shown.map((hall) => {
    const item = line('li', '', `${hall.name || words.unnamed}: ${factsOf(hall, words).join(' · ')}`);
    mark(item, 'data-state', hall.state);
    return item;
  });
  if (verdict) lines.unshift(line('li', 'verdict', said(verdict, language)));
  if (halls.total > halls.shown.length) lines.push(line('li', '', words.hallsMore(halls.total - halls.shown.length)));
  return lines.length > 0 ? lines : [line('li', '', words.noHalls)];
}

function factsOf(hall: Hall, words: Words): string[] {
  const facts = [words.hallStates[hall.state] || hall.state];
  const fault = words.words[hall.fault];
  if (fault) facts.push([fault, words.says[hall.says] || ''].filter((part) => part !== '').join(', '));
  if (hall.state === 'lost') facts.push(words.silentFor(span(hall.silent * 1000, words)));
  if (hall.buffer !== null) facts.push(`${words.buffer} ${hall.buffer.toFixed(1)} s`);
  if (hall.bitrate !== null) facts.push(`${words.plays} ${(hall.bitrate / 1e6).toFixed(2)} Mbit/s`);
  if (hall.throughput !== null) facts.push(`${words.lineGave} ${(hall.throughput / 1e6).toFixed(2)} Mbit/s`);
  if (hall.stalls > 0) facts.push(words.stalls(hall.stalls, span(hall.stood * 1000, words)));
  if (hall.code !== '') facts.push(hall.code);
  return facts;
}

function reportOf(report: Report, { words, language }: Light): HTMLElement {
  const rows = make('dl', '');
  const row = (label: string, ...values: ReadonlyArray<string>): void => {
    rows.appendChild(line('dt', '', label));
    for (const value of values) rows.appendChild(line('dd', '', value));
  };
  const { hall } = report;
  row(words.when, `${report.at.slice(0, 10)} ${hour(report.at)}`);
  row(words.screen, factsOf(hall, words).filter((fact) => fact !== hall.code).join(' · '));
  row(words.verdict, said(report.verdict, language));
  row(words.incident, ...(report.incidents.length === 0 ? [words.noIncident] : report.incidents.map((incident) =>
    `${hour(incident.start)}  ${said(incident.verdict, language)}  ${incident.id}`)));
  row(words.next, said(report.next, language));
  return make('section', 'incident', line('h3', '', `${hall.name || words.unnamed} — ${report.channel}`), rows);
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
  return isNaN(at) ? stamp : exactTime(at);
}
