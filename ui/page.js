// The address bar is the state, as ui/address.py reads it: what is asked (q), of which essays (n, a, x, from, to), and
// which essay is open (d, s, e). Citations are links that change it, so the keyboard, the back button and "copy link"
// work without further code.
const here = () => location.hash.slice(1);
const isOpen = () => new URLSearchParams(here()).has('d');

// The part of an address that an answer belongs to, the same for two spellings of it.
const asking = (address) => {
  const fields = new URLSearchParams(address);
  for (const name of ['d', 's', 'e']) fields.delete(name);
  return fields.get('q') ? fields.toString() : '';
};

let shown = null; // the place in the source that was brought into view, and of which address
let shownAt = '';
let asked = asking(here());
let typed = ''; // the question that is on its way, as it was typed
let pending = ''; // where the answer that is on its way comes from: typed, or kept by the browser
let returning = []; // the turns that are on their way back
let built = '';

const open = () => {
  awaitSource();
  mark([...document.querySelectorAll('a.cite, .near a, a.place')].findLast((link) => isOpen() && link.getAttribute('href') === location.hash));
  document.querySelector('#book')?.classList.toggle('source-open', isOpen());
  trigger('opened', { at: here() });
};

// Until the source is the one that the address names, it says nothing of being exact. If it does not come it is asked for
// again, and then that is said.
const PATIENCE = 4000; // milliseconds
let patience = 0;
let rightly = null; // the address whose source was drawn last, if it was the one that is named
const isShown = () => (document.querySelector('#source [data-at]')?.dataset.at ?? '') === here();
const awaitSource = (tries = 0) => {
  const leaf = document.querySelector('#right');
  clearTimeout(patience);
  leaf?.classList.toggle('coming', !isShown());
  leaf?.classList.toggle('lost', !isShown() && (tries > 1 || !navigator.onLine));
  if (isShown()) return;
  if (tries) trigger('opened', { at: here() });
  patience = setTimeout(awaitSource, PATIENCE, tries + 1);
};

const turns = () => [...document.querySelectorAll('.turn[data-at]')];
const turnOf = (address) => turns().findLast((turn) => asking(turn.dataset.at) === address);

// What a link asks is sent until it is taken, as what is typed is.
let wanted = '';
const askWanted = () => {
  if (!wanted) return;
  if (!isBusy()) trigger('asked', { at: wanted });
  setTimeout(askWanted, AGAIN);
};

// Another question in the address bar: back to where it was answered on this page, or asked now.
const follow = () => {
  const now = asking(here());
  const turn = now && turnOf(now);
  const leaf = document.querySelector('#left');
  if (turn && leaf && now !== asked) bring(turn.querySelector('h2'), leaf, 0.06);
  else if (now && now !== asked) {
    endSummary();
    const isAsking = wanted !== '';
    wanted = now;
    if (!isAsking) afterSummary(askWanted);
  }
  asked = now;
  entitle();
  open();
};

const mark = (link) => {
  document.querySelectorAll('a[aria-current]').forEach((other) => other.removeAttribute('aria-current'));
  if (link) link.setAttribute('aria-current', 'true');
};

// Not scrollIntoView, which would also move the leaves against each other.
const bring = (target, leaf, share) => {
  const gap = target.getBoundingClientRect().top - leaf.getBoundingClientRect().top;
  leaf.scrollTop += gap - share * leaf.clientHeight;
};

// What was found out about an expected sentence, by the place of its answer; the thread is drawn anew with every
// question and knows nothing of it.
const sought = new Map();
const placeOf = (form) => form.querySelector('textarea').id + form.dataset.at;

// gradio takes off what the server did not write, and so folds up at every drawing what a reader has unfolded; a drawing
// may come before the browser says that anything was.
const unfolded = new Set();
const foldOf = (details) => [details.closest('.turn')?.getAttribute('aria-labelledby'), details.className].join();
document.addEventListener('click', ({ target }) => {
  const details = target.closest('#thread details > summary')?.parentElement;
  if (details) unfolded[details.open ? 'delete' : 'add'](foldOf(details)); // it is about to be
}, true);

const drawSought = () => {
  for (const details of document.querySelectorAll('#thread details')) details.open ||= unfolded.has(foldOf(details));
  for (const form of document.querySelectorAll('.why form')) {
    const { sentence, html } = sought.get(placeOf(form)) || {};
    if (sentence === undefined) continue;
    const box = form.querySelector('textarea');
    const result = form.parentElement.querySelector('.traced');
    form.parentElement.open = true;
    if (box.value !== sentence) box.value = sentence;
    if (result.innerHTML !== html) result.innerHTML = html; // escaped where it was made
  }
};

const seek = async (form) => {
  const { at, waiting, failed } = form.dataset;
  const said = (text) => Object.assign(document.createElement('p'), { className: 'ours', textContent: text }).outerHTML;
  const entry = { sentence: form.querySelector('textarea').value, html: said(waiting) };
  const place = placeOf(form);
  sought.set(place, entry);
  drawSought();
  say(waiting);
  entry.html = await server.why({ at, sentence: entry.sentence }).catch(() => said(failed));
  drawSought();
  say(new DOMParser().parseFromString(entry.html, 'text/html').querySelector('.verdict, .ours')?.textContent);
  reveal(place);
};

// A result below the leaf's edge, or below the box for the next question, is brought up.
const reveal = (place) => {
  const form = [...document.querySelectorAll('.why form')].find((other) => placeOf(other) === place);
  const leaf = form?.closest('#left');
  const bottom = document.querySelector('#question')?.getBoundingClientRect().top;
  if (leaf && form.parentElement.getBoundingClientRect().bottom > bottom) bring(form, leaf, 0.12);
};

const copy = async (button) => {
  const text = button.dataset.copy ?? location.href.split('#')[0] + button.dataset.link;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https a browser offers no clipboard but this old way to it.
    const box = Object.assign(document.createElement('textarea'), { value: text, className: 'hidden' });
    button.after(box);
    box.select();
    document.execCommand('copy');
    box.remove();
    button.focus();
  }
  done(button);
};

const done = (button) => {
  const label = button.textContent;
  if (label === button.dataset.done) return;
  say(button.dataset.done);
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = label), 1600);
};

// Newest first, oldest first, and back to the order of the answer; an essay without a date comes last.
const ORDERS = { none: 'descending', descending: 'ascending', ascending: 'none' };
const sort = (button) => {
  const head = button.closest('th');
  const body = button.closest('table').tBodies[0];
  const rows = [...body.rows];
  rows.forEach((row, place) => (row.dataset.place ??= place));
  const order = ORDERS[head.getAttribute('aria-sort')];
  head.setAttribute('aria-sort', order);
  const sign = order === 'ascending' ? 1 : -1;
  const byDate = (one, other) => {
    const [a, b] = [one.dataset.date, other.dataset.date];
    return !a - !b || sign * (a < b ? -1 : a > b ? 1 : 0) || one.dataset.place - other.dataset.place;
  };
  rows.sort(order === 'none' ? (one, other) => one.dataset.place - other.dataset.place : byDate);
  body.append(...rows);
};

// A link to what is on the screen, and a name for it in the tab, the history and among the bookmarks.
const TITLE = document.title;
const entitle = () => {
  const question = asked && turnOf(asked)?.querySelector('h2').textContent;
  document.title = question ? `${question} · ${TITLE}` : TITLE;
};

// A stop is pressed until it holds: over a slow line an answer grows on for a while, and is drawn over what was stopped.
let halted = false;
const haltAgain = () => halted && !waiting && document.querySelector('#question .stop-button')?.click();

window.yuanhua = {
  showPinned: () => drawPinned(),
  asked: (text, turns) => {
    if (text.trim()) {
      pending = 'typed';
      typed = text;
      spent = { text, asks: spent.asks + 1 };
    }
    sent();
    halted = false;
    document.querySelector('.scope')?.removeAttribute('open');
    const before = kept();
    return [text, here(), chosen + withoutModel(), JSON.stringify(before.length ? before : returning), turns];
  },
  stopped: () => {
    halted = !summing;
    return summing ? summary : '';
  },
  taken: (turns) => {
    wanted = '';
    halted = false;
    return [turns];
  },
  // Called whenever the source was drawn anew, which gradio may do more than once for one essay.
  showHit: (element) => {
    if (isShown()) awaitSource();
    else if (rightly === here()) awaitSource(1); // what came late lies over what was asked for after it
    rightly = isShown() ? here() : null;
    if (!isShown()) return;
    const hit = element.querySelector('#hit');
    const leaf = element.closest('#right');
    const place = hit || element.querySelector('.reader, .shelf');
    const at = new URLSearchParams(here());
    const which = ['d', 's', 'e'].map((name) => at.get(name)).join();
    if (!leaf || !place || (place === shown && which === shownAt)) return; // gradio makes one essay's nodes another's
    [shown, shownAt] = [place, which];
    if (hit) {
      bring(hit, leaf, 0.35);
      hit.focus({ preventScroll: true });
    } else {
      leaf.scrollTop = 0;
    }
  },
  // After a rebuild the source is drawn anew, at the same place of the same essay.
  refresh: () => {
    const now = document.querySelector('.status')?.dataset.built || built;
    if (now !== built) open();
    built = now;
    drawChosen();
  },
  // Whenever the conversation was drawn: while an answer grows, and when it is whole. Then the address is the answer's.
  showLast: (element) => {
    drawSought();
    drawPinned();
    if (halted) setTimeout(haltAgain, AGAIN);
    if (!element.querySelector('.turn')) clearing = false;
    // While a language model writes above the excerpts, and when it has ended, readers stay where they are.
    const wrote = summing;
    summing = element.querySelector('.summary.growing, .leaving') !== null;
    if (wrote || summing) return;
    drawChosen();
    drawPast();
    setTimeout(settle, 200, spent.asks); // what was sent is out of the box by then
    const last = element.querySelector('.turn:last-of-type');
    const leaf = element.closest('#left');
    document.body.classList.remove('returning');
    const wanted = pending === 'kept' && turnOf(asked);
    if (last && leaf) bring(wanted || last, leaf, 0.06);
    if (!last || !('whole' in last.dataset)) return;
    if (pending === 'kept' && turns().length < returning.length) return;
    returning = [];
    keep(turns().map((turn) => ({ typed: turn.querySelector('h2').textContent, at: turn.dataset.at })));
    if (pending === 'typed' && last.dataset.at) {
      // The essay that is open stays so, until the reader opens another.
      const opened = here().match(/(?:^|&)(d=.*)$/)?.[1];
      history.pushState(null, '', `#${last.dataset.at}${opened ? `&${opened}` : ''}`);
      asked = asking(here());
      open();
    } else if (isOpen()) {
      open(); // the other citations of the answer are known by now
    }
    if (pending !== 'kept' && !waiting) summariseSoon(last);
    pending = '';
    entitle();
  },
};

const restore = (turns) => {
  pending = 'kept';
  halted = false;
  returning = turns;
  wanted = '';
  unfolded.clear();
  document.body.classList.toggle('returning', turns.length > 0);
  trigger('restored', { turns });
};

const anew = () => {
  leave();
  history.pushState(null, '', '#');
  asked = '';
  entitle();
  restore([]);
  clearing = true;
  setTimeout(() => (clearing = false), 2 * PATIENCE);
  open();
  questionBox()?.focus();
};

const takeUpAgain = (id) => {
  const turns = takeUp(id);
  if (!turns.length) return;
  history.pushState(null, '', `#${turns.at(-1).at}`);
  asked = asking(here());
  restore(turns);
  questionBox()?.focus();
};

// Where the login is over: to the login page, and back to this very address afterwards; but not for whoever is about to
// leave, whose last requests may be refused already.
let leaving = false;
const fetched = window.fetch;
window.fetch = async (...request) => {
  const response = await fetched(...request);
  if (response.status === 401 && !leaving) location.reload();
  return response;
};

window.addEventListener('hashchange', follow);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a.cite, a.seat, .near a, a.place, .map a');
  if (link?.getAttribute('href') === location.hash) open(); // no hashchange comes for the same place
  const again = event.target.closest('a.again');
  if (again) asked = ''; // it was asked from there, perhaps, and has no answer
  if (again?.getAttribute('href') === location.hash) follow();
  const other = event.target.closest('a.language');
  if (other) other.href = other.getAttribute('href').split('#')[0] + location.hash; // the same question, the same passage
  const button = event.target.closest('button');
  if (!button) return;
  if (button.matches('.to-corpus')) document.querySelectorAll('#tabs [role="tab"]')[1]?.click();
  if (button.matches('.copy')) copy(button);
  if (button.matches('.summarise')) summariseAlone(button, button.dataset.at);
  if (button.matches('.leave-model')) trigger('modelled', { leave: 'yes' });
  keepOf(button);
  if (button.matches('.fresh')) anew();
  if (button.matches('.everyone')) {
    document.querySelector('.scope form').reset();
    questionBox()?.focus();
  }
  if (button.matches('.take-up')) takeUpAgain(button.dataset.id);
  if (button.matches('.forget')) {
    put(PAST, null);
    drawPast();
    questionBox()?.focus();
  }
  if (button.matches('.by-date')) sort(button);
  if (button.matches('.instead')) {
    const form = button.closest('.why').querySelector('form');
    form.querySelector('textarea').value = button.dataset.sentence;
    form.querySelector('textarea').focus();
    seek(form);
  }
});
document.addEventListener('submit', (event) => {
  if (event.target.matches('.scope form')) event.preventDefault();
  if (!event.target.matches('.why form')) return;
  event.preventDefault();
  seek(event.target);
});
document.addEventListener('reset', (event) => {
  if (event.target.matches('.scope form')) setTimeout(() => choose(event.target));
});
document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === 'Enter' && event.target.matches('.why textarea')) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  const step = { ArrowLeft: '.step-back', ArrowRight: '.step-on' }[event.key];
  if (step && !event.target.matches('input, textarea, select, [role="tab"]')) document.querySelector(`.steps ${step}`)?.click();
});
document.addEventListener('input', (event) => {
  const choice = event.target.closest('.scope form');
  if (choice) choose(choice);
  const form = event.target.closest('.why form');
  const entry = form && sought.get(placeOf(form));
  if (entry) entry.sentence = event.target.value;
});

const before = kept();
if (asked && !before.some((turn) => asking(turn.at) === asked)) before.push({ typed: '', at: asked });
restore(before);
open();
