// Answers that are kept: as a file, or pinned. Follows page.js, as one script.
const keptAt = (button) => button.closest('[data-at]')?.dataset.at ?? '';

const download = (name, text) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

// What went wrong, below the button.
const complain = (button, problem) => {
  const place = button.closest('.actions, .doings');
  const line = place.nextElementSibling?.matches('.complaint') ? place.nextElementSibling : node('p', 'note complaint');
  line.textContent = problem;
  if (problem) place.after(line);
  else line.remove();
  say(problem);
};

const saveAnswer = async (button) => {
  const { answer, summary, failed } = button.closest('.actions').dataset;
  const { name, text, problem } = await server.save({ at: keptAt(button), answer, summary }).catch(() => ({ problem: failed }));
  complain(button, problem ?? '');
  if (problem !== undefined) return;
  download(name, text);
  done(button);
};

const pinnedNow = () => new Set([...document.querySelectorAll('.pinned')].map((pin) => asking(pin.dataset.at)));

// The list is one for all readers and drawn anew as it changes; it stays open, and the answers know whether they are in it.
let pinsOpen = false;
const drawPinned = () => {
  const list = document.querySelector('details.pins');
  if (list) list.open = pinsOpen;
  const all = pinnedNow();
  for (const button of document.querySelectorAll('.turn .pin')) {
    button.textContent = all.has(asking(keptAt(button))) ? button.dataset.unpin : button.dataset.pin;
  }
};

const change = async (button, verb, sent) => {
  const failed = document.querySelector('.actions')?.dataset.failed ?? '';
  const problem = await server[verb]({ at: keptAt(button), ...sent }).catch(() => failed);
  complain(button, problem);
  if (!problem) trigger('repinned', {});
};

const keepOf = (button) => {
  if (button.matches('.save')) saveAnswer(button);
  if (button.matches('.actions .pin')) {
    const verb = pinnedNow().has(asking(keptAt(button))) ? 'unpin' : 'pin';
    change(button, verb, { answer: button.closest('.actions').dataset.answer });
  }
  if (button.matches('.unpin')) change(button, 'unpin', {});
  if (button.matches('.seen')) change(button, 'accept', { digest: button.dataset.digest });
  if (button.matches('.to-pins')) {
    const list = document.querySelector('details.pins');
    list.open = pinsOpen = true;
    bring(list, document.querySelector('#left'), 0.08);
    list.querySelector('summary').focus({ preventScroll: true });
  }
};

document.addEventListener('toggle', (event) => {
  if (event.target.matches('details.pins')) pinsOpen = event.target.open;
}, true);
