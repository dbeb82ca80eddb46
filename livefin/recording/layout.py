"""What a recording looks like: Records, and the lines they are written as. No I/O.

A recording is gzip of JSON lines: a header, then one line for each thing that happened on
the wire, in order.

    {"t":"header","format":"livefin-1","venue":"binance","config":{"trades":["BTC-USDT"]},
     "recorded":1723161253937085768}
    {"t":"connect","conn":"1","ts":1723161253937085768,"addr":"wss://…"}
    {"t":"send","conn":"1","ts":1723161253937085999,"data":"<text>"}
    {"t":"recv","conn":"1","ts":1723161254036059768,"data":"<text>"}
    {"t":"http","conn":"1","ts":1723161254206652067,"url":"https://…","data":"<body>"}
    {"t":"disconnect","conn":"1","ts":1723161259000000000,"data":"<reason>"}
    {"t":"connect","conn":"2","ts":1723161254000000000,"addr":"wss://…","data":"1"}

The last is a socket opened to take the place of socket 1. A binary frame has "b64" in the
place of "data". `conn` is one socket: sequence numbers are scoped by it. Times are integer
ns since 1970 UTC. Two more layouts are read: the same with `"format":2` and times in
seconds, and plain lines `<ns> <raw JSON>`.

Where a recording is spread over several files, the headers have one `run` and count its
`part`s from 0, and each later part begins with the connect lines of the sockets that stand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

FORMAT = "livefin-1"
S = 1_000_000_000
MAX_TS = 2**63 - 1
TAKEN = "another socket has taken its place"
"""The reason for a disconnect that was meant: the other one has all that this one had."""

Kind: TypeAlias = Literal["connect", "disconnect", "send", "recv", "http"]


class Record(Struct, frozen=True, gc=False):
    """One thing that happened on the wire at `ts` (ns), on the socket called `conn`.

    `data` is the frame, the body, the reason for a disconnect, or of a connect the socket
    whose place it takes; `url` belongs to connect and http. `binary`: the frame was a binary one.
    """

    kind: Kind
    ts: int
    data: bytes = b""
    conn: str = ""
    url: str = ""
    binary: bool = False


class Header(Struct, omit_defaults=True):
    """The first line. `exchange` is what `"format":2` calls the venue."""

    t: Literal["header"]
    format: str | int | None = None
    venue: str = ""
    exchange: str = ""
    config: dict[str, list[str]] = {}
    recorded: int | float | None = None
    run: str = ""
    part: int = 0

    def follows(self, other: Header | None) -> bool:
        """Whether this part goes on where `other` ended."""
        if other is None or not self.run:
            return False
        return (self.run, self.part - 1) == (other.run, other.part)


class Line(Struct, omit_defaults=True):
    """Any other line; a time below 0 is one that is not there."""

    t: Kind | Literal["header"]
    conn: str = ""
    ts: int = -1
    addr: str = ""
    url: str = ""
    data: str | None = None
    b64: bytes | None = None


class SecondsLine(Line, omit_defaults=True):
    """The same with its time in seconds, as the text says and not as its nearest float."""

    ts: Decimal = Decimal(-1)  # type: ignore[assignment] # the one field that differs


decode_header = msgspec.json.Decoder(Header).decode
_decode_line = msgspec.json.Decoder(Line).decode
_decode_seconds_line = msgspec.json.Decoder(SecondsLine).decode


def to_line(record: Record) -> Line:
    r"""The line that `record` is written as.

    >>> to_line(Record("recv", 7, bytes([255]), "1")).b64
    b'\xff'
    """
    addr, url = (record.url, "") if record.kind == "connect" else ("", record.url)
    line = Line(record.kind, record.conn, record.ts, addr, url)
    if record.kind == "connect" and not record.data:
        return line
    try:
        text = None if record.binary else record.data.decode()
    except UnicodeDecodeError:
        text = None
    line.data, line.b64 = text, record.data if text is None else None
    return line


def read_line(line: bytes) -> Record | None:
    """The Record of a line with its time in ns; None for a header.

    Raises ValueError (msgspec.DecodeError is one) for what is no such line.
    """
    m = _decode_line(line)
    return _record(m, m.ts)


def read_seconds_line(line: bytes) -> Record | None:
    """The Record of a line with its time in seconds; otherwise as `read_line`.

    >>> read_seconds_line(b'{"t":"recv","conn":"A","ts":1626992741.3105128,"data":"{}"}').ts
    1626992741310512800
    """
    m = _decode_seconds_line(line)
    # Bounded before it is multiplied: 1e999999999 is valid JSON and fills all memory as an int.
    if m.t != "header" and not (m.ts.is_finite() and 0 <= m.ts <= MAX_TS // S):
        raise ValueError(f"no time: {m.ts}")
    return _record(m, 0 if m.t == "header" else int(m.ts * S))


def read_plain_line(line: bytes) -> Record:
    """The Record of a line `<ns> <raw JSON>`. Raises ValueError for what is no such line."""
    ts, _, raw = line.rstrip(b"\r").partition(b" ")
    if not (ts.isdigit() and len(ts) <= len(str(MAX_TS)) and raw[:1] in (b"{", b"[")):
        raise ValueError("not '<ns> <raw JSON>'")
    if (ns := int(ts)) > MAX_TS:
        raise ValueError(f"no time: {ns}")
    return Record("recv", ns, raw)


def _record(m: Line, ts: int) -> Record | None:
    if m.t == "header":  # recordings may be concatenated
        return None
    if not 0 <= ts <= MAX_TS:
        raise ValueError(f"no time: {ts}")
    url = m.addr or m.url
    if m.b64 is not None:
        return Record(m.t, ts, m.b64, m.conn, url, binary=True)
    if m.data is None and m.t in ("recv", "send", "http"):
        raise ValueError("neither data nor b64")
    return Record(m.t, ts, (m.data or "").encode(), m.conn, url)
