"""Signing in to Coinbase Advanced Trade, with the package cryptography and without."""

import base64
import json

import pytest

from livefin.errors import LivefinError
from livefin.keys import KeyMissingError, Secret
from livefin.venues.coinbase import signing as coinbase_token
from livefin.venues.coinbase.advanced import Coinbase
from livefin.venues.contract import Subscription
from livefin.venues.wire import S

NOW = 1_786_309_550_000_000_000
SUB = Subscription("trades", "BTC-USD")


def test_without_a_key_nothing_is_signed():
    assert Coinbase().login(NOW) == []


def test_half_a_key_names_the_other_half():
    venue = Coinbase()
    venue.keys = {"api_key": Secret("organizations/1/apiKeys/2")}
    with pytest.raises(KeyMissingError, match="api_secret"):
        venue.check(SUB)


def test_a_key_without_the_package_that_signs_says_what_to_do(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(coinbase_token, "import_module", missing)
    venue = Coinbase()
    venue.keys = {"api_key": Secret("name"), "api_secret": Secret("sesame")}
    with pytest.raises(LivefinError, match=r"pip install .livefin.coinbase.") as caught:
        venue.check(SUB)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("written", ["\n", "\\n"])
def test_the_first_message_is_signed(written):
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - if there
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415 - if there
        encode_dss_signature,
    )

    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    venue = Coinbase()
    name = "organizations/1/apiKeys/2"
    venue.keys = {"api_key": Secret(name), "api_secret": Secret(pem.replace("\n", written))}
    venue.check(SUB)
    (message,) = map(json.loads, venue.login(NOW))
    assert (message["type"], message["channel"]) == ("subscribe", "heartbeats")
    assert "heartbeats" not in {
        json.loads(message)["channel"] for message in venue.subscribe([SUB])
    }
    header, claims, signature = (
        base64.urlsafe_b64decode(part + "==") for part in message["jwt"].split(".")
    )
    header, claims = json.loads(header), json.loads(claims)
    assert len(header.pop("nonce")) == 32
    assert header == {"alg": "ES256", "typ": "JWT", "kid": name}
    assert claims == {"iss": "cdp", "sub": name, "nbf": NOW // S, "exp": NOW // S + 120}
    assert len(signature) == 64
    der = encode_dss_signature(*(int.from_bytes(half) for half in (signature[:32], signature[32:])))
    signed = message["jwt"].rpartition(".")[0].encode()
    private.public_key().verify(der, signed, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("secret", ["sesame", "-----BEGIN EC PRIVATE KEY-----\nx\n-----END"])
def test_a_key_that_is_none_is_not_shown(secret):
    pytest.importorskip("cryptography")
    venue = Coinbase()
    venue.keys = {"api_key": Secret("name"), "api_secret": Secret(secret)}
    with pytest.raises(LivefinError, match="EC private key") as caught:
        venue.check(SUB)
    assert secret not in str(caught.value)
