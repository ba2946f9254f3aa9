// Runs in the page before anything of the page does and notes what the page
// shows, and when: `at` is performance.now().
(() => {
  const rig = { sound: [], marks: [], clock: [], contexts: 0, shifts: 0, shifted: [], violations: [] };
  Object.defineProperty(window, '__rig', { value: rig });
  const now = () => performance.now();

  // What the page shows.
  const mark = (kind, value) => rig.marks.push({ at: now(), kind, value: String(value ?? '') });
  const begin = () => {
    const root = document.documentElement;
    const names = { 'data-mouth': 'mouth', 'data-state': 'state', 'data-link': 'link', 'data-transport': 'transport',
      'data-avatar-state': 'mood', 'data-busy': 'busy', 'data-audio': 'audio' };
    new MutationObserver((all) => {
      for (const m of all) mark(names[m.attributeName], root.getAttribute(m.attributeName));
    }).observe(root, { attributes: true, attributeFilter: Object.keys(names) });
    new MutationObserver((all) => {
      let word = false;
      for (const m of all) {
        const node = m.target;
        if (m.type === 'attributes' && node.id === 'caption') word = true;
        else if (m.type === 'childList' && (node.id === 'polite' || node.id === 'urgent')) {
          for (const added of m.addedNodes) mark(node.id, added.textContent);
        }
      }
      const caption = document.getElementById('caption');
      if (word && caption) mark('word', JSON.stringify([caption.dataset.item ?? '', caption.dataset.word ?? '']));
    }).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-word', 'data-item'] });
  };
  if (document.documentElement) begin();
  else new MutationObserver((_, o) => { if (document.documentElement) { o.disconnect(); begin(); } }).observe(document, { childList: true });
  addEventListener('keydown', (e) => mark('key', e.key + ' ' + e.timeStamp), true);
  addEventListener('securitypolicyviolation', (e) => rig.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`), true);
  try {
    new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) { rig.shifts += e.value; rig.shifted.push(...e.sources.map((s) => s.node?.id || s.node?.nodeName)); } })
      .observe({ type: 'layout-shift', buffered: true });
  } catch {}

})();
