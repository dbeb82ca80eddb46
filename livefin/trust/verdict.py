"""The verdict over all checks on one indicator, as a person reads it.

No check is made here; what one says is a Finding, and how it looks in a notebook is said in
showing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from livefin.trust.finding import SIGNS, Finding
from livefin.trust.showing import html


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """All findings on one indicator.

    >>> verdict = Verdict("RSI(14)", [Finding("look-ahead", "passed", "none in 300 cuts")])
    >>> verdict, verdict.honest
    (<Verdict on RSI(14): nothing wrong in 1 check>, True)
    """

    name: str
    findings: list[Finding]
    about: str = ""
    """On which bars it was checked."""
    seconds: float = 0.0

    @property
    def honest(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    @property
    def failed(self) -> list[Finding]:
        """The findings that failed."""
        return [finding for finding in self.findings if finding.state == "failed"]

    @property
    def summary(self) -> str:
        """One line."""
        unknown = [finding.check for finding in self.findings if finding.state == "unknown"]
        checks = len(self.findings) - len(unknown)
        text = f"nothing wrong in {checks} {'check' if checks == 1 else 'checks'}"
        if self.failed:
            text = "; ".join(finding.short or finding.check for finding in self.failed)
        return text + (f"; not checked: {', '.join(unknown)}" if unknown else "")

    def __getitem__(self, check: str) -> Finding:
        """The finding of that check. Raises KeyError."""
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise KeyError(check)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __repr__(self) -> str:
        return f"<Verdict on {self.name}: {self.summary}>"

    def __str__(self) -> str:
        width = max((len(finding.check) for finding in self.findings), default=0)
        lines = [f"{self.name}: {self.summary}"]
        lines += [f"  {SIGNS[f.state]} {f.check:<{width}}  {f.text}" for f in self.findings]
        return "\n".join([*lines, f"  {self.about}"] if self.about else lines)

    def _repr_html_(self) -> str:
        return html(self.name, self.findings, self.about)
