// The server draws; here is only what the reader's hands and eyes do: which essay stands out, and when to look again.
const EVERY = 1000; // milliseconds
const map = () => element.querySelector('.map');
const address = () => new URLSearchParams(location.hash.slice(1));
const OPENED = ['d', 's', 'e']; // of an address what says which essay is open; the rest is what was asked, and of whom
const asking = () => {
  const at = address();
  for (const name of OPENED) at.delete(name);
  return at.get('q') ? at.toString() : '';
};
const number = (at, name) => Number.parseInt(at.get(name) || '0', 10) || 0;

let seen = ''; // the digest of the index whose map is shown
let sought = ''; // the question whose hits are shown on it
let drawn = ''; // the HTML of the map, or of why there is none
let looking = false;

const drawMap = async () => {
  if (!map().firstElementChild) seen = drawn = ''; // gradio drew the frame anew
  const { index, html } = await server.look(seen);
  seen = index;
  if (!html || html === drawn) return;
  map().innerHTML = drawn = html; // escaped where it was made
  sought = '';
};

const drawQuestion = async () => {
  const question = asking();
  if (!seen || question === sought) return;
  const html = question ? await server.marks(question) : '';
  if (question !== asking()) return; // another one by now
  element.querySelector('.asked').innerHTML = html;
  if (html || !question) sought = question; // without a map of this very index there are no marks yet
};

// The essay that is open on the right, and the passage.
const showOpen = () => {
  const at = address();
  const name = at.get('d') || '';
  light('open', name);
  element.querySelectorAll('.dots a.here').forEach((dot) => dot.classList.remove('here'));
  const start = number(at, 's');
  if (!number(at, 'e')) return;
  const here = [...element.querySelectorAll('.dots g.open a')].find((dot) => {
    const span = new URLSearchParams(dot.getAttribute('href').slice(1));
    return number(span, 's') <= start && start < number(span, 'e');
  });
  here?.classList.add('here');
  here?.parentElement.append(here); // above its neighbours
};

const light = (how, name) => {
  for (const group of element.querySelectorAll('.dots g')) group.classList.toggle(how, group.dataset.name === name);
  map().classList.toggle(`one-${how}`, Boolean(element.querySelector(`.dots g.${how}`)));
};

const look = async () => {
  if (looking || !element.checkVisibility()) return;
  looking = true;
  try {
    await drawMap();
    await drawQuestion();
    showOpen();
  } catch {
    // the server is away; it is asked again
  }
  looking = false;
};

// Dots belong to no question, so that the map need not be sent anew with each; a click keeps the one that was asked.
const keepQuestion = (event) => {
  const link = event.target.closest('.dots a, .legend a');
  if (!link) return;
  const to = new URLSearchParams(link.getAttribute('href').slice(1));
  const opened = [...to].filter(([name]) => OPENED.includes(name));
  link.setAttribute('href', '#' + new URLSearchParams([...new URLSearchParams(asking()), ...opened]));
};

const pointed = ({ type, target }) => {
  // A link that has the focus back because its essay was closed with the mouse is not pointed at.
  const left = type === 'pointerleave' || type === 'focusout' || (type === 'focusin' && !target.matches(':focus-visible'));
  const link = (left ? null : target.closest('.legend a')) ?? element.querySelector('.legend a:focus-visible');
  light('lit', link?.dataset.name || '');
};

for (const kind of ['pointerdown', 'focusin', 'click']) element.addEventListener(kind, keepQuestion);
for (const kind of ['pointerover', 'pointerleave', 'focusin', 'focusout']) element.addEventListener(kind, pointed);
window.addEventListener('hashchange', showOpen);
new IntersectionObserver(look).observe(element);
setInterval(look, EVERY);
