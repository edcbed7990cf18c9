// The box for a question and the form beside it: whom it is put to, and that it is sent. page.js follows, as one
// script.

// Whom to ask, as it was chosen in the form; the form is drawn anew when the index changes.
let chosen = '';
const choose = (form) => {
  const fields = new URLSearchParams();
  for (const box of form.elements) {
    if (box.name && (box.type === 'checkbox' ? box.checked : box.value && box.validity.valid)) fields.append(box.name, box.value);
  }
  chosen = fields.toString();
  form.querySelector('#bad-time').hidden = form.checkValidity();
  sayChosen(form.closest('.scope'));
};
// 2024-08, as the page's language writes it in running text.
const dated = (scope, time) => {
  const parts = time.split('-');
  const said = scope.dataset[['year', 'month', 'day'][parts.length - 1]];
  const number = (part) => (document.documentElement.lang.startsWith('zh') ? part.replace(/^0+/, '') : part);
  return time && said.replace('{year}', parts[0]).replace('{month}', number(parts[1] || '')).replace('{day}', number(parts[2] || ''));
};
const sayChosen = (scope) => {
  const fields = new URLSearchParams(chosen);
  const label = (name) => [...scope.querySelectorAll('input[name="n"]')].find((box) => box.value === name)?.dataset.label || name;
  const times = ['from', 'to'].map((end) => dated(scope, fields.get(end) || ''));
  const parts = [...fields.getAll('a'), ...fields.getAll('n').map(label)];
  if (times[0] && times[0] === times[1]) parts.push(scope.dataset.at.replace('{date}', times[0]));
  else {
    if (times[0]) parts.push(scope.dataset.from.replace('{date}', times[0]));
    if (times[1]) parts.push(scope.dataset.to.replace('{date}', times[1]));
  }
  scope.querySelector('.chosen').textContent = parts.join(scope.dataset.join) || scope.dataset.all;
  scope.classList.toggle('narrow', parts.length > 0);
  scope.parentElement.querySelector('.everyone').hidden = !parts.length;
};
const drawChosen = () => {
  const scope = document.querySelector('.scope');
  if (!scope || scope.dataset.drawn) return;
  scope.dataset.drawn = 'yes';
  const fields = new URLSearchParams(chosen);
  for (const box of scope.querySelectorAll('input')) {
    if (box.type === 'checkbox') box.checked = fields.getAll(box.name).includes(box.value);
    else box.value = fields.get(box.name) || '';
  }
  sayChosen(scope);
};

// A question is sent until it is taken: gradio leaves out what comes while an answer is on its way, or one that was stopped
// has not ended yet.
const AGAIN = 150; // milliseconds
let waiting = false; // whether a question was sent and is not taken yet
let sending = 0;
let clearing = false; // what the reader has left still stands there
const send = () => {
  waiting = true;
  isBack = true; // what is sent from here on is not put back into the box
  endSummary();
  sending = setTimeout(sayWaiting, 2 * AGAIN);
  afterSummary(tryToSend);
};
const tryToSend = () => {
  if (!waiting) return;
  if (!clearing) document.querySelector('#question .submit-button')?.click();
  setTimeout(tryToSend, AGAIN);
};
const sayWaiting = () => {
  const { next } = document.querySelector('#masthead header').dataset;
  const place = document.querySelector('#question');
  place.dataset.waiting = next;
  place.classList.add('waiting');
  say(next);
};
const sent = () => {
  waiting = false;
  clearTimeout(sending);
  document.querySelector('#question').classList.remove('waiting');
};

// Before gradio hears of it; what we click ourselves is for gradio.
const takeOver = (event) => {
  if (!event.isTrusted || !questionBox()?.value.trim()) return;
  event.preventDefault();
  event.stopPropagation();
  if (!waiting) send();
};
document.addEventListener(
  'keydown',
  (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.target === questionBox()) takeOver(event);
  },
  true,
);
document.addEventListener('click', (event) => event.target.closest('#question .submit-button') && takeOver(event), true);

