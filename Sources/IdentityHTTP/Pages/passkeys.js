// Passkeys: asks the server for a challenge and the browser for an answer, and sends that as a form. On the sign-in page
// the browser also offers passkeys in the list under the mail field, while the page waits. Without this script people sign
// in by mail.
"use strict";
{
  const form = document.getElementById("passkey");
  const section = document.getElementById("passkey-section");
  const start = document.getElementById("passkey-start");
  const fault = document.getElementById("passkey-fault");
  const { ceremony, challenge, origin } = form.dataset;
  const isMaking = ceremony === "create";
  // A challenge lives for five minutes.
  const freshness = 240_000;
  let autofill;

  class Fault extends Error {}

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

  const text = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const named = (credentials) => credentials.map((credential) => ({ ...credential, id: bytes(credential.id) }));

  const options = async () => {
    let response, answer;
    try {
      const body = new URLSearchParams({ csrf: form.elements.csrf.value });
      response = await fetch(challenge, { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(10_000) });
      answer = await response.json();
    } catch {
      throw new Fault("The server did not answer. Reload the page, then try again.");
    }
    if (!response.ok) throw new Fault(answer.error?.message ?? "The server refused. Reload the page, then try again.");
    const publicKey = { ...answer, challenge: bytes(answer.challenge) };
    if (answer.user) publicKey.user = { ...answer.user, id: bytes(answer.user.id) };
    if (answer.excludeCredentials) publicKey.excludeCredentials = named(answer.excludeCredentials);
    if (answer.allowCredentials) publicKey.allowCredentials = named(answer.allowCredentials);
    return publicKey;
  };

  // What `toJSON()` writes, which not every browser and password manager has.
  const send = (credential) => {
    const { response } = credential;
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    if (isMaking) {
      answer.attestationObject = text(response.attestationObject);
      answer.transports = response.getTransports?.() ?? [];
    } else {
      answer.authenticatorData = text(response.authenticatorData);
      answer.signature = text(response.signature);
      if (response.userHandle) answer.userHandle = text(response.userHandle);
    }
    const id = text(credential.rawId);
    form.querySelector("[data-credential]").value = JSON.stringify({
      id, rawId: id, type: credential.type, response: answer, clientExtensionResults: {},
    });
    form.submit();
  };

  const elsewhere = () =>
    `Passkeys of this server work at ${origin}, and this page was opened at ${location.origin}. Open it there.`;

  const cause = (error) => {
    if (error instanceof Fault) return error.message;
    switch (error.name) {
      case "NotAllowedError":
        return isMaking
          ? "No passkey was made: it was cancelled, took too long, or the device did not recognize you. Try again."
          : "No passkey was used: it was cancelled, took too long, or this device has none for this site. "
            + "Try again, or sign in by mail.";
      case "InvalidStateError":
        return "This device or password manager already has a passkey for your account. Use another one.";
      case "SecurityError":
        return elsewhere();
      case "NotSupportedError":
      case "ConstraintError":
        return "This device cannot hold a passkey that asks for your finger, face or PIN. Use another one.";
      default:
        return `The browser refused: ${error.name}. Try again${isMaking ? "" : ", or sign in by mail"}.`;
    }
  };

  const show = (message) => {
    fault.textContent = message;
    fault.hidden = !message;
  };

  const ask = async () => {
    if (!window.isSecureContext && location.origin === origin) throw new Fault("Passkeys need https.");
    if (location.origin !== origin) throw new Fault(elsewhere());
    if (!window.PublicKeyCredential) throw new Fault("This browser does not know passkeys. Use another one, or mail.");
    const publicKey = await options();
    return isMaking ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (start.getAttribute("aria-disabled") === "true") return;
    start.setAttribute("aria-disabled", "true");
    autofill?.abort();
    show("");
    try {
      send(await ask());
    } catch (error) {
      show(cause(error));
      offer();
    } finally {
      start.removeAttribute("aria-disabled");
    }
  });

  // Waits for a passkey to be chosen from the list under the mail field. Says nothing when it cannot: nobody asked.
  const offer = async () => {
    if (!("autofill" in form.dataset) || location.origin !== origin) return;
    if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    autofill?.abort();
    const waiting = (autofill = new AbortController());
    const renewal = setTimeout(renew, freshness);
    try {
      const publicKey = await options();
      if (waiting.signal.aborted) return;
      send(await navigator.credentials.get({ publicKey, mediation: "conditional", signal: waiting.signal }));
    } catch (error) {
      const isOfNobody = waiting.signal.aborted || error instanceof Fault || error.name === "NotAllowedError";
      if (!isOfNobody) show(cause(error));
    } finally {
      clearTimeout(renewal);
    }
  };

  // Asks anew before the challenge is too old, as long as someone looks at the page.
  const renew = () => {
    if (document.visibilityState === "visible") offer();
    else document.addEventListener("visibilitychange", renew, { once: true });
  };

  section.hidden = false;
  offer();
}
