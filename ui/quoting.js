// The room where a text is pasted and its quotations are checked. Follows page.js, as one script.
const checkQuotations = async (form) => {
  if (form.dataset.busy) return;
  const result = form.parentElement.querySelector('.checked');
  const said = (text) => Object.assign(document.createElement('p'), { className: 'ours', textContent: text }).outerHTML;
  const { waiting, failed } = form.dataset;
  form.dataset.busy = 'yes';
  result.innerHTML = said(waiting);
  say(waiting);
  const text = form.querySelector('textarea').value;
  result.innerHTML = await server.check_quotations({ text }).catch(() => said(failed)); // escaped where it was made
  delete form.dataset.busy;
  say(result.querySelector('.verdict, .ours')?.textContent);
  const leaf = form.closest('#left');
  if (leaf && result.getBoundingClientRect().top > leaf.getBoundingClientRect().bottom - 160) bring(result, leaf, 0.3);
};
document.addEventListener('submit', (event) => {
  if (!event.target.matches('.quoting form')) return;
  event.preventDefault();
  checkQuotations(event.target);
});
// A text has lines, so Enter alone sends nothing.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !event.target.matches('.quoting textarea')) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
