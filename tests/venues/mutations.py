"""Real messages with pieces of them replaced, for a test that hypothesis drives."""

from hypothesis import strategies as st

PIECES = st.binary(max_size=6) | st.sampled_from(
    [b'"', b"{", b"null", b"-", b"9" * 25, b"1e999", b'"1e999"', b"\\ud800", b"\xf0\x9f", b"[[[["]
)


def mutated(data, frames):
    """One of `frames`, spoilt in up to four places."""
    raw = bytearray(data.draw(st.sampled_from(frames)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        until = data.draw(st.integers(at, min(len(raw), at + 12)))
        raw[at:until] = data.draw(PIECES)
    return bytes(raw)
