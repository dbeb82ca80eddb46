"""Sign in to Coinbase Advanced Trade: a JSON Web Token (ES256) made of the user's key.

Described at
https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-authentication
Market data need none, so the package cryptography, which signs, is imported only where a key
was given. No I/O, no clock. Serves coinbase.py.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import msgspec

from livefin.errors import LivefinError
from livefin.keys import KeyMissingError, Secret
from livefin.venues.wire import S

KEY_NAMES = ("api_key", "api_secret")
GOOD_FOR = 120
"""Seconds that a token is good for; the venue takes no longer."""


def token(keys: Mapping[str, Secret], now: int) -> str:
    """A token that is good from `now` (ns). Raises as `private_key` does."""
    key, seconds = private_key(keys), now // S
    name = keys["api_key"].reveal()
    header = {"alg": "ES256", "typ": "JWT", "kid": name, "nonce": secrets.token_hex(16)}
    claims = {"iss": "cdp", "sub": name, "nbf": seconds, "exp": seconds + GOOD_FOR}
    text = f"{_base64url(msgspec.json.encode(header))}.{_base64url(msgspec.json.encode(claims))}"
    hashes, ec = _cryptography("hashes"), _cryptography("asymmetric.ec")
    der = key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    # A token holds the signature's two numbers side by side, not wrapped in DER.
    pair = _cryptography("asymmetric.utils").decode_dss_signature(der)
    return f"{text}.{_base64url(b''.join(number.to_bytes(32, 'big') for number in pair))}"


def private_key(keys: Mapping[str, Secret]) -> Any:
    """The private key in `keys`. Raises KeyMissingError or LivefinError, which say what to do."""
    if missing := [name for name in KEY_NAMES if not keys.get(name)]:
        raise KeyMissingError("coinbase", missing)
    try:
        serialization = _cryptography("serialization")
    except ImportError:
        raise LivefinError(
            "coinbase: a key was given, and signing with it needs the package cryptography: "
            'pip install "livefin[coinbase]", or give no key, since market data need none'
        ) from None
    # Environment variables hold the line ends of a PEM file written out, mostly.
    pem = keys["api_secret"].reveal().strip().replace("\\n", "\n").encode()
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except Exception:  # noqa: BLE001 - of many types, and none may carry the key any further
        key = None
    if getattr(getattr(key, "curve", None), "name", "") != "secp256r1":
        raise LivefinError(
            "coinbase: api_secret is not an EC private key (ECDSA, P-256) in PEM form, as the "
            "venue hands it out; make one at https://portal.cdp.coinbase.com"
        )
    return key


def _cryptography(module: str) -> Any:
    return import_module(f"cryptography.hazmat.primitives.{module}")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
