"""Everything can be done by keyboard alone, and one always sees where one is."""

from selenium.webdriver.common.keys import Keys

FOCUS_IS_VISIBLE = """
const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
"""


class Keyboard:
    """A person without a mouse."""

    def __init__(self, browser):
        self._browser = browser

    @property
    def focused(self):
        return self._browser.driver.switch_to.active_element

    def press(self, *keys):
        for key in keys:
            self.focused.send_keys(key)
        return self

    def tab_to(self, name):
        """Presses Tab until a control is focused, found by what it says or by its name."""
        for _ in range(30):
            said = " ".join(self.focused.get_attribute("textContent").split())
            if name in (said, self.focused.get_attribute("name")):
                return self
            self.press(Keys.TAB)
            assert self._browser.driver.execute_script(FOCUS_IS_VISIBLE), self.focused.get_attribute("outerHTML")
        raise AssertionError(f"Tab never reaches {name!r}")


def test_a_device_is_approved_by_keyboard_alone(server, browser, machine):
    keyboard = Keyboard(browser)
    login = machine.login()
    browser.open(login.link).wait_for_heading("Sign in to approve a device")
    keyboard.press("ada@example.com", Keys.ENTER)
    browser.wait_for_heading("Check your mail")
    keyboard.tab_to("code").press(server.code("ada@example.com"), Keys.ENTER)
    browser.wait_for_heading("Sign in a device")
    assert keyboard.focused.get_attribute("value") == login.code
    keyboard.press(Keys.ENTER)
    browser.wait_for_heading("Let Latchkey command line sign in as you?")
    keyboard.tab_to("Approve").press(Keys.ENTER)
    browser.wait_for_heading("Latchkey command line is signed in")
    exit_code, output = login.finish()
    assert exit_code == 0, output


def test_the_first_tab_stop_leads_past_the_header(server, browser):
    browser.open(server.url + "/dev/mailbox")
    keyboard = Keyboard(browser).press(Keys.TAB)
    assert keyboard.focused.text == "Skip to content"
    keyboard.press(Keys.ENTER)
    assert browser.url.endswith("#main")
    assert keyboard.focused.get_attribute("id") == "main"
