// Brings the parts of a page that are marked data-live (and have an id) up to date: fetches the page anew every few
// seconds and changes what differs, node by node, so that focus, scrolling, opened details and text under way stay.
"use strict";

(() => {
  const EVERY = 5000, LONGEST = 60000, GIVE_UP = 15000, TELL_AFTER = 2;
  const state = document.getElementById("live-state");
  if (!state || !document.querySelector("[data-live][id]")) return;

  let failures = 0, timer = 0, isOver = false, good = new Date();

  // Said politely, and only when it changes.
  function say(words) {
    if (state.textContent !== words) state.textContent = words;
  }

  function clock(moment) {
    return moment.toISOString().slice(11, 16);
  }

  // What a node is, for one like it to be found again among its neighbours.
  function keyOf(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (node.id || node.dataset.key) return `${node.tagName} ${node.id || node.dataset.key}`;
    if (node.tagName === "INPUT") return `INPUT ${node.name}`;
    const link = node.tagName === "TR" && node.querySelector("a[href]");
    return link ? `TR ${link.getAttribute("href")}` : "";
  }

  function isAlike(before, after) {
    return before.nodeType === after.nodeType && before.nodeName === after.nodeName && keyOf(before) === keyOf(after);
  }

  function takeAttributes(before, after) {
    for (const { name, value } of after.attributes) {
      if (before.getAttribute(name) !== value) before.setAttribute(name, value);
    }
    for (const { name } of [...before.attributes]) {
      const isReaders = name === "open" && before.tagName === "DETAILS";
      if (!after.hasAttribute(name) && !isReaders) before.removeAttribute(name);
    }
  }

  function bring(before, after) {
    if (before.isEqualNode(after)) return;
    if (before.nodeType !== Node.ELEMENT_NODE) {
      before.nodeValue = after.nodeValue;
      return;
    }
    if (before.matches("input:not([type=hidden]), textarea, select")) return; // what is typed there is the reader's
    takeAttributes(before, after);
    bringChildren(before, after);
  }

  function bringChildren(before, after) {
    const keyed = new Map();
    for (const child of before.childNodes) {
      const key = keyOf(child);
      if (key && !keyed.has(key)) keyed.set(key, child);
    }
    let place = before.firstChild;
    for (const wanted of [...after.childNodes]) {
      const known = keyed.get(keyOf(wanted));
      if (place && isAlike(place, wanted)) {
        const next = place.nextSibling;
        keyed.delete(keyOf(wanted));
        bring(place, wanted);
        place = next;
      } else if (known && known !== place) {
        keyed.delete(keyOf(wanted));
        before.insertBefore(known, place);
        bring(known, wanted);
      } else {
        before.insertBefore(document.importNode(wanted, true), place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  function isSelectedIn(part) {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && selection.containsNode(part, true);
  }

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const after = fresh.getElementById(part.id);
      if (!after || isSelectedIn(part)) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement : null;
      bring(part, after);
      // A node that is moved loses the focus.
      if (focused && focused.isConnected && document.activeElement !== focused) {
        focused.focus({ preventScroll: true });
      }
    }
  }

  async function refresh() {
    const patience = new AbortController();
    const bell = setTimeout(() => patience.abort(), GIVE_UP);
    try {
      const answer = await fetch(location.href, {
        headers: { "X-Live": "1", Accept: "text/html" }, cache: "no-store", redirect: "error", signal: patience.signal,
      });
      if (answer.status === 401) {
        isOver = true;
        say("Your session is over: load the page anew to log in.");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      if (failures >= TELL_AFTER) say("Up to date again.");
      else if (failures === 0) say("");
      failures = 0;
      good = new Date();
    } catch {
      failures += 1;
      if (failures >= TELL_AFTER) say(`Not reachable: what is shown is of ${clock(good)} UTC.`);
    } finally {
      clearTimeout(bell);
    }
  }

  function wait() {
    clearTimeout(timer);
    if (!isOver && !document.hidden) timer = setTimeout(turn, Math.min(EVERY * 2 ** failures, LONGEST));
  }

  async function turn() {
    clearTimeout(timer);
    await refresh();
    wait();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : turn()));
  wait();
})();
