"""Make hostile messages of real ones: fast, by cutting and joining bytes, never by decoding.

A message is taken apart once, into the places of its values, keys, members and elements; a
mutation puts something else in one of these places. All is drawn from one random.Random.
"""

import json
import re

EXTREME = [
    b"0", b"-0", b"-0.0", b"-1", b"1e309", b"-1e309", b"1e-320", b"1e300", b"1.797693134862315e308",
    b"9" * 400, b"-" + b"9" * 400, b"9" * 5_000, b"0." + b"1" * 2_000, b"1e999999999",
    b"1e-999999999", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"18446744073709551616", b"9007199254740993", b"2147483648", b"253402300800", b"1e12",
    b"NaN", b"Infinity", b"-Infinity", b"0x10", b"+1", b"1.", b".5", b"1e", b"01", b"1_000",
    b"0.1000000000000000055511151231257827", b"1E3", b"9e18", b"9.3e18", b"62135596800",
]  # fmt: skip
HOSTILE = [
    b"null", b"true", b"false", b"{}", b"[]", b'""', b'"0"', b'" "', b'"null"', b'"\\u0000"',
    b"[[]]", b"[null]", b"[[[[[]]]]]", b'{"":""}', b'{"a":[{}]}', b'["",""]', b"[1,2,3]", b"[0]",
    b'"-"', b'"A-B-C"', b'"-USD"', b'"../../etc"', b'"<script>"', b'"%s%n"', b'"\\ud83d\\ude00"',
    '"\u202eא\uff11\u0661"'.encode(), '"\uff11\uff12"'.encode(), b'"1970-01-01T00:00:00Z"',
    b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59.999999999Z"', b'"2024-02-30T25:61:61Z"',
    b'"2024-01-01T00:00:00+99:99"', b'"2024-01-01T00:00:00.' + b"9" * 300 + b'Z"', b'"buy"',
    b'"SELL"', b'"Buy"', b'"t:"', b'":"', b'"@"', b'"."', b'","', b'"/"', b'"_"', b'"t"',
]  # fmt: skip
WHOLE = [
    b"", b" ", b"\n", b"\x00", b"null", b"true", b"0", b"-", b'"', b'""', b"{}", b"[]", b"{", b"[",
    b"[[]]", b"[{}]", b"[null]", b"[0]", b'{"":{}}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"),
    "{}".encode("utf-32"), b"{}{}", b"{}\n{}", b"\x1f\x8b", b"\x78\x9c", b"\xff\xfe\xfd", b"NaN",
    b"pong", b"ping", b"hb", b"[0,[]]", b'[1,"hb"]', b'[1,"te",[]]', b'{"event":null}',
]  # fmt: skip
SURROGATES = [
    rb"\ud800", rb"\udfff", rb"\ud800\u0041", rb"\ud83d\ude00", rb"\u12", rb"\x41", b"\\",
    b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98",
    b"\x00", b"\x1f",
]  # fmt: skip
DEPTHS = (3, 10, 100, 1_100, 5_000)
SPACE = (b" ", b"\n\t\r ", b"\x0b", b"\xc2\xa0", b" " * 500)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+0-9.eE]+|true|false|null|[\[\]{}:,]')


class Seed:
    """A message taken apart. `values`, `keys`, `members`, `elements` are (start, end)."""

    __slots__ = (
        "arrays", "elements", "keys", "members", "numbers", "raw", "shallow", "strings", "values",
    )  # fmt: skip

    def __init__(self, raw):
        self.raw = raw
        self.values, self.shallow, self.keys = [], [], []
        self.members, self.elements, self.arrays = [], [], []
        try:
            json.loads(raw)
            self._take_apart()
        except (ValueError, RecursionError, IndexError):
            self.values = [(0, len(raw))]
        self.shallow = self.shallow or self.values
        self.numbers = [s for s in self.values if raw[s[0] : s[0] + 1] in b"-0123456789"]
        self.numbers += [s for s in self.values if re.match(rb'"[-.\d]+"', raw[s[0] : s[1]])]
        self.strings = [s for s in (*self.values, *self.keys) if raw[s[0] : s[0] + 1] == b'"']

    def _take_apart(self):
        tokens = [match.span() for match in _TOKEN.finditer(self.raw)]
        self._value(tokens, 0, 0)

    def _value(self, tokens, at, depth):
        """Note the value whose first token is `at`; the token after it."""
        raw, start = self.raw, tokens[at][0]
        first = raw[start : start + 1]
        after = at + 1
        if first == b"{":
            while raw[tokens[after][0] : tokens[after][1]] != b"}":
                key = tokens[after]
                after = self._value(tokens, after + 2, depth + 1)
                self.keys.append(key)
                self.members.append((key[0], tokens[after - 1][1]))
                after += raw[tokens[after][0] : tokens[after][1]] == b","
            after += 1
        elif first == b"[":
            self.arrays.append(start)
            while raw[tokens[after][0] : tokens[after][1]] != b"]":
                began = tokens[after][0]
                after = self._value(tokens, after, depth + 1)
                self.elements.append((began, tokens[after - 1][1]))
                after += raw[tokens[after][0] : tokens[after][1]] == b","
            after += 1
        span = (start, tokens[after - 1][1])
        self.values.append(span)
        if depth <= 2:
            self.shallow.append(span)
        return after


class Mutator:
    """`next()` gives a mutated message and the name of what was done to it."""

    def __init__(self, raws, rng):
        self.seeds = [Seed(raw) for raw in raws] or [Seed(b"{}")]
        self.rng = rng
        self._kinds = [name.removeprefix("_do_") for name in dir(self) if name.startswith("_do_")]
        self._rare = {"nest": 0.1, "huge": 0.1}

    @property
    def kinds(self):
        """The names of all mutations."""
        return self._kinds

    def next(self):
        rng = self.rng
        kind = rng.choice(self._kinds)
        while kind in self._rare and rng.random() > self._rare[kind]:
            kind = rng.choice(self._kinds)
        seed = rng.choice(self.seeds)
        return getattr(self, f"_do_{kind}")(seed, seed.raw), kind

    # Values

    def _place(self, seed):
        return self.rng.choice(seed.values if self.rng.random() < 0.5 else seed.shallow)

    def _do_retype(self, seed, raw):
        a, b = self._place(seed)
        return raw[:a] + self.rng.choice(HOSTILE) + raw[b:]

    def _do_extreme(self, seed, raw):
        a, b = self.rng.choice(seed.numbers or seed.values)
        number = self.rng.choice(EXTREME)
        return raw[:a] + (b'"%b"' % number if self.rng.random() < 0.4 else number) + raw[b:]

    def _do_quote(self, seed, raw):
        """A number as text, a text as a number."""
        a, b = self.rng.choice(seed.numbers or seed.strings or seed.values)
        value = raw[a:b]
        other = value[1:-1] if value[:1] == b'"' else b'"%b"' % value
        return raw[:a] + other + raw[b:]

    def _do_several(self, seed, raw):
        """Several values at once, each by something else."""
        places = {self._place(seed) for _ in range(self.rng.randint(2, 5))}
        end = len(raw)
        for a, b in sorted(places, reverse=True):
            if b <= end:
                value = self.rng.choice(EXTREME if self.rng.random() < 0.5 else HOSTILE)
                raw, end = raw[:a] + value + raw[b:], a
        return raw

    def _do_graft(self, seed, raw):
        """A value of another message in the place of one of this."""
        other = self.rng.choice(self.seeds)
        (a, b), (c, d) = self._place(seed), self._place(other)
        return raw[:a] + other.raw[c:d][:4_000] + raw[b:]

    def _do_wrap(self, seed, raw):
        a, b = self._place(seed)
        head, tail = self.rng.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'"', b'"'), (b"[[", b"]]")])
        return raw[:a] + head + raw[a:b] + tail + raw[b:]

    def _do_nest(self, seed, raw):
        a, b = self._place(seed)
        n = self.rng.choice(DEPTHS)
        head, tail = self.rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
        return raw[:a] + head * n + b"0" + tail * n + raw[b:]

    # Objects and arrays

    def _do_drop(self, seed, raw):
        """Without a member or an element."""
        places = seed.members if self.rng.random() < 0.6 else seed.elements
        a, b = self.rng.choice(places or seed.values)
        rest = raw[b:].lstrip()
        if rest[:1] == b",":
            return raw[:a] + rest[1:]
        return raw[:a].rstrip().removesuffix(b",") + rest

    def _do_duplicate(self, seed, raw):
        """A key twice with the same value or another; an element twice."""
        keyed = bool(seed.members) and self.rng.random() < 0.7
        a, b = self.rng.choice(seed.members if keyed else seed.elements or seed.values)
        again = raw[a:b]
        if keyed and self.rng.random() < 0.6:
            key, colon, _ = again.partition(b":")
            again = key + colon + self.rng.choice(HOSTILE)
        if self.rng.random() < 0.5:
            return raw[:b] + b"," + again + raw[b:]
        return raw[:a] + again + b"," + raw[a:]

    def _do_rename(self, seed, raw):
        places = seed.keys or seed.strings or seed.values
        a, b = self.rng.choice(places)
        other = self.rng.choice(self.seeds)
        c, d = self.rng.choice(other.keys or [(0, 0)])
        return raw[:a] + (other.raw[c:d] or b'"x"') + raw[b:]

    def _do_length(self, seed, raw):
        """An array longer or shorter than it should be."""
        if not seed.arrays:
            return b"[%b]" % raw
        at = self.rng.choice(seed.arrays) + 1
        if self.rng.random() < 0.5:
            extra = b",".join(self.rng.choices(HOSTILE + EXTREME[:8], k=self.rng.randint(1, 12)))
            return raw[:at] + extra + (b"" if raw[at : at + 1] == b"]" else b",") + raw[at:]
        a, b = self.rng.choice(seed.elements or seed.values)
        later = [s for s in seed.elements[-40:] if s[0] >= a]
        end = later[-1][1] if later else b
        return raw[:a] + b"null" + raw[end:]

    # Texts

    def _do_text(self, seed, raw):
        """Another letter or digit in a text, or a text of another length."""
        a, b = self.rng.choice(seed.strings or seed.values)
        i = self.rng.randint(a, max(a, b - 1))
        rng = self.rng
        piece = rng.choice(
            [
                b"",
                b"-",
                b"/",
                b":",
                b".",
                b"_",
                b"@",
                b"9",
                b"0",
                b" ",
                b"x" * 70,
                raw[a + 1 : b - 1],
            ]
        )
        return raw[:i] + piece + raw[i + rng.randint(0, 2) :]

    def _do_huge(self, seed, raw):
        a, b = self._place(seed)
        return raw[:a] + b'"%b"' % (b"x" * self.rng.choice((300, 5_000, 60_000))) + raw[b:]

    def _do_surrogate(self, seed, raw):
        a, b = self.rng.choice(seed.strings or seed.values)
        i = self.rng.randint(a + 1, max(a + 1, b - 1))
        return raw[:i] + self.rng.choice(SURROGATES) + raw[i:]

    # Bytes

    def _do_cut(self, seed, raw):
        i = self.rng.randint(0, len(raw))
        return raw[:i] if self.rng.random() < 0.8 else raw[i:]

    def _do_splice(self, seed, raw):
        other = self.rng.choice(self.seeds).raw
        i, j = self.rng.randint(0, len(raw)), self.rng.randint(0, len(other))
        return raw[:i] + other[j : j + 4_000]

    def _do_flip(self, seed, raw):
        rng, changed = self.rng, bytearray(raw or b"\x00")
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            changed[int(rng.random() * len(changed))] = int(rng.random() * 256)
        return bytes(changed)

    def _do_space(self, seed, raw):
        i = self.rng.choice(self._place(seed))
        return raw[:i] + self.rng.choice(SPACE) + raw[i:]

    def _do_noise(self, seed, raw):
        if self.rng.random() < 0.2:
            return self.rng.choice(WHOLE)
        return self.rng.randbytes(int(self.rng.random() ** 3 * 400))

    def _do_same(self, seed, raw):
        """As it is: what follows a mutated message must not trip over what that left behind."""
        return raw
