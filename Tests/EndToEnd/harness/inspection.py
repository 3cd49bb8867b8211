"""What must be so of every page, at each width and in each colour scheme."""

import base64
import os
import pathlib

from axe_core_python.selenium import Axe

VARIANTS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]

# Elements that reach past the right edge, though the page as a whole may clip them.
OVERFLOWING = """
const past = (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".skip, .hush");
const found = [...document.querySelectorAll("body *")].filter(past).map((e) => e.outerHTML.slice(0, 120));
if (document.documentElement.scrollWidth > innerWidth) found.push(`the page: ${document.documentElement.scrollWidth} px`);
return found;
"""


# What is folded must be right too, and this version of axe does not know that it is not seen.
UNFOLD = "for (const details of document.querySelectorAll('details')) details.open = true"


def inspect(browser, name):
    """Fails with all that is wrong with the page that the browser shows."""
    faults = [f"the browser says: {complaint}" for complaint in browser.complaints() if not _is_expected(complaint)]
    for width, scheme in VARIANTS:
        _appear(browser, width, scheme)
        _photograph(browser, f"{name}-{scheme}-{width}")
        browser.driver.execute_script(UNFOLD)
        where = f"{name} at {width} px, {scheme}"
        faults += [f"{where}: wider than the window: {what}" for what in browser.driver.execute_script(OVERFLOWING)]
        faults += [f"{where}: {violation}" for violation in _inaccessible(browser)]
    assert not faults, "\n".join(faults)


def _is_expected(complaint):
    """An answer that is an error is what some pages are there to show."""
    return "Failed to load resource: the server responded with a status of 4" in complaint


def _appear(browser, width, scheme):
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {
            "features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]
        },
    )


def _inaccessible(browser):
    """All rules of axe, those of good practice too."""
    for violation in Axe().run(browser.driver)["violations"]:
        for node in violation["nodes"]:
            # Passkeys in the list under a field are asked for by a word that this version of axe does not know.
            if violation["id"] == "autocomplete-valid" and 'autocomplete="username webauthn"' in node["html"]:
                continue
            yield f"{violation['id']}: {node['failureSummary']}: {node['html'][:160]}"


def _photograph(browser, name):
    """Keeps a picture of the whole page where the environment's SCREENSHOTS says, for people to look at."""
    directory = os.environ.get("SCREENSHOTS")
    if directory:
        pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
        picture = browser.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"}
        )
        pathlib.Path(directory, name + ".png").write_bytes(base64.b64decode(picture["data"]))
