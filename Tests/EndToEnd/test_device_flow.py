"""The device flow (RFC 8628) as Authlib drives it: a client, and a resource server, that nobody here wrote."""

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from harness.accounts import tokens_of
from harness.sign_in import sign_in

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
API = "https://api.crewkeel.example"


class Client:
    """What Authlib does with a server whose address is all that it was told."""

    def __init__(self, server):
        self.metadata = server.get("/.well-known/oauth-authorization-server").json()
        self.session = OAuth2Session(
            "latchkey-cli",
            token_endpoint=self.metadata["token_endpoint"],
            token_endpoint_auth_method="none",
            revocation_endpoint_auth_method="none",
            scope="jobs:read jobs:write",
            default_timeout=30,
        )
        self.session.trust_env = False

    def ask_for_codes(self):
        form = {"client_id": "latchkey-cli", "scope": self.session.scope, "resource": API}
        answer = self.session.request(
            "POST", self.metadata["device_authorization_endpoint"], withhold_token=True, data=form
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def poll(self, codes):
        return self.session.fetch_token(grant_type=DEVICE_CODE, device_code=codes["device_code"])

    def is_refused(self, call, error):
        with pytest.raises(OAuthError) as refusal:
            call()
        return refusal.value.error == error

    def refresh(self, refresh_token):
        return self.session.refresh_token(refresh_token=refresh_token)

    def revoke(self, token):
        return self.session.revoke_token(self.metadata["revocation_endpoint"], token=token)

    def introspect(self, token, bearer):
        """As a program that has an access token of the server itself."""
        caller = OAuth2Session("latchkey-cli", token=bearer, default_timeout=30)
        caller.trust_env = False
        answer = caller.post(self.metadata["introspection_endpoint"], data={"token": token})
        assert answer.status_code == 200, answer.text
        return answer.json()


class ResourceServer(JWTBearerTokenValidator):
    """The API the token is for, as Authlib would guard it (RFC 9068 §4)."""

    def __init__(self, server, metadata, audience=API):
        super().__init__(issuer=metadata["issuer"], resource_server=audience)
        self._keys = KeySet.import_key_set(server.get(metadata["jwks_uri"].removeprefix(server.url)).json())

    def get_jwks(self):
        return self._keys

    def claims(self, token, *scopes):
        claims = self.authenticate_token(token)
        self.validate_token(claims, list(scopes), None)
        return claims


@pytest.fixture(autouse=True)
def plain_http_on_localhost(monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def client(server):
    return Client(server)


def approve(browser, server, codes):
    sign_in(browser, server, "ada@example.com")
    browser.open(codes["verification_uri"]).type("user_code", codes["user_code"].lower().replace("-", " "))
    browser.press("Continue").press("Approve").wait_for_heading("Latchkey command line is signed in")


def test_the_metadata_is_what_the_rfc_asks_for(server, client):
    metadata = AuthorizationServerMetadata(client.metadata)
    for key in client.metadata:
        # It names only what works, and no response type does yet.
        if key != "response_types_supported" and key in AuthorizationServerMetadata.REGISTRY_KEYS:
            getattr(metadata, f"validate_{key}")()
    assert client.metadata["issuer"] == server.url
    assert DEVICE_CODE in client.metadata["grant_types_supported"]
    assert server.get("/.well-known/openid-configuration").json() == client.metadata


def test_a_foreign_client_goes_through_the_whole_flow(server, browser, client):
    codes = client.ask_for_codes()
    assert codes["verification_uri"] == server.url + "/device"
    assert codes["verification_uri_complete"].endswith("?user_code=" + codes["user_code"])
    assert client.is_refused(lambda: client.poll(codes), "authorization_pending")
    assert client.is_refused(lambda: client.poll(codes), "slow_down")

    approve(browser, server, codes)
    tokens = client.poll(codes)
    assert tokens["token_type"] == "Bearer"
    assert set(tokens["scope"].split()) == {"jobs:read", "jobs:write"}
    assert client.is_refused(lambda: client.poll(codes), "invalid_grant")

    refreshed = client.refresh(tokens["refresh_token"])
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    assert refreshed["access_token"] != tokens["access_token"]

    own = tokens_of(server, "ada@example.com")
    assert client.introspect(refreshed["access_token"], own)["active"] is True
    assert client.introspect(refreshed["refresh_token"], own)["client_id"] == "latchkey-cli"
    assert client.introspect(tokens["refresh_token"], own) == {"active": False}

    assert client.revoke(refreshed["refresh_token"]).status_code == 200
    assert client.revoke(refreshed["refresh_token"]).status_code == 200
    assert client.introspect(refreshed["access_token"], own) == {"active": False}
    assert client.is_refused(lambda: client.refresh(refreshed["refresh_token"]), "invalid_grant")


def test_a_foreign_resource_server_accepts_the_token_for_itself_and_its_scopes_only(server, browser, client):
    codes = client.ask_for_codes()
    approve(browser, server, codes)
    token = client.poll(codes)["access_token"]

    api = ResourceServer(server, client.metadata)
    claims = api.claims(token, "jobs:read")
    assert claims["client_id"] == "latchkey-cli"
    assert claims["scope"].split() == ["jobs:read", "jobs:write"]
    assert claims.header["typ"] == "at+jwt"
    with pytest.raises(InsufficientScopeError):
        api.claims(token, "documents:send")
    with pytest.raises(InvalidTokenError):
        ResourceServer(server, client.metadata, audience="https://api.calkeep.example").claims(token)
    header, payload, signature = token.split(".")
    with pytest.raises(InvalidTokenError):
        api.claims(f"{header}.{payload}.{signature[::-1]}")


def test_a_reused_refresh_token_ends_the_grant_for_everyone_who_has_it(server, browser, client):
    codes = client.ask_for_codes()
    approve(browser, server, codes)
    first = client.poll(codes)
    second = client.refresh(first["refresh_token"])
    assert client.is_refused(lambda: client.refresh(first["refresh_token"]), "invalid_grant")
    assert client.is_refused(lambda: client.refresh(second["refresh_token"]), "invalid_grant")


def test_a_denied_device_is_told_so(server, browser, client):
    codes = client.ask_for_codes()
    sign_in(browser, server, "ada@example.com")
    browser.open(codes["verification_uri_complete"]).press("Continue").press("Deny")
    browser.wait_for_heading("Latchkey command line was not let in")
    assert client.is_refused(lambda: client.poll(codes), "access_denied")


def test_a_second_person_cannot_take_over_a_code_that_another_has_opened(server, new_browser, client):
    codes = client.ask_for_codes()
    ada, eve = new_browser(), new_browser()
    sign_in(ada, server, "ada@example.com")
    sign_in(eve, server, "eve@example.com")
    ada.open(codes["verification_uri_complete"]).press("Continue")
    ada.wait_for_heading("Let Latchkey command line sign in as you?")
    eve.open(codes["verification_uri_complete"]).press("Continue")
    eve.wait_for(lambda: "opened in another browser" in eve.text, "the code to be refused")
    ada.press("Approve").wait_for_heading("Latchkey command line is signed in")
    assert "access_token" in client.poll(codes)
