// Looks for new mail every three seconds while the tab is visible, and puts it into the list; what is
// open stays open.
"use strict";
{
  const list = document.getElementById("messages");
  const status = document.getElementById("mailbox-status");
  const newest = () => list.querySelector("[data-id]")?.dataset.id;
  let timer;

  const refresh = async () => {
    const page = new DOMParser().parseFromString(await (await fetch("/dev/mailbox")).text(), "text/html");
    const known = (item) => list.querySelector(`[data-id="${CSS.escape(item.dataset.id ?? "")}"]`);
    list.replaceChildren(...[...page.getElementById("messages").children].map((item) => known(item) ?? item));
    status.textContent = status.dataset.text;
  };

  const look = async () => {
    try {
      const { messages } = await (await fetch("/dev/mailbox.json", { cache: "no-store" })).json();
      if (messages[0]?.id !== newest()) await refresh();
    } catch {
      // The server is being restarted: look again.
    }
    schedule();
  };

  const schedule = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(look, 3_000);
  };

  document.addEventListener("visibilitychange", schedule);
  schedule();
}
