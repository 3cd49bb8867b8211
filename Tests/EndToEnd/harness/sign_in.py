"""Signing in by mail, as a person does it."""


def ask_for_mail(browser, email):
    """On the sign-in page: asks for the mail, and waits in this tab."""
    browser.type("email", email).press("Send me a link")
    return browser.wait_for_heading("Check your mail")


def sign_in(browser, server, email):
    """Signs a browser in, in one tab, by the six-digit code."""
    browser.open(server.url + "/login")
    ask_for_mail(browser, email)
    browser.type("code", server.code(email)).press("Sign in")
    return browser.wait_for_url(server.url + "/")


def approve(browser, login):
    """In a browser that is signed in: approves a waiting `latchkey login`."""
    browser.open(login.link).press("Continue").press("Approve")
    return browser.wait_for_heading("Latchkey command line is signed in")
