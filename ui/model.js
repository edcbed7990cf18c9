// A language model, if there is one: named in a form, and asked for a summary of each new answer unless this reader wants
// none. page.js follows, as one script.
const UNWANTED = `yuanhua.model:${HOME}`;
AREAS[UNWANTED] = () => localStorage;
const isWanted = () => load(UNWANTED) !== 'off';
const withoutModel = () => (isWanted() ? '' : '&model=off');

// Whoever asks on does not wait for it. Not by the stop button, which would end the next answer too. One that was stopped is
// drawn as such at once, and once more when it has ended.
let summing = false;
const endSummary = () => summing && trigger('unwanted', { name: summary });
// What is asked is sent when it has ended; one that was not begun yet says nothing of its end.
const MOST_TRIES = 20;
const afterSummary = (then, tries = 0) => {
  if (summing && tries < MOST_TRIES) setTimeout(afterSummary, AGAIN, then, tries + 1);
  else then();
};

let summary = ''; // a name for the one that is being written
const summarise = (at) => {
  summing = true;
  halted = false;
  summary = crypto.getRandomValues(new Uint32Array(2)).join('');
  trigger('summarised', { at, name: summary });
};
// What draws the conversation does so alone: of two at once, each would draw over what the other has made.
const isBusy = () => waiting || document.querySelector('#question .stop-button') !== null;
const summariseAlone = (button, at) => {
  button.disabled = true;
  endSummary();
  if (isBusy()) setTimeout(summariseAlone, AGAIN, button, at);
  else summarise(at);
};
// Of an answer that was just asked for; what comes back after a reload is summarised when the reader says so.
const summariseSoon = (turn) => {
  const button = turn.querySelector('.summarise:not([disabled])');
  if (!button || !isWanted()) return;
  button.disabled = true;
  summarise(button.dataset.at);
};

const drawWanted = () => {
  const box = document.querySelector('.model .wanted input');
  if (box) box.checked = isWanted();
};
document.addEventListener('toggle', (event) => event.target.matches?.('.model') && drawWanted(), true);
document.addEventListener('change', (event) => {
  if (event.target.matches('.model .wanted input')) put(UNWANTED, event.target.checked ? null : 'off');
});
document.addEventListener('submit', (event) => {
  if (!event.target.matches('.model form')) return;
  event.preventDefault();
  const { url, name, key } = event.target.elements;
  trigger('modelled', { url: url.value, name: name.value, key: key.value });
  key.value = '';
});
