"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = id => document.getElementById(id);
  const full = [0, data.duration || 1];

  // Numbers for people, as in the text of the page.
  const digits = (v, n) => v === 0 ? "0" : Number(v.toPrecision(n)).toLocaleString("en-US", { maximumFractionDigits: 12 });
  const none = render => v => v == null || !isFinite(v) ? "–" : render(v);
  const number = none(v => digits(v, 3));
  const percent = none(v => digits(v * 100, 3) + "%");
  const money = none(v => "$" + (v !== 0 && v < 0.01 ? digits(v, 2) : v.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })));
  const pair = (s, big, bigUnit, small, smallUnit) => {
    const rest = Math.floor(s % big / small);
    return Math.floor(s / big) + " " + bigUnit + (rest ? " " + rest + " " + smallUnit : "");
  };
  const duration = none(s => {
    if (s === 0 || (s >= 1 && s < 60)) return digits(s, 3) + " s";
    if (s < 1e-6) return digits(s * 1e9, 3) + " ns";
    if (s < 1e-3) return digits(s * 1e6, 3) + " µs";
    if (s < 1) return digits(s * 1e3, 3) + " ms";
    s = Math.round(s);
    return s < 3600 ? pair(s, 60, "min", 1, "s") : s < 86400 ? pair(s, 3600, "h", 60, "min") : pair(s, 86400, "d", 3600, "h");
  });
  const two = n => String(n).padStart(2, "0");
  const clock = s => {
    if (s < 60) return digits(s, 4) + " s";
    s = Math.round(s);
    const day = Math.floor(s / 86400), h = Math.floor(s % 86400 / 3600), m = Math.floor(s % 3600 / 60), rest = s % 60;
    return (day ? day + " d " : "") + (day || h ? h + ":" + two(m) + (rest ? ":" + two(rest) : "") + " h" : m + (rest ? ":" + two(rest) : "") + " min");
  };
  const instant = (s, step) => {
    if (s === 0) return "0";
    if (step < 1) return digits(s, 6) + " s";
    s = Math.round(s);
    if (step >= 86400 || s % 86400 === 0) return Math.round(s / 86400) + " d";
    return clock(s).replace(/^(\d+ d )?(\d+):00 h$/, "$1$2 h");
  };
  const steps = [.1, .5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 5184000, 7776000, 31536000];
  const timeSplits = (u, axis, min, max) => {
    const wanted = (max - min) / Math.max(2, Math.floor(u.width / 90));
    const step = steps.find(s => s >= wanted) || wanted;
    const out = [];
    for (let t = Math.ceil(min / step) * step; t <= max + step * 1e-9; t += step) out.push(t);
    return out;
  };

  // Charts.
  const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const stepped = uPlot.paths.stepped({ align: -1 });
  const line = (label, key, stroke, more) => ({ label, key, stroke, ...more });
  const some = values => values.some(v => v > 0);
  const charts = {
    traffic: w => ({ from: w, render: number, lines: [
      line("completed", "completions", "green", { fill: true }), line("arrivals", "arrivals", "ink", { width: 1 }),
      ...(some(w.failures) ? [line("failed", "failures", "red", { fill: true })] : []) ] }),
    latency: w => ({ from: w, render: duration, log: true, bounds: w.bounds, lines: [
      line("p50", "p50", "blue"), line("p95", "p95", "orange"), line("p99", "p99", "red") ] }),
    replicas: w => ({ from: w, render: number, least: 4, lines: [
      line("ready", "ready", "blue", { step: true, fill: true }), line("not ready", "starting", "orange", { step: true }),
      ...(some(w.pending) ? [line("pending", "pending", "red", { step: true, width: 1 })] : []),
      line("desired", "desired", "ink", { step: true, width: 1 }) ] }),
    queue: w => ({ from: w, render: number, least: 4, lines: [ line("in service", "inService", "green"), line("waiting", "queued", "red", { fill: true }) ] }),
    slots: w => ({ from: w, render: percent, least: 1, lines: [ line("in use", "slots", "blue", { fill: true }) ] }),
    nodes: (w, c) => ({ from: c, render: number, least: 4, lines: [
      line("ready", "ready", "blue", { step: true, fill: true }), line("booting", "booting", "orange", { step: true }),
      ...(some(c.draining) ? [line("draining", "draining", "purple", { step: true })] : []),
      line("pods pending", "pending", "red", { step: true, width: 1 }) ] }),
    cost: (w, c) => ({ from: c, render: money, lines: [ line("per hour", "cost", "green", { step: true, fill: true }) ] }),
    reserved: (w, c) => ({ from: c, render: percent, least: 1, lines: [ line("CPU", "cpu", "blue"), line("memory", "memory", "orange"),
      ...(c.gpu ? [line("GPU", "gpu", "green"), line("GPU, idle and fragmented", "gpuFragmented", "red")] : []) ] }),
  };
  const perWorkload = ["traffic", "latency", "replicas", "queue", "slots"];
  const live = {};
  let workload = 0;
  let range = full;

  const setRange = (min, max) => {
    const width = Math.min(max - min, full[1]);
    min = Math.max(0, Math.min(min, full[1] - width));
    range = [min, min + width];
    for (const u of Object.values(live)) u.setScale("x", { min, max: min + width });
  };
  const options = (id, spec, place) => {
    const ink = color("quiet"), grid = color("grid");
    // Wide enough for the longest label: all charts alike, but for those of waits of many minutes.
    const labelWidth = (u, labels) => Math.max(64, 14 + 6.5 * Math.max(0, ...(labels || []).map(label => label.length)));
    const axis = { stroke: ink, font: "12px system-ui, sans-serif", grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    const series = spec.lines.map(l => ({
      label: l.label, stroke: color(l.stroke), width: l.width || 1.75, points: { show: false }, spanGaps: false,
      paths: l.step ? stepped : undefined, fill: l.fill ? color(l.stroke) + "22" : undefined,
      value: (u, v) => spec.render(v),
    }));
    for (const bound of Object.values(spec.bounds || {}))
      series.push({ label: "bound", class: "unseen", stroke: color("ink"), width: 1, dash: [6, 5], points: { show: false }, value: () => spec.render(bound) });
    return {
      width: place.clientWidth, height: 208,
      cursor: { y: false, sync: { key: "time", scales: ["x", null] }, drag: { x: true, y: false }, focus: { prox: 24 } },
      focus: { alpha: .35 },
      legend: { markers: { width: 0, fill: (u, i) => u.series[i].stroke(u, i) } },
      scales: {
        x: { time: false, range: (u, min, max) => min == null ? full : [min, max] },
        y: spec.log ? { distr: 3 } : { range: (u, min, max) => [0, Math.max(spec.least || 0, (max || 0) * 1.08) || 1] },
      },
      series: [{ label: "at", value: (u, v) => v == null ? "–" : clock(v) }, ...series],
      axes: [
        { ...axis, splits: timeSplits, values: (u, splits) => splits.map(s => instant(s, splits.length > 1 ? splits[1] - splits[0] : 1)), gap: 4, size: 30 },
        { ...axis, values: (u, splits) => splits.map(s => s == null ? "" : spec.render(s)), size: labelWidth, gap: 4, space: 32 },
      ],
      hooks: {
        setScale: [(u, key) => {
          if (key !== "x") return;
          range = [u.scales.x.min, u.scales.x.max];
          byId("reset").disabled = range[0] <= full[0] && range[1] >= full[1];
        }],
        drawClear: [u => {
          const band = (from, until, fill) => {
            const start = u.bbox.left, end = start + u.bbox.width;
            const left = Math.max(u.valToPos(from, "x", true), start), right = Math.min(u.valToPos(until, "x", true), end);
            if (right < start || left > end) return null;
            u.ctx.fillStyle = fill;
            u.ctx.fillRect(left, u.bbox.top, Math.max(right - left, devicePixelRatio), u.bbox.height);
            return left;
          };
          if (data.warmup > 0) band(0, data.warmup, color("faint"));
          // Names of faults as far as there is room for them, each once.
          const named = new Set();
          let free = u.bbox.left;
          u.ctx.save();
          u.ctx.font = 11 * devicePixelRatio + "px system-ui, sans-serif";
          u.ctx.textBaseline = "bottom";
          for (const [from, until, name] of data.faults) {
            const left = band(from, until, color("red") + "1f");
            if (left == null) continue;
            const width = u.ctx.measureText(name).width + 8 * devicePixelRatio;
            if (named.has(name) || left < free || left + width > u.bbox.left + u.bbox.width) continue;
            u.ctx.fillStyle = color("quiet");
            u.ctx.fillText(name, left, u.bbox.top - 1);
            free = left + width;
            named.add(name);
          }
          u.ctx.restore();
        }],
      },
    };
  };
  const draw = id => {
    const place = document.querySelector("#chart-" + id + " .plot");
    const w = data.workloads[workload];
    if (!place || (!w && perWorkload.includes(id))) return;
    const spec = charts[id](w, data.cluster);
    const keep = range;
    const columns = [spec.from.t, ...spec.lines.map(l => spec.log ? spec.from[l.key].map(v => v > 0 ? v : null) : spec.from[l.key])];
    // A step is an interval up to its time; the first one starts with the run.
    if (spec.lines[0].step && columns[0].length && columns[0][0] > 0) columns.forEach((c, i) => { columns[i] = [i ? c[0] : 0, ...c]; });
    for (const bound of Object.values(spec.bounds || {})) columns.push(spec.from.t.map(() => bound));
    if (live[id]) live[id].destroy();
    // A logarithmic axis needs a value to start from.
    if (spec.log && !columns.slice(1).some(c => c.some(v => v != null))) spec.log = false;
    if (spec.bounds) {
      const bounds = Object.entries(spec.bounds).map(([quantile, bound]) => quantile + " ≤ " + duration(bound)).join(", ");
      document.querySelector("#chart-" + id + " figcaption span").textContent = "logarithmic" + (bounds && ", dashed: " + bounds);
    }
    live[id] = new uPlot(options(id, spec, place), columns, place);
    live[id].setScale("x", { min: keep[0], max: keep[1] });
  };
  const drawAll = () => Object.keys(charts).forEach(draw);

  if (byId("charts")) {
    drawAll();
    const resize = () => { for (const [id, u] of Object.entries(live)) {
      const width = byId("chart-" + id).querySelector(".plot").clientWidth;
      if (width !== u.width) u.setSize({ width, height: 208 });
    } };
    new ResizeObserver(resize).observe(document.querySelector(".charts"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    addEventListener("beforeprint", () => { document.documentElement.classList.add("print"); drawAll(); });
    addEventListener("afterprint", () => { document.documentElement.classList.remove("print"); drawAll(); });
    byId("reset").addEventListener("click", () => setRange(...full));
    byId("workload")?.addEventListener("change", e => { workload = +e.target.value; perWorkload.forEach(draw); });
    document.querySelector(".charts").addEventListener("keydown", e => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const [min, max] = range, width = max - min, middle = (min + max) / 2;
      const to = { ArrowLeft: [min - width * .2, max - width * .2], ArrowRight: [min + width * .2, max + width * .2],
        "+": [middle - width / 4, middle + width / 4], "=": [middle - width / 4, middle + width / 4],
        "-": [middle - width, middle + width], "0": full, Escape: full }[e.key];
      if (!to) return;
      e.preventDefault();
      setRange(...to);
    });
  }

  // Decisions.
  const log = byId("log");
  if (!log) return;
  const { words, rows } = data.decisions;
  const quiet = new Set(["hold", "wait", "bind"]);
  const all = rows.map(r => ({
    time: r[0], last: r[1], count: r[2], question: words[r[3]], policy: words[r[4]], subject: words[r[5]], action: words[r[6]],
    from: r[7], to: r[8], result: words[r[9]], code: words[r[10]], reason: words[r[11]],
  }));
  const fill = (select, values) => {
    for (const value of [...new Set(values)].sort()) select.add(new Option(value.replaceAll("_", " "), value));
  };
  const question = byId("f-question"), subject = byId("f-subject"), holds = byId("f-holds"), text = byId("f-text");
  const PAGE = 100;
  let most = PAGE;
  fill(question, all.map(d => d.question));
  const subjects = all.filter(d => d.question !== "placement").map(d => d.subject);
  fill(subject, subjects.length ? subjects : all.map(d => d.subject));
  holds.checked = !all.some(d => !quiet.has(d.action));
  const cell = (row, content, name) => {
    const td = row.insertCell();
    td.append(content);
    if (name) td.className = name;
    return td;
  };
  const decided = d => {
    const change = d.from != null && d.to != null ? " " + d.from + " → " + d.to : d.to != null ? " " + d.to : d.from != null ? " at " + d.from : "";
    return d.action + change + (d.count > 1 ? " (" + d.count.toLocaleString("en-US") + " times, until " + clock(d.last) + ")" : "");
  };
  const show = () => {
    const wanted = text.value.trim().toLowerCase();
    const found = all.filter(d => (!question.value || d.question === question.value) && (!subject.value || d.subject === subject.value) &&
      (holds.checked || !quiet.has(d.action) || d.result !== "done") &&
      (!wanted || [d.policy, d.subject, d.action, d.result, d.code, d.reason].join(" ").toLowerCase().includes(wanted)));
    const body = document.createElement("tbody");
    for (const d of found.slice(0, most)) {
      const row = body.insertRow();
      const at = document.createElement("button");
      at.type = "button"; at.className = "link"; at.textContent = clock(d.time); at.title = "Show in the charts";
      at.addEventListener("click", () => {
        const half = Math.max(full[1] / 30, (d.last - d.time) * .6, 1), middle = (d.time + d.last) / 2;
        setRange(middle - half, middle + half);
        byId("charts")?.scrollIntoView();
      });
      cell(row, at);
      cell(row, d.policy.replaceAll("_", " "));
      cell(row, d.subject);
      cell(row, decided(d));
      cell(row, d.result, d.result === "done" ? "" : "refused");
      cell(row, d.reason || d.code.replaceAll("_", " ")).title = d.code;
    }
    if (found.length > most) {
      const more = document.createElement("button");
      more.type = "button"; more.textContent = "Show more";
      more.addEventListener("click", () => { most += PAGE * 5; show(); });
      const row = body.insertRow();
      row.className = "more";
      cell(row, more).colSpan = 6;
    }
    log.tBodies[0].replaceWith(body);
    byId("f-count").textContent = found.length.toLocaleString("en-US") + " of " + all.length.toLocaleString("en-US") + " lines";
  };
  log.closest(".log").classList.toggle("tall", all.length > 12);
  byId("filters").hidden = false;
  for (const control of [question, subject, holds, text]) control.addEventListener("input", () => { most = PAGE; show(); });
  show();
})();
