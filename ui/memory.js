// What the browser keeps, and nobody else: the conversation of this tab, so that it outlives a reload, with what is half
// typed and the room that is open; and earlier conversations, in all tabs, to come back to. Kept are the questions, each
// with its address; they are answered anew from the essays as they are then. page.js follows, as one script.
const HOME = new URL('..', location.href).pathname; // another page of this host has other essays
const NOW = `yuanhua.now:${HOME}`; // {id, turns: [{typed, at}]}
const PAST = `yuanhua.past:${HOME}`; // [{id, when, turns}], newest first
const DRAFT = `yuanhua.draft:${HOME}`;
const ROOM = `yuanhua.room:${HOME}`;
const MOST = { turns: 50, characters: 100_000, past: 30, listed: 5 };

// A browser that keeps nothing still answers: even to name its storage may be forbidden.
const AREAS = { [NOW]: () => sessionStorage, [PAST]: () => localStorage, [DRAFT]: () => sessionStorage, [ROOM]: () => sessionStorage };
const load = (name) => {
  try {
    return JSON.parse(AREAS[name]().getItem(name));
  } catch {
    return null;
  }
};
const put = (name, value) => {
  if (leaving && value !== null) return; // what is still drawn is not kept for the next one at this machine
  try {
    if (value === null) AREAS[name]().removeItem(name);
    else AREAS[name]().setItem(name, JSON.stringify(value));
  } catch {
    // It is full, or forbidden.
  }
};

// Whatever stands in the storage, it is read.
const sound = (turns) => (Array.isArray(turns) ? turns : []).filter((turn) => typeof turn?.typed === 'string' && typeof turn.at === 'string');
const kept = () => sound(load(NOW)?.turns);
const past = () =>
  (Array.isArray(load(PAST)) ? load(PAST) : [])
    .map((one) => ({ id: String(one?.id), when: Number(one?.when) || 0, turns: sound(one?.turns) }))
    .filter((one) => one.turns.length);

// The newest of them, as many as the server takes.
const newest = (turns) => {
  const some = turns.slice(-MOST.turns);
  while (JSON.stringify(some).length > MOST.characters) some.shift();
  return some;
};
const keep = (turns) => {
  if (!turns.length) return;
  const before = load(NOW);
  const now = { id: before?.id ?? crypto.getRandomValues(new Uint32Array(2)).join(''), turns: newest(turns) };
  put(NOW, now);
  const same = (one) => JSON.stringify(one.turns) === JSON.stringify(now.turns);
  if (past().some((one) => one.id === now.id && same(one))) return; // it was only reloaded
  const others = past().filter((one) => one.id !== now.id && !same(one));
  put(PAST, [{ id: now.id, when: Date.now(), turns: now.turns }, ...others].slice(0, MOST.past));
};
const takeUp = (id) => {
  const found = past().find((one) => one.id === id);
  if (found) put(NOW, { id, turns: found.turns });
  return found?.turns ?? [];
};
const leave = () => put(NOW, null);
const forget = () => [NOW, PAST, DRAFT, ROOM].forEach((name) => put(name, null));

// The list of earlier conversations, on the first page only; what was typed is put there as text.
const node = (name, className, text = '') => Object.assign(document.createElement(name), { className, textContent: text });
const drawPast = () => {
  const place = document.querySelector('.past');
  if (!place) return;
  const { one, several, more } = place.dataset;
  const line = ({ id, when, turns }) => {
    const button = node('button', 'take-up');
    button.type = 'button';
    button.dataset.id = id;
    const count = (turns.length === 1 ? one : several).replace('{n}', turns.length);
    const day = new Date(when).toLocaleDateString(document.documentElement.lang, { dateStyle: 'medium' });
    button.append(node('bdi', '', turns[0].typed), node('span', 'by', `${day} · ${count}`));
    const item = node('li', '');
    item.append(button);
    return item;
  };
  const found = past().filter((each) => each.id !== load(NOW)?.id);
  const list = place.querySelector('ul');
  list.replaceChildren(...found.slice(0, MOST.listed).map(line));
  const rest = found.slice(MOST.listed);
  if (rest.length) {
    const older = node('details', '');
    older.append(node('summary', '', more.replace('{n}', rest.length)), node('ul', ''));
    older.lastChild.append(...rest.map(line));
    const item = node('li', 'older');
    item.append(older);
    list.append(item);
  }
  place.hidden = !found.length;
};

// What is half typed, and which room is open.
const questionBox = () => document.querySelector('#question textarea');
const rooms = () => [...document.querySelectorAll('#tabs [role="tab"]')];
// gradio may draw both once more after they are there, so that what was kept is put back until it stays: the draft unless
// the reader has sent something, and the room unless they have done anything.
const PUT_BACK = { pause: 150, rounds: 20 }; // milliseconds
let isBack = false;
let touched = false;
let writing = false;
for (const kind of ['pointerdown', 'keydown'])
  document.addEventListener(kind, () => { touched = true; }, { capture: true });
// A question on its way is one, too, until its answer has an address to come back to.
const keepDraft = () => {
  const written = questionBox()?.value;
  put(DRAFT, written?.trim() ? written : (pending === 'typed' && typed) || null);
};
const write = (box, text) => {
  box.value = text; // it may stand there, and gradio not have heard of it
  box.dispatchEvent(new Event('input', { bubbles: true }));
};
// gradio may leave what was put back standing there after it was sent. `asks`: how many were sent when its answer, or the
// beginning of one, was drawn; nothing before that, or the box would be emptied before gradio has read it.
let spent = { text: '', asks: 0 }; // what was sent last, until the reader writes on
const settle = (asks) => {
  if (spent.text && asks === spent.asks && questionBox()?.value === spent.text) write(questionBox(), '');
  if (isBack) keepDraft();
};
const putBack = (room, rounds) => {
  if (isBack) return;
  if (!rounds) {
    isBack = true;
    keepDraft();
    return;
  }
  const box = questionBox();
  const draft = load(DRAFT);
  // What the reader writes is let be: it is kept as it is written, and they may be in the middle of a word.
  if (box && typeof draft === 'string' && !(writing && box.value)) write(box, draft);
  const tab = !touched && room && rooms()[room];
  if (tab && tab.getAttribute('aria-selected') !== 'true') tab.click();
  setTimeout(putBack, PUT_BACK.pause, room, rounds - 1);
};
let isComing = false;
const comeBack = () => {
  if (isComing || !questionBox() || !rooms().length) return;
  isComing = true;
  if (questionBox().value) keepDraft(); // it was written before anybody listened
  putBack(Number(load(ROOM)) || 0, PUT_BACK.rounds);
};
document.addEventListener('input', (event) => {
  if (event.target !== questionBox()) return;
  writing ||= event.isTrusted;
  if (event.isTrusted) spent.text = '';
  if (event.isTrusted && waiting) sent(); // it is sent when the reader says so once more
  keepDraft();
});
document.addEventListener('click', (event) => {
  const room = rooms().indexOf(event.target.closest('#tabs [role="tab"]'));
  if (room >= 0) put(ROOM, room || null);
});
const LEFT = 10_000; // milliseconds
// Whoever logs out leaves nothing behind for the next one at this machine.
document.addEventListener('submit', (event) => {
  if (!event.target.getAttribute('action')?.endsWith('/logout')) return;
  leaving = true;
  setTimeout(() => { leaving = false; }, LEFT); // the page is still here, so that it did not work
  forget();
});

