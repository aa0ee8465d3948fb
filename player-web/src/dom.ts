// Writes to the page what differs, and nothing else: the same twice costs nothing and is not read out twice.

/** The element of this id in index.html. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

export function setText(target: Element, value: string): void {
  if (target.textContent !== value) target.textContent = value;
}

export function text(id: string, value: string): void {
  setText(element(id), value);
}

/** The words on a button that also has a picture. */
export function label(id: string, value: string): void {
  const span = element(id).querySelector('span');
  if (span) setText(span, value);
}

export function mark(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

export function show(id: string, shown: boolean): void {
  const target = element(id);
  if (target.hidden === shown) target.hidden = !shown;
}

/** `tag` with `className`, holding `children`. */
export function make(tag: string, className: string, ...children: ReadonlyArray<Node>): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  children.forEach((child) => made.appendChild(child));
  return made;
}

/** The lines of a list, made anew only when one differs. */
export function lines(id: string, values: ReadonlyArray<string>): void {
  const list = element(id);
  const same = list.children.length === values.length && values.every((value, index) => (list.children[index] as Element).textContent === value);
  if (!same) {
    list.textContent = '';
    values.forEach((value) => setText(list.appendChild(document.createElement('li')), value));
  }
  show(id, values.length > 0);
}
