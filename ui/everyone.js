
// For readers who hear the page, or who have no mouse: names for what gradio leaves without one, a voice for what
// changes by itself, and a focus that outlives what is drawn anew. Follows page.js, as one script.
const $ = (selector) => document.querySelector(selector);
const set = (element, name, value) => {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
};

// Landmarks: gradio puts the whole page into one <main>.
const furnish = () => {
  const { question, upload, leaf, tabs, away } = $('#masthead header')?.dataset ?? {};
  if (!question) return;
  set($('main'), 'role', 'none');
  set($('#left'), 'role', 'main');
  set($('#right'), 'role', 'complementary');
  set($('#right'), 'aria-label', leaf);
  set($('#question textarea'), 'aria-label', question);
  set($('#tabs .overflow-menu > button'), 'aria-label', tabs);
  document.querySelectorAll('[role="tabpanel"][id]').forEach((panel) => set(panel, 'aria-labelledby', `${panel.id}-button`));
  // The visible words are a part of the name, for readers who speak to the page.
  const drop = $('#upload button.upload-container');
  if (drop?.innerText) set(drop, 'aria-label', `${upload} ${drop.innerText.replace(/\s+/g, ' ')}`);
  set($('#upload input[type="file"]'), 'aria-label', upload);
  // gradio's one message that comes by itself, and in English only. Its title is no news.
  for (const text of document.querySelectorAll('.toast-message-text')) {
    if (text.textContent.includes('Connection to the server was lost')) text.textContent = away;
    text.closest('.toast-body')?.querySelector('.toast-title')?.remove();
  }
};

// One voice for all: what is new is said once and in a line, however often its place is drawn.
const say = (text) => {
  const voice = $('#said');
  if (!voice || !text) return;
  voice.textContent = '';
  setTimeout(() => (voice.textContent = text), 60); // after it was silent, the same words count as new
};
const heard = new Map(); // what each place said last
const listen = () => {
  for (const place of document.querySelectorAll('#thread, #status, #behind, #pin-news')) {
    const text = [...place.querySelectorAll('[data-said]')].at(-1)?.dataset.said ?? '';
    if (text !== heard.get(place.id) && place.checkVisibility()) say(text);
    heard.set(place.id, text);
  }
};

// The focus, after what had it was drawn anew: on the same thing, or on what the reader will want next.
const PLACES = '#pins, #pin-news, #thread, #suggestions, #behind, #scope, #question, #halt, #corpus-list, #source';
const ASKING = '#question textarea';
const essay = (button, name) => `${button}[data-name="${CSS.escape(name)}"]`;
const NEXT = {
  pins: () => ['.pins summary'],
  'pin-news': () => ['.pins summary'],
  scope: () => ['.scope summary'],
  behind: () => ['#rebuild'],
  halt: () => ['#rebuild'],
  'corpus-list': ({ name, target }) => [essay('.undo', name), essay(target.matches('.undo') ? '.remove' : '.edit', name), '#rebuild'],
  source: () => [isOpen() ? '.reader h2' : `#left a${lastKind}[href="${CSS.escape(lastOpen)}"]`, `#left a[href="${CSS.escape(lastOpen)}"]`, '.shelf a'],
};
let held = null;
let lastOpen = '';
let lastKind = ''; // several links may open the same sentence
const sign = (element) => [element.localName, element.className, element.name, element.dataset.name, element.getAttribute('href')].join();
const alike = (place, wanted) =>
  [...(place?.querySelectorAll('a, button, input, textarea, summary') ?? [])].filter((other) => sign(other) === wanted && seen(other));
const seen = (element) => element.checkVisibility({ visibilityProperty: true });

const hold = ({ target }) => {
  const place = target.closest(PLACES);
  if (target.matches('#left a[href^="#"]')) lastKind = [...target.classList].map((one) => `.${CSS.escape(one)}`).join('');
  const name = target.dataset.name ?? target.closest('tr.editing')?.querySelector('form').dataset.name ?? '';
  held = place && { target, name, place: place.id, sign: sign(target), nth: alike(place, sign(target)).indexOf(target) };
};
const regain = () => {
  if (!held || document.activeElement !== document.body || (held.target.isConnected && seen(held.target))) return;
  const same = alike(document.getElementById(held.place), held.sign)[held.nth];
  const next = () => [...(NEXT[held.place]?.(held) ?? []), ASKING].flatMap((one) => [...document.querySelectorAll(one)]).find(seen);
  if (same) same.focus({ preventScroll: true });
  else next()?.focus(); // which may be out of sight
};

// An essay that was opened without a passage is gone to as well: on a phone it lies over what was clicked.
let read = null;
const goToEssay = () => {
  const title = $('.reader h2');
  if (isOpen()) lastOpen = location.hash;
  if (title === read) return;
  read = title;
  const active = document.activeElement;
  if (title && !$('#hit') && (active === document.body || active.getAttribute('href') === location.hash)) title.focus({ preventScroll: true });
};

let later = 0;
const attend = () => {
  clearTimeout(later);
  later = setTimeout(() => [furnish, comeBack, listen, goToEssay, regain].forEach((each) => each()), 60);
};
new MutationObserver(attend).observe(document.body, { childList: true, subtree: true });
window.addEventListener('hashchange', () => {
  if (isOpen()) lastOpen = location.hash; // at once, for a reader who is quick to close it
  attend();
});
document.addEventListener('focusin', hold);

// Arrow keys between the tabs, as in any other program.
const turnTab = (tab, step) => {
  const tabs = [...tab.parentElement.querySelectorAll('[role="tab"]')];
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
};
document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && event.target.matches('#tabs [role="tab"]')) turnTab(event.target, step);
  if (event.key === 'Escape' && isOpen() && event.target.closest('#right')) $('.reader .close')?.click();
});
