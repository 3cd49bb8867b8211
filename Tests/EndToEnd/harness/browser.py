"""Chromium, each time as a new person's browser: an empty profile of its own."""

import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from harness.binary import environment
from harness.deadline import PATIENCE, until


class Browser:
    """The few things people do with a browser."""

    def __init__(self, javascript=True, believes_everyone=False):
        # Not the test's own directory: Chromium keeps a socket in it, whose path may have 107 characters.
        self._profile = tempfile.TemporaryDirectory(prefix="latchkey-", ignore_cleanup_errors=True)
        profile = self._profile.name
        self.driver = webdriver.Chrome(options=_options(profile, javascript, believes_everyone), service=_service(profile))
        self.driver.set_page_load_timeout(PATIENCE)

    def close(self):
        self.driver.quit()
        self._profile.cleanup()

    # Where one is

    @property
    def url(self):
        return self.driver.current_url

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "main").text

    def text_of(self, selector):
        """The text of the first element that a CSS selector names."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def value(self, field):
        return self.driver.find_element(By.NAME, field).get_attribute("value")

    # What one does

    def open(self, url):
        self.driver.get(url)
        return self

    def type(self, field, text):
        element = self.driver.find_element(By.NAME, field)
        element.clear()
        element.send_keys(text)
        return self

    def press(self, name):
        """Presses a button or follows a link by what it says, and waits until it has led away from the page."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self._named(name).click()
        self.wait_for(lambda: _is_gone(page), f"{name!r} to lead anywhere")
        return self

    def reload(self):
        """Loads the page anew, and so sends the form again that it came from."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.refresh()
        self.wait_for(lambda: _is_gone(page), "the page to be loaded anew")
        return self

    def click(self, name):
        """Presses a button that leads nowhere, by what it says."""
        self._named(name).click()
        return self

    def before_each_page(self, script):
        """Runs a script on every page opened from now on, before any of its own."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        return self

    def _named(self, name):
        path = f"//*[self::button or self::a][normalize-space()='{name}']"
        return self.wait_for(
            lambda: next((e for e in self.driver.find_elements(By.XPATH, path) if e.is_displayed()), None),
            f"a button or link named {name!r}",
        )

    def without_its_own_checks(self):
        """Lets the page's forms be sent as they are, so that the server has to refuse them."""
        self.driver.execute_script("for (const form of document.forms) form.noValidate = true")
        return self

    def new_tab(self):
        """Opens a tab and turns to it; answers the one before, for `turn_to`."""
        before = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        return before

    def turn_to(self, tab):
        self.driver.switch_to.window(tab)
        return self

    # What one waits for

    def wait_for(self, condition, what):
        def settled():
            try:
                return condition()
            except WebDriverException as failure:
                if _is_page_being_replaced(failure):
                    return None
                raise

        try:
            return until(settled, what)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\nat {self.url}, which shows:\n{self.text}") from None

    def wait_for_heading(self, heading):
        path = f"//h1[normalize-space()='{heading}']"
        self.wait_for(
            lambda: any(e.is_displayed() for e in self.driver.find_elements(By.XPATH, path)),
            f"the heading {heading!r}",
        )
        return self

    def wait_for_url(self, url):
        self.wait_for(lambda: self.url == url, f"the address {url}")
        return self

    # What the browser says

    def complaints(self):
        """What the browser has logged since it was asked last: violated policies, errors of scripts."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


def _is_gone(element):
    try:
        return not element.is_enabled()
    except WebDriverException as failure:
        if _is_page_being_replaced(failure):
            return True
        raise


def _is_page_being_replaced(failure):
    # In the moment between two pages Chromium's driver has no name for it but the inspector's.
    return isinstance(
        failure, (NoSuchElementException, StaleElementReferenceException)
    ) or "does not belong to the document" in str(failure)


def _service(profile):
    return Service(executable_path=shutil.which("chromedriver"), env=environment(profile))


def _options(profile, javascript, believes_everyone):
    options = webdriver.ChromeOptions()
    options.accept_insecure_certs = believes_everyone
    options.binary_location = shutil.which("chromium")
    for argument in [
        "--headless=new",
        "--no-sandbox",  # it opens nothing but the server under test, often as root in a container
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--no-proxy-server",
        "--force-color-profile=srgb",
        "--window-size=1280,900",
        f"--user-data-dir={profile}",
    ]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return options
