"""Tokens without a browser: through the interface that applications use."""

JSON_REFRESH = "/api/v1/auth/refresh"


def tokens_of(server, email):
    """Signs in as an application does that shows its own sign-in."""
    assert server.post("/api/v1/auth/magic_link", json={"email": email}).status_code == 202
    answer = server.post("/api/v1/auth/magic_link/verify", json={"email": email, "code": server.code(email)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refresh(server, refresh_token, **headers):
    return server.post(JSON_REFRESH, json={"refresh_token": refresh_token}, headers=headers)


def is_accepted(server, access_token):
    answer = server.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200
