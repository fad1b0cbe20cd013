// What pages do beyond links and forms: they refresh what lives, keep the command that of the values chosen, and copy it.
"use strict";
document.documentElement.classList.add("script");

const page = async (address) => {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (answer.redirected) location.reload();
  const text = await answer.text();
  return answer.ok ? new DOMParser().parseFromString(text, "text/html") : null;
};

// What has an id and changed takes the place of what is shown. Whoever had the focus inside keeps it.
const replace = (fresh, id) => {
  const [shown, next] = [document.getElementById(id), fresh && fresh.getElementById(id)];
  if (!shown || !next || shown.innerHTML === next.innerHTML) return;
  const focused = shown.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const rolled = [...shown.querySelectorAll("pre")].map((pre) => pre.scrollTop);
  shown.replaceChildren(...next.childNodes);
  shown.dataset.live = next.dataset.live;
  shown.querySelectorAll("pre").forEach((pre, at) => { pre.scrollTop = rolled[at] || 0; });
  const again = focused && [...shown.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused);
  if (again) again.focus();
};

const live = document.getElementById("live");
if (live) {
  const look = async () => {
    // A page that nobody sees, and a text that somebody is marking, are left alone.
    if (!document.hidden && getSelection().isCollapsed) {
      try { replace(await page(location.href), "live"); } catch { /* the daemon is away: the next look tells */ }
    }
  };
  const cycle = () => setTimeout(() => look().finally(cycle), Number(live.dataset.live) * 1000);
  cycle();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}

const form = document.querySelector("form[data-command]");
if (form) {
  let turn = 0;
  const tell = async () => {
    const mine = ++turn;
    const fields = [...new FormData(form)].filter(([name, value]) => name !== "token" && typeof value === "string");
    const fresh = await page(form.getAttribute("action") + "?" + new URLSearchParams(fields)).catch(() => null);
    const [shown, next] = [document, fresh].map((one) => one && one.querySelector(".command code"));
    if (mine === turn && shown && next) shown.textContent = next.textContent;
  };
  form.addEventListener("input", tell);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent.trim());
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Marked: copy it";
    }
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}
