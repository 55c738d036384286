// Comfort only: every page works without this module.
const $ = (selector, root = document) => [...root.querySelectorAll(selector)];

// after a refused form, the focus goes to the error summary
$('.icri-summary')[0]?.focus();

// on a telephone the page's own entry of the menu, or of the tabs, may lie outside its strip
$('.icri-nav [aria-current], .icri-tabs [aria-current]').forEach(one => {
  const strip = one.closest('.icri-scroll');
  if (strip) strip.scrollLeft = one.offsetLeft - (strip.clientWidth - one.offsetWidth) / 2;
});

// fields that depend on another one: data-shown-when="name=value|other"
const refresh = () => $('[data-shown-when]').forEach(box => {
  const [name, values] = box.dataset.shownWhen.split('=');
  const inputs = $(`[name="${CSS.escape(name)}"]`);
  // an answer that is hidden itself shows nothing
  const now = inputs.filter(i => !i.closest('[data-shown-when][hidden]')).flatMap(i => /radio|checkbox/.test(i.type) ? (i.checked ? i.value : i.type === 'checkbox' ? '' : []) : i.value);
  box.hidden = inputs.length > 0 && !now.some(value => values.split('|').includes(value));
});
refresh();
document.addEventListener('change', refresh);

// a long set of ticks can be searched; what is ticked stays in sight
$('[data-filter]').forEach(box => {
  const set = box.closest('fieldset'), status = $('[role=status]', box)[0];
  const rows = $('.form-check', set).map(row => ({row, text: row.textContent.toLowerCase(), tick: $('input', row)[0]}));
  const filter = event => {
    const wanted = event.target.value.trim().toLowerCase();
    rows.forEach(({row, text, tick}) => { row.hidden = !text.includes(wanted) && !tick.checked; });
    $('p', set).filter(title => title.dataset.group).forEach(title => {
      title.hidden = rows.every(({row, tick}) => row.hidden || tick.value[0] !== title.dataset.group);
    });
    status.textContent = rows.some(({text}) => text.includes(wanted)) ? '' : box.dataset.none;
  };
  box.hidden = false;
  $('input', box)[0].addEventListener('input', filter);
  $('input', box)[0].addEventListener('keydown', event => { if (event.key === 'Enter') event.preventDefault(); });
});

// suggestions while typing: data-lookup names the catalogue; the list is ours, as a browser's own hides what does not
// begin like the input (WAI-ARIA combobox with a listbox)
$('input[data-lookup]').forEach(input => {
  const list = document.createElement('ul'), frame = document.createElement('div');
  Object.assign(list, {id: `${input.id}-elenco`, className: 'icri-options', role: 'listbox', hidden: true});
  list.setAttribute('aria-label', input.labels[0]?.firstChild.textContent.trim() ?? '');
  const told = input.closest('.icri-field').nextElementSibling?.querySelector('[data-meaning]');
  frame.className = `icri-combo ${[...input.classList].filter(name => name.startsWith('w-')).join(' ')}`;
  input.replaceWith(frame);
  frame.append(input, list);
  for (const [name, value] of Object.entries({role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id})) input.setAttribute(name, value);
  let wait, last, at = -1;
  const options = () => [...list.children];
  const move = to => {
    at = to;
    options().forEach((option, number) => option.setAttribute('aria-selected', number === at));
    options()[at]?.scrollIntoView({block: 'nearest'});
    at < 0 ? input.removeAttribute('aria-activedescendant') : input.setAttribute('aria-activedescendant', `${list.id}-${at}`);
  };
  const open = is => { list.hidden = !is; input.setAttribute('aria-expanded', is); move(-1); };
  const tell = text => { if (told) { told.textContent = text; told.hidden = !text; } };
  const choose = option => {
    last = input.value = option.dataset.value;
    tell(option.dataset.name ? `${last}: ${option.dataset.name}` : '');
    open(false);
    input.dispatchEvent(new Event('change', {bubbles: true}));
  };
  input.addEventListener('input', () => {
    clearTimeout(wait);
    tell('');
    const text = input.value.trim();
    if (text.length < 2) { last = ''; list.replaceChildren(); return open(false); }
    wait = setTimeout(async () => {
      if (text === last) return;
      last = text;
      const answer = await fetch(`/registrazione/cerca/${input.dataset.lookup}?q=${encodeURIComponent(text)}`).catch(() => null);
      if (!answer?.ok) last = '';
      if (!answer?.ok || text !== input.value.trim()) return;
      list.replaceChildren(...(await answer.json()).map(({value, label}, number) => {
        const option = Object.assign(document.createElement('li'), {id: `${list.id}-${number}`, role: 'option', textContent: label ?? value});
        Object.assign(option.dataset, {value, name: label?.slice(value.length + 1) ?? ''});
        return option;
      }));
      open(list.children.length > 0 && document.activeElement === input);
    }, 200);
  });
  input.addEventListener('keydown', event => {
    const {key} = event, count = list.children.length;
    if (list.hidden ? key !== 'ArrowDown' || !count : !/^(ArrowDown|ArrowUp|Enter|Escape)$/.test(key)) return;
    if (key === 'Enter' && at < 0) return open(false);
    event.preventDefault();
    if (list.hidden) open(true);
    if (key === 'Enter') choose(options()[at]);
    else if (key === 'Escape') open(false);
    else move(key === 'ArrowDown' ? (at + 1) % count : (at <= 0 ? count : at) - 1);
  });
  list.addEventListener('pointerdown', event => { event.preventDefault(); });
  list.addEventListener('click', event => { const option = event.target.closest('li'); if (option) choose(option); });
  input.addEventListener('blur', () => { clearTimeout(wait); open(false); });
});

// a form is sent once; coming back with the browser's arrow makes it usable again
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener('pageshow', () => $('form[data-sent]').forEach(form => delete form.dataset.sent));

// uploads: the same form by XHR, so that its progress shows; the page that comes back takes the place of this one
const show = (request, form, id) => {
  const page = new DOMParser().parseFromString(request.responseText, 'text/html');
  const main = page.querySelector('main');
  if (!main) return location.assign(form.action);
  document.querySelector('main').replaceWith(document.adoptNode(main));
  document.title = page.title;
  refresh();
  watchEnd();
  const line = document.querySelector(`form[data-upload="${CSS.escape(id)}"] [data-progress]`);
  if (request.status === 200 && line) line.textContent = form.dataset.done;
  const target = $('.icri-summary')[0] ?? document.getElementById(`${id}-t`);
  target?.focus();
  target?.scrollIntoView();
};
document.addEventListener('submit', event => {
  const form = event.target, file = form.querySelector('input[type=file]');
  if (!form.dataset.upload || !file?.files.length || event.defaultPrevented) return;
  event.preventDefault();
  const request = new XMLHttpRequest(), line = form.querySelector('[data-progress]');
  const box = form.querySelector('.icri-progress'), bar = box.querySelector('progress');
  const button = form.querySelector('button.btn-primary');
  const fail = () => { box.hidden = true; button.disabled = false; delete form.dataset.sent; line.textContent = form.dataset.failed; };
  let told = -1;
  request.upload.addEventListener('progress', ({loaded, total}) => {
    bar.value = total ? Math.floor(100 * loaded / total) : 0;
    if (bar.value >= told + 5 || bar.value === 100) line.textContent = `${told = bar.value} %`; // not every step is read out
  });
  request.addEventListener('load', () => show(request, form, form.dataset.upload));
  request.addEventListener('error', fail);
  request.addEventListener('abort', fail);
  request.open('POST', form.action);
  box.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
});

// who else has this application open: asked for every half minute while the page is in sight, read out when it changes
const present = $('[data-present]')[0];
if (present) {
  const asking = setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(present.dataset.present, {redirect: 'manual'}).catch(() => null);
    if (answer && !answer.ok && answer.status < 500) return clearInterval(asking); // signed out, or it is gone
    if (!answer?.ok) return;
    const {text} = await answer.json();
    if (text !== present.textContent) present.textContent = text;
  }, 30000);
}

// two minutes before the session ends, offer to go on without leaving the page
const box = document.getElementById('fine-sessione');
if (box) {
  const length = Math.max(0, new Date(document.body.dataset.sessionEnds) - Date.now());
  const warn = () => setTimeout(() => { box.hidden = false; }, Math.max(0, length - 120000));
  warn();
  box.querySelector('button').addEventListener('click', async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok) { box.hidden = true; warn(); }
  });
}

// ten minutes before an applicant's session ends, ask in a dialog: the browser gives the focus back where it was, and
// nothing typed on the page is touched; looking again and again finds the moment also after the computer has slept
let watching;
function watchEnd() {
  clearInterval(watching);
  const ending = document.getElementById('fine-bozza');
  if (!ending) return;
  const dialog = document.createElement('dialog'), later = $('[type=button]', ending)[0], failed = $('[role=status]', ending)[0];
  for (const [name, value] of Object.entries({role: 'alertdialog', 'aria-labelledby': 'fine-bozza-t', class: 'icri-ending'})) dialog.setAttribute(name, value);
  ending.before(dialog);
  let ends, isTold;
  const count = seconds => { ends = Date.now() + 1000 * seconds; isTold = false; };
  const look = () => {
    if (isTold || Date.now() < ends - 600000) return;
    isTold = true;
    ending.hidden = later.hidden = false;
    dialog.append(ending);
    dialog.showModal();
  };
  later.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => { later.hidden = true; dialog.after(ending); });
  ending.addEventListener('submit', async event => {
    event.preventDefault();
    const answer = await fetch(ending.action, {method: 'POST'}).catch(() => null);
    const page = new DOMParser().parseFromString(answer?.ok ? await answer.text() : '', 'text/html'), fresh = page.getElementById('fine-bozza');
    failed.textContent = fresh ? '' : failed.dataset.failed;
    if (!fresh) return;
    count(fresh.dataset.seconds);
    $('strong', ending)[0].textContent = $('strong', fresh)[0].textContent;
    dialog.close();
    ending.hidden = true;
    document.getElementById('fine-bozza-s').textContent = failed.dataset.done;
  });
  count(ending.dataset.seconds);
  look();
  watching = setInterval(look, 10000);
}
watchEnd();

// the queue by keyboard: single keys, off where somebody types, and off for good by the tick below the list (WCAG 2.1.4)
const keys = $('[data-keys]')[0];
if (keys) {
  const tick = $('input', keys)[0], links = $('[data-rows] th a');
  const go = by => links[Math.min(Math.max(links.indexOf(document.activeElement) + by, 0), links.length - 1)]?.focus();
  const acts = {'/': () => $('#q')[0].focus(), j: () => go(1), k: () => go(-1), '?': () => tick.focus()};
  keys.hidden = false;
  tick.checked = localStorage.getItem('scorciatoie') !== 'no';
  tick.addEventListener('change', () => localStorage.setItem('scorciatoie', tick.checked ? 'si' : 'no'));
  document.addEventListener('keydown', event => {
    const {key, target} = event;
    if (!tick.checked || !Object.hasOwn(acts, key) || event.ctrlKey || event.metaKey || event.altKey || target.matches('input:not([type=checkbox]),select,textarea')) return;
    event.preventDefault();
    acts[key]();
  });
}
