// The address bar is the state: #q=question&d=essay&s=start&e=end. Citations are links that change it, so the
// keyboard, the back button and "copy link" work without further code.
const read = () => {
  const at = new URLSearchParams(location.hash.slice(1));
  const number = (name) => Number.parseInt(at.get(name) || '0', 10) || 0;
  return { question: at.get('q') || '', document: at.get('d') || '', start: number('s'), end: number('e') };
};

let shown = null;
let asked = read().question;
let built = '';

const open = () => {
  const at = read();
  document.querySelector('#book')?.classList.toggle('source-open', Boolean(at.document));
  trigger('opened', at);
};

// Another question in the address bar: back to where it was answered on this page, or asked now.
const follow = () => {
  const { question } = read();
  const heads = [...document.querySelectorAll('.turn h2')].filter((head) => head.textContent === question);
  const leaf = document.querySelector('#left');
  if (heads.length && leaf && question !== asked) bring(heads.at(-1), leaf, 0.06);
  else if (question && question !== asked) trigger('asked', { question });
  asked = question;
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
const placeOf = (form) => form.querySelector('textarea').id + form.dataset.question;

const drawSought = () => {
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
  const { question, waiting, failed } = form.dataset;
  const said = (text) => Object.assign(document.createElement('p'), { className: 'ours', textContent: text }).outerHTML;
  const entry = { sentence: form.querySelector('textarea').value, html: said(waiting) };
  const place = placeOf(form);
  sought.set(place, entry);
  drawSought();
  entry.html = await server.why({ question, sentence: entry.sentence }).catch(() => said(failed));
  drawSought();
  reveal(place);
};

// A result below the leaf's edge, or below the box for the next question, is brought up.
const reveal = (place) => {
  const form = [...document.querySelectorAll('.why form')].find((other) => placeOf(other) === place);
  const leaf = form?.closest('#left');
  const bottom = document.querySelector('#question')?.getBoundingClientRect().top;
  if (leaf && form.parentElement.getBoundingClientRect().bottom > bottom) bring(form, leaf, 0.12);
};

window.yuanhua = {
  asked: (text, turns) => {
    const question = text.trim();
    if (question) {
      history.pushState(null, '', '#' + new URLSearchParams({ q: question }));
      asked = question;
      open();
    }
    return [text, turns];
  },
  // Called whenever the source was drawn anew, which gradio may do more than once for one essay.
  showHit: (element) => {
    const hit = element.querySelector('#hit');
    const leaf = element.closest('#right');
    const place = hit || element.querySelector('.reader, .shelf');
    if (!leaf || !place || place === shown) return;
    shown = place;
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
  },
  showLast: (element) => {
    drawSought();
    const last = element.querySelector('.turn:last-of-type');
    const leaf = element.closest('#left');
    if (last && leaf) bring(last, leaf, 0.06);
  },
};

// Where the login is over: to the login page, and back to this very address afterwards.
const fetched = window.fetch;
window.fetch = async (...request) => {
  const response = await fetched(...request);
  if (response.status === 401) location.reload();
  return response;
};

window.addEventListener('hashchange', follow);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a.cite, .near a, a.place');
  if (link) {
    mark(link);
    if (link.getAttribute('href') === location.hash) open(); // no hashchange comes for the same place
  }
  const other = event.target.closest('a.language');
  if (other) other.href = other.getAttribute('href').split('#')[0] + location.hash; // the same question, the same passage
  const button = event.target.closest('button.remove');
  if (button && window.confirm(button.dataset.confirm)) trigger('removed', { name: button.dataset.name });
  const instead = event.target.closest('button.instead');
  if (instead) {
    const form = instead.closest('.why').querySelector('form');
    form.querySelector('textarea').value = instead.dataset.sentence;
    form.querySelector('textarea').focus();
    seek(form);
  }
});
document.addEventListener('submit', (event) => {
  if (!event.target.matches('.why form')) return;
  event.preventDefault();
  seek(event.target);
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !event.target.matches('.why textarea')) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
document.addEventListener('input', (event) => {
  const form = event.target.closest('.why form');
  const entry = form && sought.get(placeOf(form));
  if (entry) entry.sentence = event.target.value;
});

const first = read();
if (first.question) trigger('asked', { question: first.question });
open();
