
// The room of the essays: what is typed in a line of the list, what is removed, and what is dropped onto the page. The
// list is drawn anew after every change and every rebuild, whatever the reader is doing in it. Follows page.js, as one
// script.
const FIELDS = ['title', 'author', 'date'];
const list = () => document.querySelector('#corpus-list');
const editing = () => list()?.querySelector('tr.editing form');
const editButton = (name) => [...(list()?.querySelectorAll('.edit') ?? [])].find((button) => button.dataset.name === name);

// What is being typed, and what kept it from being saved: { name, values, field, fault }.
let draft = null;
const drawDraft = () => {
  const button = editButton(draft.name);
  if (!button) return;
  const line = list().querySelector('template.editing').content.cloneNode(true);
  const form = line.querySelector('form');
  form.dataset.name = draft.name;
  for (const field of FIELDS) form.elements[field].value = draft.values[field];
  button.closest('tr').after(line);
  drawFault(form);
};
const drawFault = (form) => {
  for (const place of form.querySelectorAll('.fault')) {
    const here = Boolean(draft.fault) && place.id === `fault-${draft.field}`;
    const box = form.elements[place.id.replace('fault-', '')];
    place.hidden = !here;
    place.textContent = here ? draft.fault : '';
    if (here) box?.setAttribute('aria-invalid', 'true');
    else box?.removeAttribute('aria-invalid');
    if (here) box?.setAttribute('aria-describedby', place.id);
    else box?.removeAttribute('aria-describedby');
  }
};
const edit = (button) => {
  editing()?.closest('tr').remove();
  const values = Object.fromEntries(FIELDS.map((field) => [field, button.dataset[field]]));
  draft = { name: button.dataset.name, values, field: '', fault: '', at: ['title'] };
  drawDraft();
  editing()?.elements.title.focus();
};
const endEdit = () => {
  const { name } = draft ?? {};
  draft = null;
  editing()?.closest('tr').remove();
  editButton(name)?.focus();
};
// The form stays until the server has taken what is in it.
const save = async (form) => {
  const mine = draft;
  const { name } = mine;
  const values = { ...mine.values };
  const failed = { field: '', text: form.dataset.failed };
  const { field, text } = await server.save_fields({ name, ...values }).catch(() => failed);
  if (!text) trigger('edited', { name });
  if (draft !== mine) return; // it was closed meanwhile
  if (text) {
    Object.assign(draft, { field, fault: text });
    if (editing()) drawFault(editing());
    editing()?.elements[field]?.focus();
  } else if (FIELDS.every((one) => mine.values[one] === values[one])) {
    endEdit(); // or more was typed meanwhile
  }
};
// Where the reader was in the form, to the character.
const remember = ({ target }) => {
  if (!draft || target.form !== editing()) return;
  if (target.name in draft.values) draft.values[target.name] = target.value;
  draft.at = [target.name, target.selectionStart, target.selectionEnd];
};
const returnToDraft = () => {
  const [name, ...selection] = draft.at;
  const box = editing()?.elements[name];
  if (!box || document.activeElement !== document.body) return;
  box.focus({ preventScroll: true });
  if (selection.length) box.setSelectionRange(...selection);
};

// A line that was removed is as high as it was, so that no other comes to lie under the pointer.
const heights = new Map();
const remove = (button) => {
  const { name, confirm } = button.dataset;
  if (confirm && !window.confirm(confirm)) return;
  heights.set(name, button.closest('tr').getBoundingClientRect().height);
  trigger('removed', { name });
};

const drawn = () => {
  if (draft && list()?.querySelector('template') && !editing()) {
    drawDraft();
    returnToDraft();
  }
  for (const line of document.querySelectorAll('tr.gone')) {
    const height = `${heights.get(line.dataset.name) ?? 0}px`;
    if (line.style.height !== height) line.style.height = height;
  }
  const input = chooser();
  const accept = document.querySelector('.corpus')?.dataset.accept;
  if (input && accept && input.accept !== accept) input.accept = accept;
};
new MutationObserver(drawn).observe(document.body, { childList: true, subtree: true });

// Files, chosen or dropped. The server says by their names and sizes which of them are worth sending; gradio would send
// none where one is not, and say so in English.
const chooser = () => document.querySelector('#upload input[type="file"]');
let left = []; // what was not sent, until it is told
let handing = false;
const hand = async (files) => {
  while (!chooser()) await new Promise((done) => setTimeout(done, 200)); // others are on their way
  const box = new DataTransfer();
  for (const file of files) box.items.add(file);
  handing = true;
  chooser().files = box.files;
  chooser().dispatchEvent(new Event('change'));
  handing = false;
};
const take = async (files) => {
  const offers = files.map(({ name, size }) => [name, size]);
  const all = offers.map((_, place) => place);
  const good = new Set(await server.sift({ files: JSON.stringify(offers) }).catch(() => all));
  left = [...left, ...offers.filter((_, place) => !good.has(place))];
  const sent = files.filter((_, place) => good.has(place));
  if (sent.length) hand(sent);
  else trigger('left', { files: window.yuanhua.left() });
};
window.yuanhua.left = () => JSON.stringify(left.splice(0));
window.addEventListener(
  'change',
  (event) => {
    if (handing || event.target !== chooser()) return;
    event.stopImmediatePropagation();
    const files = [...event.target.files];
    event.target.value = ''; // or the same file, chosen again, would be no change
    take(files);
  },
  true,
);

// A file that is dropped beside its place would take the browser away from the page.
const dropping = (event) => {
  const { dataTransfer, type, target } = event;
  if (![...(dataTransfer?.types ?? [])].includes('Files')) return;
  event.preventDefault();
  event.stopPropagation();
  const room = document.querySelector('#corpus-room');
  const here = Boolean(room?.checkVisibility() && target.closest?.('#left'));
  if (type === 'dragover') dataTransfer.dropEffect = here ? 'copy' : 'none';
  room?.classList.toggle('dropping', here && type !== 'drop' && !(type === 'dragleave' && !event.relatedTarget));
  if (type === 'drop' && here) take([...dataTransfer.files]);
};
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) window.addEventListener(type, dropping, true);

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.matches('.remove')) remove(button);
  if (button.matches('.undo')) trigger('undone', { name: button.dataset.name, place: button.dataset.place });
  if (button.matches('.edit')) edit(button);
  if (button.matches('tr.editing .cancel')) endEdit();
  if (button.matches('.stop-job')) trigger('halted', {});
  if (button.matches('#rebuild:not([aria-disabled])')) trigger('rebuilt', {});
});
document.addEventListener('submit', (event) => {
  if (!event.target.matches('tr.editing form')) return;
  event.preventDefault();
  save(event.target);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.isComposing && event.target.closest('tr.editing')) endEdit();
});
for (const type of ['input', 'focusin', 'keyup', 'pointerup']) document.addEventListener(type, remember);
