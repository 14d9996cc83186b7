"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = id => document.getElementById(id);
  const letter = lane => String.fromCharCode(65 + lane);
  const most = Math.max(...data.states.map(s => s[0].length));
  const KINDS = { object: "共享内存对象", semaphore: "有名信号量", unnamed: "无名信号量，sem_init 创建在内存里", memfd: "memfd", file: "文件", pipe: "管道" };

  // 编号每次运行都不同，录下的是记号，这里换成录制时第一次运行的编号。
  const plain = text => text.replace(/\uE0F0([^\uE0F0]*)\uE0F0/g, (_, which) => data.facts.addresses[which] ?? "0x…")
    .replace(/[\uE000-\uE0EF]/g, mark => data.facts.pids[mark.charCodeAt(0) - 0xE000] ?? "?");
  const safe = text => plain(String(text)).replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

  // 每个走不动的状态是哪一种结局；走到过哪几种。
  const endingAt = new Map(data.endings.flatMap((e, i) => e.states.map(state => [state, i]))), reached = new Set();

  // 走过的次序，和现在看到第几步。
  let path = data.script.slice(), at = 0;

  const stateAt = n => {
    let state = 0;
    for (let i = 0; i < n; i++) state = data.states[state][2][path[i]];
    return state;
  };
  const lanesOf = state => data.states[state][0].map(i => data.lanes[i]);
  const objectsOf = state => data.states[state][1].map(i => data.objects[i]);

  // 源文件的着色：注释、字符串、关键字、数。
  const KEYWORDS = "abstract|as|base|bool|break|byte|case|catch|char|checked|class|const|continue|default|do|double|else|enum|false|finally|fixed|for|foreach|goto|if|in|int|internal|is|lock|long|namespace|new|nint|null|nuint|out|override|params|private|protected|public|readonly|ref|return|sealed|short|sizeof|stackalloc|static|string|struct|switch|this|throw|true|try|uint|ulong|unsafe|using|var|void|while|with|when|not|or|and";
  const TOKEN = new RegExp(`(//.*)|(\\$?@?"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)')|\\b(${KEYWORDS})\\b|\\b(\\d[\\d_a-zA-Z]*)\\b`, "g");
  const colour = line => {
    let html = "", from = 0;
    for (const m of line.matchAll(TOKEN)) {
      html += safe(line.slice(from, m.index)) + `<span class="${m[1] ? "m" : m[2] ? "s" : m[3] ? "k" : "n"}">${safe(m[0])}</span>`;
      from = m.index + m[0].length;
    }
    return html + safe(line.slice(from));
  };
  const coloured = data.parts.map(part => part.sources.map(source => source.text.split("\n").map(colour)));

  // 怎样称呼一个进程：名字一类的长参数不写，鼠标停在上面时全写。
  const titleOf = lane => lane.title.split(" ").filter(word => word.length < 15 && !word.startsWith("/")).join(" ");
  const siteOf = (lane, frame) => data.parts[lane.part].sites[frame.site];
  const stateText = lane => ({
    Ready: "停在语句之前", Asleep: "睡在 " + lane.why, Exited: "结束，退出码 " + lane.why, Killed: "死于 " + lane.why, Running: lane.why,
  })[lane.state];
  const hasFailed = lane => lane.state === "Killed" || lane.state === "Exited" && lane.why !== "0";
  const lineText = lane => {
    if (!lane.frames.length) return "";
    const [file, line, , part] = siteOf(lane, lane.frames.at(-1));
    return (part ? `（${part}）` : "") + data.parts[lane.part].sources[file].text.split("\n")[line - 1].trim();
  };

  // 一个状态里看得见的每一样：名字到文字。前后一比，就知道这一步改变了什么。
  const facts = state => {
    const all = new Map();
    lanesOf(state).forEach((lane, i) => {
      const who = letter(i);
      all.set(`${who} 的状态`, stateText(lane));
      all.set(`${who} 打印的`, lane.output.map(o => o.text).join(""));
      const frame = lane.frames.at(-1);
      if (frame) for (const v of frame.variables) all.set(`${who} 的 ${frame.function} 里的 ${v.name}`, v.value);
      for (const d of lane.descriptors) all.set(`${who} 的描述符 ${d.number}`, `${d.target} ${d.access}`);
      for (const [key, m] of mappings(lane)) all.set(`${who} 的映射 ${key}`, `${m.protection} ${m.isShared ? "共享" : "私有"}`);
    });
    const objects = objectsOf(state);
    for (const o of objects) {
      all.set(`${o.label} 的名字`, isNameless(o) ? "没有了" : "在");
      if (o.value === null) {
        all.set(`${o.label} 的大小`, o.size + " 字节");
        all.set(`${o.label} 的内容`, content(o, objects) + (o.bytes.length > 190 ? " #" + o.sum : ""));
      }
      if (o.value !== null) all.set(`${o.label} 的值`, String(o.value));
      if (o.waiters !== null) all.set(`${o.label} 的等待者`, String(o.waiters));
    }
    return all;
  };
  const mappings = lane => {
    const seen = {};
    return lane.mappings.map(m => [m.target + (seen[m.target] = (seen[m.target] ?? -1) + 1 || ""), m]);
  };

  const isNameless = o => !o.isNamed && !["memfd", "pipe", "unnamed"].includes(o.kind);

  // 一个对象的字节；其中是信号量的（另有一张卡片）写成 null。
  const bytesOf = (o, objects) => {
    const bytes = [];
    for (let i = 0; i < Math.min(o.size, 96); i++) bytes.push(i * 2 < o.bytes.length ? parseInt(o.bytes.substr(i * 2, 2), 16) : 0);
    for (const inside of objects) {
      if (inside.kind !== "unnamed" || !inside.label.startsWith(o.label + "+")) continue;
      const from = Number(inside.label.slice(o.label.length + 1));
      for (let i = from; i < Math.min(from + inside.size, bytes.length); i++) bytes[i] = null;
    }
    return bytes;
  };
  const intsOf = bytes => {
    const view = new DataView(new Uint8Array(bytes).buffer);
    return Array.from({ length: bytes.length >> 2 }, (_, i) => bytes[i * 4] === null ? null : view.getInt32(i * 4, true));
  };
  // 一个整数怎样写：进程编号写成是谁的，地址的高一半不写（Engine/Mask.cs）。
  const word = n => {
    const who = (n & 0x3fffffff) - 0x3fffe000;
    return n === null ? "信号量" : who === 0xf0 ? "地址" : who === 0xf1 ? "" : who >= 0 && who < 26 ? `${letter(who)} 的编号${n < 0 ? "|FUTEX_WAITERS" : ""}` : n;
  };
  const content = (o, objects) => {
    const bytes = bytesOf(o, objects);
    if (!bytes.length) return "空";
    const end = bytes.findIndex(b => !b), head = bytes.slice(0, end < 0 ? bytes.length : end);
    const text = new TextDecoder("utf-8").decode(new Uint8Array(head));
    if (head.length > 2 && !/[\u0000-\u001f\ufffd]/.test(text)) return `文字「${text}」`;
    if (!bytes.some(b => b)) return o.beyond ?? (bytes.length === 4 ? "整数 0" : "都是 0");
    if (bytes.length % 4) return `${bytes.length} 字节`;
    const ints = intsOf(bytes), first = ints.findIndex(i => i), last = ints.findLastIndex(i => i);
    if (bytes.length === 8 && ints[1] && ints.every(i => word(i) === i)) return `整数 ${ints[0]}、${ints[1]}；合成一个 8 字节的是 ${new DataView(new Uint8Array(bytes).buffer).getBigInt64(0, true)}`;
    return bytes.length === 4 ? "整数 " + word(ints[0]) : `第 ${first * 4} 字节起的整数 ${ints.slice(first, last + 1).map(word).filter(i => i !== "").join("、")}${o.beyond ? "，" + o.beyond : first || (last + 1) * 4 < o.size ? "，其余是 0" : ""}`;
  };
  // 画成格子：短的一个字节一格；长的四个字节一格，左边写着第几个字节，全是 0 的行不画。
  const cells = (o, objects, before) => {
    const bytes = bytesOf(o, objects), was = before && bytesOf(before, objects);
    const cell = (text, kind, changed, title) => `<span class="${kind}${changed ? " changed" : ""}" title="${title}">${text}</span>`;
    if (bytes.length <= 32 && !bytes.includes(null)) {
      return `<div class="bytes" aria-hidden="true">${bytes.map((b, i) => cell(b.toString(16).padStart(2, "0"), b ? "" : "zero", was && b !== was[i], `第 ${i} 字节`)).join("")}</div>`;
    }
    const ints = intsOf(bytes), old = was ? intsOf(was) : [];
    const rows = [];
    for (let i = 0; i < ints.length; i += 4) {
      const row = ints.slice(i, i + 4);
      if (row.some(n => n) || row.some((n, k) => was && n !== old[i + k])) rows.push(`<span class="at">${i * 4}</span>` + row.map((n, k) => cell(word(n), n === null ? "sem" : n ? "" : "zero", was && n !== old[i + k], `第 ${(i + k) * 4} 字节起的整数`)).join(""));
    }
    return rows.length ? `<div class="ints" aria-hidden="true">${rows.join("")}</div>` : "";
  };

  const buildLane = i => {
    const pane = document.createElement("section");
    pane.className = `pane lane lane-${i}`;
    pane.setAttribute("aria-labelledby", `lane-${i}-title`);
    pane.innerHTML = `<header><h2 id="lane-${i}-title"></h2><span class="pid"></span><span class="state"></span></header>
      <div class="files"></div><pre class="source" tabindex="0" aria-label="源文件"></pre>
      <h3>局部变量</h3><table class="vars"></table>
      <h3>打印了</h3><pre class="out"></pre>
      <h3>它的描述符与映射</h3><table class="held"></table>`;
    return pane;
  };
  const stage = $("stage"), panes = [];
  for (let i = 0; i < most; i++) panes.push(buildLane(i));
  const shared = document.createElement("section");
  shared.className = "pane shared";
  shared.setAttribute("aria-labelledby", "shared-title");
  shared.innerHTML = `<header><h2 id="shared-title">共享的东西</h2></header><div class="cards"></div>`;
  stage.classList.add(most > 2 ? "three" : most === 2 ? "two" : "one");
  stage.append(panes[0], shared, ...panes.slice(1));

  const goButtons = panes.map((_, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `lane-${i}`;
    button.addEventListener("click", () => go(i));
    $("go").append(button);
    return button;
  });

  // 一个进程的源文件：就要走的、睡在里面的、刚走的，已经结束的停在它最后走的一句。
  const showSource = (pane, lane, ran) => {
    const box = pane.querySelector(".source"), files = pane.querySelector(".files"), frame = lane?.frames.at(-1);
    if (!lane) {
      box.dataset.shown = files.textContent = "";
      box.innerHTML = `<span class="l empty" data-n=""> 还没有启动</span>`;
      return;
    }
    const [file, line, end, part] = frame ? siteOf(lane, frame) : ran ?? [0, 0, 0, ""], key = `${lane.part}/${file}`;
    if (box.dataset.shown !== key) {
      box.dataset.shown = key;
      box.innerHTML = coloured[lane.part][file].map((html, n) => `<span class="l" data-n="${n + 1}">${html || " "}</span>`).join("");
    }
    [...box.children].forEach((l, n) => {
      const here = n + 1 >= line && n + 1 <= end;
      l.classList.toggle("now", here && lane.state === "Ready");
      l.classList.toggle("sleeping", here && lane.state === "Asleep");
      l.classList.toggle("died", here && lane.state === "Killed");
      l.classList.toggle("ran", !!ran && ran[0] === file && n + 1 >= ran[1] && n + 1 <= ran[2]);
      l.classList.toggle("call", !here && lane.frames.slice(0, -1).some(f => { const s = siteOf(lane, f); return s[0] === file && s[1] === n + 1; }));
      if (frame && n + 1 === line) l.setAttribute("aria-current", "step"); else l.removeAttribute("aria-current");
    });
    const first = box.children[line - 1];
    if (first) box.scrollTop = first.offsetTop - box.clientHeight / 2 + 20;
    box.scrollLeft = 0;
    files.textContent = data.parts[lane.part].sources[file].name + (frame ? `：第 ${line} 行，${frame.function}${part ? `，这一步是「${part}」` : ""}` : ran ? `：最后走的是第 ${line} 行` : "");
  };

  const mark = (changed, key) => changed.has(key) ? ' class="changed"' : "";

  const showLane = (i, lane, changed, ran) => {
    const pane = panes[i], who = letter(i);
    pane.querySelector("h2").innerHTML = `<b>${who}</b> ${lane ? `<span title="${safe(lane.title)}">${safe(titleOf(lane))}</span>` : "（还没有启动）"}`;
    pane.querySelector(".pid").textContent = lane ? `进程 ${data.facts.pids[i]}` : "";
    const state = pane.querySelector(".state");
    state.className = `state ${lane?.state ?? ""}${lane && hasFailed(lane) ? " failed" : ""}${changed.has(`${who} 的状态`) ? " changed" : ""}`;
    state.textContent = lane ? plain(stateText(lane)) : "";
    showSource(pane, lane, ran);
    const frame = lane?.frames.at(-1);
    pane.querySelector(".vars").innerHTML = frame?.variables.length
      ? frame.variables.map(v => `<tr${mark(changed, `${who} 的 ${frame.function} 里的 ${v.name}`)}><th scope="row"><code>${safe(v.name)}</code></th><td><code>${safe(v.value)}</code></td></tr>`).join("")
      : `<tr><td class="empty">没有</td></tr>`;
    const out = pane.querySelector(".out");
    out.classList.toggle("changed", changed.has(`${who} 打印的`));
    out.innerHTML = lane?.output.length ? lane.output.map(o => `<span class="${o.isError ? "err" : ""}">${safe(o.text)}</span>`).join("") : `<span class="empty">什么也没有</span>`;
    const rows = (lane?.descriptors ?? []).map(d => `<tr${mark(changed, `${who} 的描述符 ${d.number}`)}><th scope="row">描述符 ${d.number}</th><td><code>${safe(d.target)}</code> ${d.access}</td></tr>`)
      .concat(lane ? mappings(lane).map(([key, m]) => `<tr${mark(changed, `${who} 的映射 ${key}`)}><th scope="row">映射</th><td><code>${safe(m.target)}</code> ${m.protection} ${m.isShared ? "共享" : "私有"}，${m.offset ? `从 ${m.offset} 起 ` : ""}${m.length} 字节，在 <code>${data.facts.addresses[`${i}|${m.target}|${nthOf(lane, m)}`] ?? "?"}</code>${m.isDeleted ? ` <span class="gone">(deleted)</span>` : ""}</td></tr>`) : []);
    pane.querySelector(".held").innerHTML = rows.join("") || `<tr><td class="empty">没有</td></tr>`;
  };
  const nthOf = (lane, mapping) => lane.mappings.filter(m => m.target === mapping.target).indexOf(mapping);

  const showShared = (objects, lanes, changed, before) => {
    const cards = objects.map(o => {
      const hit = what => changed.has(`${o.label} 的${what}`) ? " changed" : "";
      const named = o.kind === "memfd" ? "没有名字，只有描述符" : o.kind === "pipe" || o.kind === "unnamed" ? "" : o.isNamed ? "名字在" : `<span class="gone">名字已经没有了，东西还在</span>`;
      const held = lanes.flatMap((lane, i) => [
        ...lane.descriptors.filter(d => d.target === o.label).map(d => `${letter(i)} 的描述符 ${d.number}`),
        ...lane.mappings.filter(m => m.target === o.label).map(m => `${letter(i)} 的映射 ${m.protection}`)]);
      const body = o.value !== null ? `<div>值 <span class="value${hit("值")}">${o.value}</span>　等待者 <span class="value${hit("等待者")}">${o.waiters}</span></div>`
        : o.kind === "semaphore" ? `<div class="kind">这个 libc 的信号量看不出值</div>`
        : o.kind === "pipe" ? `<div>还没有读走 <span class="${hit("大小")}">${o.size} 字节</span></div>` + (o.size ? `<div class="${hit("内容")}">${safe(content(o, objects))}</div>` : "")
        : `<div>大小 <span class="value${hit("大小")}">${o.size}</span> 字节</div>` +
          (o.size ? cells(o, objects, before?.find(b => b.label === o.label && b.size === o.size)) : "") +
          `<div class="${hit("内容")}">${safe(content(o, objects))}</div>`;
      const title = o.kind === "unnamed" ? o.label.replace(/\+(\d+)$/, " 的第 $1 字节起") : o.label;
      return `<article class="card${isNameless(o) ? " nameless" : ""}"><div><span class="name">${safe(title)}</span> <span class="kind">${KINDS[o.kind]}　<span class="${hit("名字")}">${named}</span></span></div>${body}<ul>${held.map(h => `<li>${h}</li>`).join("")}</ul></article>`;
    });
    shared.querySelector(".cards").innerHTML = cards.join("") || `<p class="empty">现在什么也没有。</p>`;
  };

  const runs = lanes => {
    let text = "";
    for (let i = 0, n; i < lanes.length; i += n) {
      for (n = 1; lanes[i + n] === lanes[i]; n++);
      text += letter(lanes[i]) + (n > 1 ? n : "");
    }
    return text;
  };
  const parse = text => [...text.matchAll(/([A-Z])(\d*)/g)].flatMap(m => Array(Number(m[2] || 1)).fill(m[1].charCodeAt(0) - 65));

  // 一个进程最后走的一句。
  const lastOf = i => {
    for (let n = at; n > 0; n--) {
      const lane = path[n - 1] === i && lanesOf(stateAt(n - 1))[i];
      if (lane && lane.frames.length) return siteOf(lane, lane.frames.at(-1));
    }
    return null;
  };

  // 一处改变，写成一句话；不必说的为空。
  const say = ([key, was, value]) => {
    const [, who, what] = key.match(/^(.*) (?:的 ?)?(状态|打印的|名字|大小|内容|值|等待者)$/) ?? [];
    if (what === "状态") return was === undefined ? `${who} 启动了` : !value.startsWith("停在") ? `${who} ${value}` : was.startsWith("睡在 sem_wait") ? `${who} 醒了，取走了 post 加上的 1` : was.startsWith("睡在") ? `${who} 醒了` : "";
    if (what === "打印的") return `${who} 打印「${value.slice((was ?? "").length).trim().replaceAll("\n", " ⏎ ")}」`;
    if (what === "名字") return value === undefined ? `${who} 没有了` : was === undefined ? `出现了 ${who}` : `${who} 的名字没有了，东西还在`;
    const name = key.replace(/ 的 \S+ 里的 /, " 的 "), shown = text => text.replace(/^→ (?!那里)/, "指着 ").replace(/^→ /, "");
    return value === undefined ? `${name} 没有了` : was === undefined ? `${name}：${shown(value)}` : `${name}：${shown(was)} → ${shown(value)}`;
  };

  const show = () => {
    const state = stateAt(at), lanes = lanesOf(state), objects = objectsOf(state);
    const now = facts(state), before = at > 0 ? facts(stateAt(at - 1)) : null;
    const changes = [];
    if (before) {
      for (const [key, value] of now) if (before.get(key) !== value && value !== "") changes.push([key, before.get(key), value]);
      // 东西没有了，说一次就够。
      for (const [key, value] of before) if (!now.has(key) && !/ 里的 | 的(大小|内容|值|等待者)$/.test(key)) changes.push([key, value, undefined]);
    }
    const changed = new Set(changes.map(c => c[0]));
    const mover = at > 0 ? lanesOf(stateAt(at - 1))[path[at - 1]] : null, ran = mover?.frames.length ? siteOf(mover, mover.frames.at(-1)) : null;
    for (let i = 0; i < most; i++) showLane(i, lanes[i], changed, i === path[at - 1] ? ran : lanes[i]?.frames.length === 0 ? lastOf(i) : null);
    showShared(objects, lanes, changed, at > 0 ? objectsOf(stateAt(at - 1)) : null);

    goButtons.forEach((button, i) => {
      const lane = lanes[i], why = whyNot(i);
      // 不用 disabled：正按着的按钮变成不能按，键盘的焦点就丢了。
      button.setAttribute("aria-disabled", why !== "");
      button.innerHTML = `${letter(i)} ${safe(lane ? titleOf(lane) : "")} 走一步<small>${safe(why || lineText(lane))}</small>`;
    });
    const slider = $("slider");
    slider.max = path.length;
    slider.value = at;
    slider.setAttribute("aria-valuetext", `第 ${at} 步，共 ${path.length} 步`);
    // 自己走到的最后一步后面没有了，不等于走完了：不说一共几步。
    $("position").textContent = at < path.length || endingAt.has(state) ? `第 ${at} / ${path.length} 步` : `第 ${at} 步`;
    $("back").setAttribute("aria-disabled", at === 0);
    $("forward").setAttribute("aria-disabled", at >= path.length);
    $("order").textContent = at ? "次序 " + runs(path.slice(0, at)) : "";
    const ending = endingAt.get(state);
    if (ending !== undefined && !reached.has(ending)) {
      reached.add(ending);
      $("ending-list").children[ending].querySelector(".reached").textContent = "走到过";
    }
    const said = changes.map(say).filter(text => text);
    $("change").textContent = plain(at === 0 ? "开头：都停在第一条语句之前。让谁先走？按「前进」，就照推荐的次序走一步。"
      : `${letter(path[at - 1])} 走了${ran ? `第 ${ran[1]} 行 ${lineText(mover)}` : "一步"}　${said.join("；") || "看得见的都没有变"}。${ending === undefined ? "" : ` 都走完了，或都不能走了：${data.endings[ending].bad ? "✗" : "✓"} ${data.endings[ending].text}。`}`);
    $("change").classList.toggle("bad", ending !== undefined && data.endings[ending].bad || lanes.some((lane, i) => hasFailed(lane) && changed.has(`${letter(i)} 的状态`)));
    history.replaceState(null, "", at ? "#" + runs(path.slice(0, at)) : location.pathname + location.search);
  };

  // 一个进程现在为什么不能走；能走是空的。
  const whyNot = i => {
    const state = stateAt(at), lane = lanesOf(state)[i];
    return !lane ? "还没有启动" : lane.state !== "Ready" ? stateText(lane) : data.states[state][2][i] >= 0 ? "" : "这一步没有录下";
  };
  const go = lane => {
    if (whyNot(lane)) { $("change").textContent = plain(`${letter(lane)} 现在不能走：${whyNot(lane)}。`); return; }
    if (path[at] !== lane) path = path.slice(0, at).concat(lane);
    at++;
    show();
  };
  const moveTo = n => {
    const to = Math.max(0, Math.min(path.length, n));
    if (to !== at) { at = to; show(); }
  };
  const jump = (order, n) => {
    path = [];
    let state = 0;
    for (const lane of order) {
      state = data.states[state][2][lane];
      if (!(state >= 0)) break;
      path.push(lane);
    }
    at = Math.min(n, path.length);
    show();
  };

  $("back").addEventListener("click", () => moveTo(at - 1));
  const forward = () => {
    if (at === path.length && !endingAt.has(stateAt(at))) $("change").textContent = "推荐的次序到这里为止，后面由你走：按字母键，或者上面的按钮。";
    moveTo(at + 1);
  };
  $("forward").addEventListener("click", forward);
  $("slider").addEventListener("input", e => moveTo(Number(e.target.value)));
  $("script").addEventListener("click", () => {
    jump(data.script, 0);
    $("change").textContent = "回到了开头：按「前进」，照推荐的次序一步一步走；随时可以换成自己走。";
  });
  const bad = data.endings.find(e => e.bad);
  $("break").hidden = !bad;
  $("safe").hidden = bad || !data.complete;
  $("early").hidden = !data.endings.some(e => !e.bad && /退出码 [1-9]/.test(e.text));
  // 停在看得出不对的那一步：先走到末尾，那一种结局就算走到过。
  const jumpToEnd = ({ order, bad, at: first }) => {
    jump(order, order.length);
    moveTo(first);
    $("change").textContent += bad ? ` 是哪一步造成的？按 ← 一步一步退回去看${at < path.length ? "；按 → 看之后怎样收场" : ""}。` : " 按 ← 退回去，看它怎样走到这里。";
    $("change").scrollIntoView({ block: "center" });
  };
  $("break").addEventListener("click", () => jumpToEnd(bad));
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const lane = e.key.length === 1 ? e.key.toUpperCase().charCodeAt(0) - 65 : -1;
    const inSource = e.target.matches?.(".source, input");
    if (lane >= 0 && lane < most && e.key.length === 1) go(lane);
    else if (e.key === "ArrowLeft" && !inSource || e.key === "Backspace") moveTo(at - 1);
    else if (e.key === "ArrowRight" && !inSource || e.key === "Enter" && e.target === document.body) forward();
    else if (e.key === "Home" && !inSource) moveTo(0);
    else if (e.key === "End" && !inSource) moveTo(path.length);
    else return;
    e.preventDefault();
  });
  addEventListener("hashchange", () => jump(parse(location.hash), Infinity));

  const theme = dark => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    $("theme").setAttribute("aria-pressed", dark);
    $("theme").textContent = dark ? "浅色" : "深色";
  };
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  theme(preferred.matches);
  preferred.addEventListener("change", e => theme(e.matches));
  $("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));

  $("title").textContent = `${data.key} · ${data.title}`;
  $("intro").innerHTML = safe(data.intro).replace(/\[([^\]]+)\]\(([\w-]+\.html)\)/g, '<a href="$2">$1</a>');
  $("helpers").hidden = !data.parts.some(part => part.sources.some(source => source.text.includes("Undo.")));
  $("origin").textContent = `这里的每个状态，都由真实的进程走到过：${data.facts.runs} 次运行，${data.states.length} 个状态${data.complete ? "，每个次序都走遍了" : "，没有走完"}。`
    + "看到的都来自 /proc 与 /dev/shm。进程编号与地址每次运行都不同，这里写的是录制时最先看到的；描述符的编号偶尔也不同；随机数的种子固定。"
    + (data.constants ? `源文件里的常量在舞台上换了值，一步一步才走得完：${data.constants}。` : "");
  $("ending-list").innerHTML = data.endings.map((e, i) => `<li><button type="button" data-ending="${i}">看 ${e.order.length} 步</button><span class="${e.bad ? "bad" : "good"}">${e.bad ? "✗" : "✓"} ${safe(e.text)} <span class="reached"></span></span></li>`).join("");
  $("ending-list").addEventListener("click", e => {
    const button = e.target.closest("[data-ending]");
    if (button) jumpToEnd(data.endings[button.dataset.ending]);
  });
  if (location.hash.length > 1) jump(parse(location.hash), Infinity); else show();

  // 给测试：到每个状态去一次。
  window.stage = { data, jump, get state() { return stateAt(at); } };
})();
