"use strict";
// Text of a model reaches the page through textContent alone.
(() => {
  const COLUMN = 120, ROW = 22, RADIUS = 7, SVG = "http://www.w3.org/2000/svg";
  const SCALE = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]; // viridis
  const data = JSON.parse(document.getElementById("data").textContent);
  const nodes = data.nodes, best = new Set(data.best), last = data.rounds.length;
  const by = (id) => document.getElementById(id);
  const children = nodes.map(() => []);
  nodes.forEach((node, id) => { if (node.parent !== null) children[node.parent].push(id); });
  const state = { node: 0, round: last, scorer: data.scorers[0] ?? "", answer: null, x: 0, y: 0, zoom: 1 };

  function visible(text) { // control characters as pictures of themselves, halves of pairs as what they are
    return text.toWellFormed ? pictured(text.toWellFormed()) : pictured(text);
  }
  function pictured(text) {
    return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
      const code = char.charCodeAt(0);
      return code < 32 ? String.fromCharCode(0x2400 + code) : "\ufffd";
    });
  }
  function make(parent, name, attributes = {}, text = "") {
    const space = parent.namespaceURI === SVG ? SVG : null;
    const element = space ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = visible(text);
    parent.append(element);
    return element;
  }
  function range() { // the scores of this tree: they may all be low, and still tell its steps apart
    const scores = nodes.map((node) => node.scores[state.scorer]).filter((score) => score !== undefined);
    return scores.length ? [scores.reduce((a, b) => Math.min(a, b)), scores.reduce((a, b) => Math.max(a, b))] : [0, 1];
  }
  function colour(score, [least, most] = [0, 1]) {
    if (score === undefined) return "#9aa0a8";
    const part = most > least ? (score - least) / (most - least) : 0.5;
    const at = Math.min(Math.max(part, 0), 1) * (SCALE.length - 1), low = Math.min(Math.floor(at), SCALE.length - 2);
    const mixed = SCALE[low].map((from, i) => Math.round(from + (SCALE[low + 1][i] - from) * (at - low)));
    return `rgb(${mixed.join(",")})`;
  }
  const shown = (id) => nodes[id].round <= state.round;
  const place = (id) => [40 + nodes[id].depth * COLUMN, 30 + nodes[id].row * ROW];
  const number = (value, digits = 3) => Number(value).toFixed(digits);

  // The tree, drawn once; what the controls change are classes, fills and a transformation.
  const circles = [], groups = [], edges = [], given = [];
  nodes.forEach((node, id) => {
    const [x, y] = place(id);
    if (node.parent !== null) {
      const [px, py] = place(node.parent), middle = (px + x) / 2;
      const line = `M${px},${py} C${middle},${py} ${middle},${y} ${x},${y}`;
      const kinds = ["edge", best.has(id) && "best", node.said && "reply"];
      edges[id] = make(by("edges"), "path", { d: line, class: kinds.filter(Boolean).join(" ") });
    }
    const kinds = ["node", best.has(id) && "best", node.answer !== null && "solution", !node.end && !children[id].length && "open"];
    const group = make(by("nodes"), "g", {
      class: kinds.filter(Boolean).join(" "), transform: `translate(${x},${y})`, role: "treeitem", tabindex: "-1",
      "aria-level": node.depth + 1, "data-node": id,
    });
    circles[id] = make(group, "circle", { r: RADIUS });
    given[id] = make(group, "text", { x: -4, y: -10, class: "given" });
    if (node.end) make(group, "text", { x: RADIUS + 5, y: 4 }, node.answer ?? `(${node.end})`);
    group.addEventListener("click", () => choose(id, true));
    groups[id] = group;
  });

  function choose(id, focus) {
    groups[state.node].classList.remove("chosen");
    groups[state.node].setAttribute("tabindex", "-1");
    state.node = id;
    groups[id].classList.add("chosen");
    groups[id].setAttribute("tabindex", "0");
    if (focus) groups[id].focus({ preventScroll: true });
    const node = nodes[id], sum = node.logprobs.reduce((a, b) => a + b, 0), n = node.logprobs.length;
    by("step-name").textContent = id ? `Step ${id}` : "Prompt";
    list(by("step-facts"), [
      ["depth", node.depth], ["round", id ? node.round : null], ["tokens", node.nTokens],
      ["given tokens", node.nGiven || null], ["user", node.said || null],
      ["log-probability", n ? `${number(sum, 2)} nats, ${number(sum / n)} a token` : null],
      ...Object.entries(node.scores).map(([name, score]) => [`score ${name}`, number(score, 4)]),
      ["children", allocations(id) || null], ["end", node.end], ["answer", node.answer],
    ]);
    by("step-text").textContent = visible(id ? node.text : data.prompt);
    bars(node.logprobs);
    remember();
  }
  function allocations(id) {
    const parts = data.rounds.flatMap((round) => round.widths.filter(([node]) => node === id).map(([, width]) => `${width} in round ${round.number}`));
    return parts.join(", ");
  }
  function list(target, pairs) {
    target.replaceChildren();
    for (const [name, value] of pairs) {
      if (value === null || value === undefined) continue;
      make(target, "dt", {}, String(name));
      make(target, "dd", {}, String(value));
    }
  }
  function bars(logprobs) {
    const picture = by("logprobs");
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${Math.max(logprobs.length, 40)} 10`);
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("aria-label", "How unlikely each token was");
    logprobs.slice(0, 4000).forEach((logprob, at) => {
      const height = Math.max(0.15, 10 * (1 - Math.exp(logprob))); // full height is a token that was hardly possible
      make(picture, "rect", { x: at + 0.1, y: 10 - height, width: 0.8, height });
    });
  }

  function draw() {
    const widths = new Map(data.rounds[state.round - 1]?.widths ?? []), bounds = range();
    by("least").textContent = number(bounds[0], 2);
    by("most").textContent = number(bounds[1], 2);
    nodes.forEach((node, id) => {
      const score = node.scores[state.scorer], isLater = !shown(id);
      groups[id].classList.toggle("later", isLater);
      edges[id]?.classList.toggle("later", isLater);
      groups[id].classList.toggle("dim", state.answer !== null && node.answer !== null && node.canonical !== state.answer);
      circles[id].setAttribute("fill", id ? colour(score, bounds) : "#9aa0a8");
      const width = state.round === last ? children[id].length : widths.get(id) ?? 0;
      given[id].textContent = width > 1 || (width && state.round !== last) ? `×${width}` : "";
      const label = [id ? `step ${id}` : "prompt", score === undefined ? "" : `score ${number(score, 2)}`, node.said && "reply to the user", node.end ?? "", node.answer ?? ""];
      groups[id].setAttribute("aria-label", visible(label.filter(Boolean).join(", ")));
    });
    const n = nodes.filter((_, id) => id && shown(id)).length;
    by("round-shown").textContent = `${state.round} of ${last}, ${n} steps`;
    by("round").value = state.round;
  }
  function move() {
    by("view").setAttribute("transform", `translate(${state.x},${state.y}) scale(${state.zoom})`);
  }
  function fit() {
    const box = by("tree").getBoundingClientRect();
    const width = 220 + Math.max(...nodes.map((node) => node.depth)) * COLUMN;
    const height = 60 + Math.max(...nodes.map((node) => node.row)) * ROW;
    state.zoom = Math.min(1.25, box.width / width, Math.max(box.height / height, 0.15));
    state.x = 0;
    state.y = Math.max(0, (box.height - height * state.zoom) / 2);
    move();
  }
  function zoom(factor, x, y) {
    const next = Math.min(4, Math.max(0.05, state.zoom * factor)), by_ = next / state.zoom;
    state.x = x - (x - state.x) * by_;
    state.y = y - (y - state.y) * by_;
    state.zoom = next;
    move();
  }
  function reveal(id) { // a node that the keyboard chose comes into sight
    const box = by("tree").getBoundingClientRect(), [x, y] = place(id).map((at) => at * state.zoom);
    state.x = Math.min(Math.max(state.x, 30 - x), box.width - 60 - x);
    state.y = Math.min(Math.max(state.y, 30 - y), box.height - 30 - y);
    move();
  }

  // The address remembers what is chosen, so that a reader can point at it: page.html#node=12&round=3
  function remember() {
    history.replaceState(null, "", `#node=${state.node}&round=${state.round}`);
  }
  function recall() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const node = Number(wanted.get("node") ?? data.best.at(-1) ?? 0), round = Number(wanted.get("round") ?? last);
    state.round = Number.isInteger(round) && round >= 0 && round <= last ? round : last;
    choose(Number.isInteger(node) && node >= 0 && node < nodes.length ? node : 0, false);
    draw();
  }

  by("tree").addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = by("tree").getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  let drag = null;
  by("tree").addEventListener("pointerdown", (event) => { if (event.target === by("tree")) drag = [event.clientX - state.x, event.clientY - state.y]; });
  addEventListener("pointermove", (event) => {
    if (!drag) return;
    [state.x, state.y] = [event.clientX - drag[0], event.clientY - drag[1]];
    move();
  });
  addEventListener("pointerup", () => { drag = null; });
  by("nodes").addEventListener("keydown", (event) => {
    const parent = nodes[state.node].parent, siblings = parent === null ? [0] : children[parent].filter(shown);
    const at = siblings.indexOf(state.node);
    const next = {
      ArrowLeft: parent, ArrowRight: children[state.node].filter(shown)[0],
      ArrowUp: siblings[at - 1], ArrowDown: siblings[at + 1], Home: 0,
    }[event.key];
    if (next === undefined || next === null) return;
    event.preventDefault();
    choose(next, true);
    reveal(next);
  });
  by("round").addEventListener("input", () => { state.round = Number(by("round").value); draw(); remember(); });
  by("scorer").addEventListener("change", () => { state.scorer = by("scorer").value; draw(); });
  by("fit").addEventListener("click", fit);
  by("controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);

  by("question").textContent = visible(data.facts.question);
  by("summary").textContent = visible([data.facts.strategy, data.facts.model, data.facts.answer && `answer ${data.facts.answer}`].filter(Boolean).join(" · "));
  list(by("facts"), Object.entries(data.facts).filter(([name]) => name !== "question"));
  by("solution").textContent = visible(data.solution || "none");
  data.scorers.forEach((name) => make(by("scorer"), "option", { value: name }, name));
  by("round").setAttribute("max", last);
  for (let at = 0; at < 30; at += 1) make(by("scale").querySelector("svg"), "rect", { x: at * 3, width: 3, height: 12, fill: colour(at / 29) });
  const body = by("votes").querySelector("tbody");
  data.votes.forEach((vote) => {
    const row = make(body, "tr", { tabindex: "0" });
    for (const text of [vote.answer, String(vote.count), number(vote.weight)]) make(row, "td", {}, text);
    const like = nodes.find((node) => node.answer === vote.answer);
    const pick = () => { state.answer = like && state.answer !== like.canonical ? like.canonical : null; draw(); };
    row.addEventListener("click", pick);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(); });
  });
  fit();
  recall();
})();
