// Asks whether the link of the mail has been opened, and goes on when it has. Quiet while the tab is hidden; slower
// with every answer of "waiting" (2 s to 10 s) and with every failure.
"use strict";
{
  const status = document.getElementById("login-status");
  const slowest = 10_000;
  let delay = 2_000;
  let timer;
  let done = false;

  const show = (state) => {
    for (const text of status.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== state;
  };

  // Only a path of this very server is followed.
  const destination = (path) => {
    const url = new URL(path || status.dataset.continue, location.origin);
    return url.origin === location.origin ? url.href : "/";
  };

  const ask = async () => {
    let answer = { state: "waiting" };
    try {
      const response = await fetch(status.dataset.statusUrl, {
        headers: { accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(10_000),
      });
      if (response.ok) answer = await response.json();
      else delay = Math.max(delay, 5_000);
    } catch {
      delay = Math.max(delay, 5_000);
    }
    if (answer.state === "signed_in") {
      done = true;
      show("signed_in");
      const next = destination(answer.continue);
      status.querySelector("[data-continue-link]").href = next;
      location.replace(next);
    } else if (answer.state === "expired") {
      done = true;
      show("expired");
    } else {
      delay = Math.min(delay * 1.1, slowest);
      schedule(delay);
    }
  };

  const schedule = (milliseconds) => {
    clearTimeout(timer);
    if (!done && document.visibilityState === "visible") timer = setTimeout(ask, milliseconds);
  };

  document.addEventListener("visibilitychange", () => schedule(0));
  show("waiting");
  schedule(delay);
}
