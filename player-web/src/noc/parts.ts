// Elements, and changing them only where something differs: a wall is painted for days.

export function make(tag: string, name: string, ...parts: ReadonlyArray<HTMLElement>): HTMLElement {
  const element = document.createElement(tag);
  if (name !== '') element.className = name;
  for (const part of parts) element.appendChild(part);
  return element;
}

export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Shown only where there is something to say. */
export function writeOrHide(element: HTMLElement, text: string): void {
  write(element, text);
  element.hidden = text === '';
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found;
}

/** Puts `wanted` in order into `parent` and moves no other; what is not wanted goes. */
export function arrange(parent: HTMLElement, wanted: ReadonlyArray<HTMLElement>): void {
  for (const child of Array.prototype.slice.call(parent.children) as HTMLElement[]) {
    if (wanted.indexOf(child) < 0) parent.removeChild(child);
  }
  wanted.forEach((element, place) => {
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] || null);
  });
}

/** Makes `shown` say what `wanted` says, and touches no more than differs: what is selected or scrolled to stays. */
export function morph(shown: HTMLElement, wanted: HTMLElement): void {
  for (const { name } of Array.prototype.slice.call(shown.attributes) as Attr[]) {
    if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of Array.prototype.slice.call(wanted.attributes) as Attr[]) mark(shown, name, value);
  if (wanted.children.length === 0) {
    if (shown.children.length > 0) shown.textContent = '';
    write(shown, wanted.textContent || '');
    return;
  }
  if (shown.children.length === 0) shown.textContent = '';
  const next = Array.prototype.slice.call(wanted.children) as HTMLElement[];
  next.forEach((child, place) => {
    const known = shown.children[place];
    if (known instanceof HTMLElement && known.tagName === child.tagName) morph(known, child);
    else shown.insertBefore(child, known || null);
  });
  while (shown.children.length > next.length && shown.lastElementChild) shown.removeChild(shown.lastElementChild);
}
