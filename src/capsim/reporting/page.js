"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var form = data.form;
  function at(id) { return document.getElementById(id); }

  // What if: everything that is shown was written beforehand; sliders only choose.
  function whatIf(grid) {
    var inputs = grid.now.map(function (_, k) { return at("slider-" + k); });
    function show() {
      var places = inputs.map(function (input) { return Number(input.value); });
      inputs.forEach(function (input, k) {
        var text = grid.texts[k][places[k]];
        input.setAttribute("aria-valuetext", text);
        at("slider-" + k + "-value").textContent = text;
      });
      var number = grid.point[places.join(",")];
      grid.cells[number].forEach(function (cell, k) {
        at("what-if-mean-" + k).textContent = cell[0];
        at("what-if-interval-" + k).textContent = cell[1];
      });
      ["wide", "narrow"].forEach(function (kind) {
        var line = document.querySelector("svg." + kind + " [data-line='what-if-1']");
        if (line && grid.lines[kind]) { line.setAttribute("d", grid.lines[kind][number]); }
      });
    }
    inputs.forEach(function (input) { input.addEventListener("input", show); });
    at("what-if").addEventListener("submit", function (event) { event.preventDefault(); });
    at("what-if").addEventListener("reset", function () { setTimeout(show, 0); });
    inputs.forEach(function (input, k) { input.value = grid.now[k]; });
    show();
  }

  function whole(count) {
    return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, form.thousands);
  }

  // Replay: numbers of all people, and some of them as dots.
  function replay(run) {
    var canvas = at("replay-canvas"), pen = canvas.getContext("2d");
    var slider = at("replay-day"), play = at("replay-play"), speed = at("replay-speed");
    var start = Date.parse(run.start + "T00:00:00Z");
    var day = run.first, timer = null, width = 0, height = 0, dots = [];
    var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

    function dateOf(d) {
      var date = new Date(start + d * 86400000), number = date.getUTCDate();
      return form.date.replace("{day}", number === 1 ? form.first : number)
        .replace("{month}", form.months[date.getUTCMonth()])
        .replace("{year}", date.getUTCFullYear());
    }

    // Stage and state of a dot at the end of a day; null where it is not there.
    function where(stays, d) {
      for (var k = stays.length - 1; k >= 0; k--) {
        var stay = stays[k];
        if (stay[1] <= d) {
          if (stay[3] >= 0 && stay[3] <= d) { return null; }
          return [stay[0], stay[2] <= d ? 1 : 0];
        }
      }
      return null;
    }

    function layout() {
      width = canvas.clientWidth || 600;
      var rows = width < 560 ? run.stages.length : 1;
      height = rows === 1 ? 300 : 110 * run.stages.length;
      var scale = window.devicePixelRatio || 1;
      canvas.style.height = height + "px";
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      pen.setTransform(scale, 0, 0, scale, 0, 0);
    }

    function box(stage) {
      var count = run.stages.length;
      if (width < 560) { return { x: 6, y: 110 * stage + 6, w: width - 12, h: 98 }; }
      var w = (width - 6) / count;
      return { x: 6 + w * stage, y: 6, w: w - 6, h: height - 12 };
    }

    // Where each dot belongs: those who wait on the left, the others on the right.
    function targets(d) {
      var used = {};
      return run.dots.map(function (stays) {
        var place = where(stays, d);
        if (!place) { return null; }
        var key = place[0] + "," + place[1], k = used[key] || 0, b = box(place[0]);
        used[key] = k + 1;
        var half = (b.w - 18) / 2, columns = Math.max(Math.floor(half / 6), 1);
        var x = b.x + 6 + (place[1] ? half + 8 : 0) + 6 * (k % columns) + 2;
        var y = b.y + b.h - 6 - 6 * Math.floor(k / columns);
        return { x: x, y: Math.max(y, b.y + 40), waits: !place[1] };
      });
    }

    function draw() {
      pen.clearRect(0, 0, width, height);
      run.stages.forEach(function (name, s) {
        var b = box(s);
        pen.strokeStyle = "#c9ced5"; pen.fillStyle = "#ffffff";
        pen.fillRect(b.x, b.y, b.w, b.h); pen.strokeRect(b.x, b.y, b.w, b.h);
        pen.fillStyle = "#1b1f24"; pen.font = "600 13px system-ui, sans-serif";
        pen.fillText(fitted(name, b.w - 10), b.x + 6, b.y + 16);
        pen.font = "12px system-ui, sans-serif"; pen.fillStyle = "#4c5560";
        var left = run.delay[s] ? "" : form.waiting + " " + whole(run.waiting[s][day]);
        pen.fillText(fitted(left, b.w / 2 - 8), b.x + 6, b.y + 32);
        var right = form.inside + " " + whole(run.inside[s][day]);
        pen.fillText(fitted(right, b.w / 2 - 8), b.x + b.w / 2 + 2, b.y + 32);
      });
      dots.forEach(function (dot) {
        if (!dot) { return; }
        pen.fillStyle = dot.waits ? "#a34700" : "#0b4f8a";
        pen.beginPath(); pen.arc(dot.x, dot.y, 2.4, 0, 6.3); pen.fill();
      });
    }

    function fitted(text, room) {
      if (pen.measureText(text).width <= room) { return text; }
      var letters = Array.from(text);
      while (letters.length > 1 && pen.measureText(letters.join("") + "\u2026").width > room) { letters.pop(); }
      return letters.join("") + "\u2026";
    }

    function numbers() {
      slider.value = day;
      slider.setAttribute("aria-valuetext", dateOf(day));
      at("replay-date").textContent = dateOf(day);
      run.stages.forEach(function (_, s) {
        at("replay-waiting-" + s).textContent = run.delay[s] ? "" : whole(run.waiting[s][day]);
        at("replay-inside-" + s).textContent = whole(run.inside[s][day]);
      });
    }

    var moving = 0;
    function show(next, smooth) {
      day = Math.min(Math.max(next, 0), run.days - 1);
      numbers();
      var goals = targets(day), from = dots, steps = smooth && !calm ? 8 : 1, k = 0;
      var mine = ++moving;
      (function move() {
        if (mine !== moving) { return; }
        k += 1;
        var part = k / steps;
        dots = goals.map(function (goal, d) {
          if (!goal) { return null; }
          var old = from[d] || goal;
          return { x: old.x + (goal.x - old.x) * part, y: old.y + (goal.y - old.y) * part, waits: goal.waits };
        });
        draw();
        if (k < steps) { requestAnimationFrame(move); }
      })();
    }

    function stop() {
      clearInterval(timer); timer = null;
      play.textContent = form.play; play.setAttribute("aria-pressed", "false");
    }
    function run_() {
      if (day >= run.days - 1) { show(run.first, false); }
      play.textContent = form.pause; play.setAttribute("aria-pressed", "true");
      timer = setInterval(function () {
        if (day >= run.days - 1) { stop(); return; }
        show(day + 1, true);
      }, 1000 / Number(speed.value));
    }
    play.addEventListener("click", function () { if (timer) { stop(); } else { run_(); } });
    speed.addEventListener("change", function () { if (timer) { stop(); run_(); } });
    at("replay-step").addEventListener("click", function () { stop(); show(day + 1, true); });
    at("replay-back").addEventListener("click", function () { stop(); show(day - 1, true); });
    slider.max = run.days - 1;
    slider.addEventListener("input", function () { stop(); show(Number(slider.value), false); });
    window.addEventListener("resize", function () { layout(); show(day, false); });
    if (run.each > 1) { at("replay-each").textContent = form.each.replace("{count}", whole(run.each)); }
    layout();
    show(Math.min(run.first, run.days - 1), false);
  }

  function copying() {
    var button = at("copy");
    if (!button) { return; }
    button.addEventListener("click", function () {
      var said = at("copied"), text = at("scenario");
      function done() { said.textContent = said.getAttribute("data-text"); }
      function byHand() {
        var range = document.createRange();
        range.selectNodeContents(text);
        var chosen = window.getSelection();
        chosen.removeAllRanges(); chosen.addRange(range);
        try { if (document.execCommand("copy")) { done(); } } catch (error) { /* it is selected */ }
      }
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(text.textContent).then(done, byHand);
      } else { byHand(); }
    });
  }

  if (data.whatIf) { whatIf(data.whatIf); }
  if (data.replay) { replay(data.replay); }
  copying();
})();
