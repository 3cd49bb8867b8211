// Moves the token from the fragment, which no server has seen, into the form, and posts it to be looked at. The token
// leaves the address bar and the history first. Nothing is spent by this.
"use strict";
{
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  if (token) {
    document.getElementById("use-code").hidden = true;
    document.getElementById("opening").hidden = false;
    const form = document.getElementById("open");
    form.elements.token.value = token;
    form.submit();
  } else {
    document.getElementById("incomplete").hidden = false;
  }
}
