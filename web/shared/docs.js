// What reading gets beside the text, where scripts run: a button that copies
// code, and a mark at the section that is being read.

for (const block of document.querySelectorAll('.code')) {
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'copy';
  copy.textContent = 'Copy';
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'Not allowed';
    }
    setTimeout(() => (copy.textContent = 'Copy'), 2000);
  });
  block.append(copy);
}

const sections = new Map([...document.querySelectorAll('#here a')].map((link) => [link.getAttribute('href')?.slice(1) ?? '', link]));
const headings = [...document.querySelectorAll('main :is(h2, h3)[id]')].filter((heading) => sections.has(heading.id));

/** The section that is being read is the last whose heading has passed the top of the window. */
function mark() {
  const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
  const now = sections.get((passed.at(-1) ?? headings[0])?.id ?? '');
  for (const link of sections.values()) {
    if (link === now) link.setAttribute('aria-current', 'location');
    else link.removeAttribute('aria-current');
  }
}

if (headings.length > 0) {
  let waiting = false;
  addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  }, { passive: true });
  mark();
}
