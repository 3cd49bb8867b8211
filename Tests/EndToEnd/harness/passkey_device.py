"""A device with passkeys, plugged into a browser."""

from base64 import urlsafe_b64decode

from selenium.webdriver.common.virtual_authenticator import (
    Credential,
    Protocol,
    Transport,
    VirtualAuthenticatorOptions,
)

NO_AUTOFILL = "if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;"


class Authenticator:
    """It agrees to everything, and knows its owner as long as it is not told otherwise."""

    def __init__(self, browser, knows_owner=True):
        self._driver = browser.driver
        options = VirtualAuthenticatorOptions(
            protocol=Protocol.CTAP2,
            transport=Transport.INTERNAL,
            has_resident_key=True,
            has_user_verification=True,
            is_user_consenting=True,
            is_user_verified=knows_owner,
        )
        self._driver.add_virtual_authenticator(options)

    def know_owner(self, does=True):
        """Whether the finger or face that is shown to it is the owner's."""
        self._driver.set_user_verified(does)

    @property
    def credentials(self):
        return self._driver.get_credentials()

    def put_copy(self, credential, sign_count):
        """Holds the same key as another device, with a counter of its own."""
        self._driver.add_credential(
            Credential.create_resident_credential(
                _bytes(credential.id),
                credential.rp_id,
                _bytes(credential.user_handle),
                _bytes(credential.private_key),
                sign_count,
            )
        )


def _bytes(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
