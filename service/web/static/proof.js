// The proof of work of the first form, in ALTCHA's protocol (version 1): look for the number whose hash is the challenge.
// Without crypto.subtle (no https) or without this script the form is sent as it is, and a stricter limit applies.
const field = document.querySelector('input[data-challenge]');
const form = field?.form, status = form?.querySelector('[data-proof]');
const CHUNK = 1000;

const solve = async ({algorithm, challenge, salt, maxNumber}, told) => {
  const encoder = new TextEncoder(), head = parseInt(challenge.slice(0, 8), 16);
  const hex = hash => [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, '0')).join('');
  for (let from = 0; from <= maxNumber; from += CHUNK) {
    const hashes = await Promise.all(Array.from({length: Math.min(CHUNK, maxNumber - from + 1)}, (_, step) =>
      crypto.subtle.digest(algorithm, encoder.encode(salt + (from + step)))));
    const at = hashes.findIndex(hash => new DataView(hash).getUint32(0) === head && hex(hash) === challenge);
    if (at >= 0) return from + at;
    told(from / maxNumber);
    // let the page breathe: people are typing
    await new Promise(go => setTimeout(go));
  }
  throw new Error('no solution');
};

if (field && globalThis.crypto?.subtle) {
  const asked = JSON.parse(field.dataset.challenge);
  let waiting = null, isOver = false, step = 0;
  const say = text => { status.textContent = text; };
  const told = part => {
    // a screen reader hears four of these, not hundreds
    if (part * 4 < step) return;
    step = Math.floor(part * 4) + 1;
    say(`${waiting ? status.dataset.wait : status.dataset.working} ${Math.round(part * 100)}%`);
  };
  form.addEventListener('submit', event => {
    if (isOver) return;
    // not yet: it goes by itself as soon as the number is found
    event.preventDefault();
    event.stopPropagation();
    waiting = {button: event.submitter};
    say(status.dataset.wait);
  });
  solve(asked, told).then(number => {
    const {algorithm, challenge, salt, signature} = asked;
    field.value = btoa(JSON.stringify({algorithm, challenge, number, salt, signature}));
    say(status.dataset.done);
  }).catch(() => say('')).finally(() => {
    isOver = true;
    if (waiting) form.requestSubmit(waiting.button);
  });
}
