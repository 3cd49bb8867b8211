// Moves the token from the fragment, which no server has seen, into the form, and posts it to be looked at. The token
// leaves the address bar and the history first. Nothing is spent by this.
"use strict";
{
  const take = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    history.replaceState(null, "", location.pathname);
    if (token) {
      const form = document.getElementById("open");
      form.elements.token.value = token;
      form.submit();
    }
  };
  take();
  // The link, put into the address bar of this page, loads nothing anew.
  addEventListener("hashchange", take);
}
