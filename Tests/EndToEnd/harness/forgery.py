"""Tokens that no library would make: every part is the test's to choose."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(header, payload, sign):
    """A JWS of whatever is given: a payload of octets is taken as it is."""
    octets = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{encode(json.dumps(header).encode())}.{encode(octets)}"
    return f"{signed}.{encode(sign(signed.encode()))}"


def parts(token):
    """Header, claims and signature of a token."""
    header, payload, signature = token.split(".")
    return json.loads(decode(header)), json.loads(decode(payload)), decode(signature)


def unsigned(_):
    return b""


def by_key(key):
    """ES256, as RFC 7518 §3.4 has it: r and s in 32 bytes each."""

    def sign(text):
        r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def by_secret(secret):
    """HS256."""
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def as_jwk(key, name):
    numbers = key.public_key().public_numbers()
    point = {axis: encode(getattr(numbers, axis).to_bytes(32, "big")) for axis in ("x", "y")}
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": name, **point}


def spellings(jwk):
    """A public key in every form that somebody could take for a shared secret."""
    x, y = decode(jwk["x"]), decode(jwk["y"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
    information = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_bytes(serialization.Encoding.PEM, information)
    der = key.public_bytes(serialization.Encoding.DER, information)
    return [pem, pem.strip(), der, json.dumps(jwk).encode(), x + y, b"\4" + x + y, jwk["x"].encode(), b""]
