"""Figures about readers, each with its interval: agreement, decoys, overrides, time, repeated texts. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.finding import GROUNDS
from peelian.governance.review.agreement import (
    Figure,
    Pair,
    Unit,
    bootstrapped,
    cohen_kappa,
    krippendorff_alpha,
    wilson,
)
from peelian.governance.review.decoys import Nature
from peelian.governance.review.rubber_stamp import Answer, flagged_after
from peelian.governance.review.states import State
from peelian.governance.review.verdict import Verdict
from peelian.governance.review.words import duplicates


@dataclass(frozen=True)
class Reading:
    """One committed judgement as the figures need it; `opened` is when its reader last opened the finding.

    `words` is None where they are sealed with whom the finding is about: figures open nobody's records.
    """

    reader: str
    finding_id: str
    verdict: Verdict
    words: str | None
    nature: Nature
    opened: datetime
    committed: datetime

    @property
    def confirmed(self) -> bool:
        """Return whether the reader agreed with the finding."""
        return self.verdict is Verdict.CONFIRMED


@dataclass(frozen=True)
class ReaderFigures:
    """What is known of one reader.

    Parameters
    ----------
    readings : how many judgements were committed.
    decoys_right : share of decoys answered rightly.
    overrides : share of real findings that were not confirmed.
    seconds : median time from opening to judgement of real findings, in seconds.
    repeated : share of reasons that the reader had written before, among those about nobody.
    flagged_after : number of readings after which the reader was flagged as not looking, or None.
    """

    reader: str
    readings: int
    decoys_right: Figure
    overrides: Figure
    seconds: Figure
    repeated: Figure
    flagged_after: int | None

    def document(self) -> Document:
        """Return the figures for machines."""
        figures = {
            name: getattr(self, name).document()
            for name in ("decoys_right", "overrides", "seconds", "repeated")
        }
        told: Document = {
            "reader": self.reader,
            "readings": self.readings,
            "flagged_after": self.flagged_after,
        }
        return {**told, **figures}


@dataclass(frozen=True)
class ReviewFigures:
    """What is known of review as a whole: agreement of first and second readers, urgent acts, and every reader."""

    kappa: Figure
    alpha: Figure
    urgent_acts: int
    called_back: int
    readers: tuple[ReaderFigures, ...]

    def document(self) -> Document:
        """Return the figures for machines."""
        return {
            "kappa": self.kappa.document(),
            "alpha": self.alpha.document(),
            "urgent_acts": self.urgent_acts,
            "called_back": self.called_back,
            "readers": [reader.document() for reader in self.readers],
            "grounds": GROUNDS,
        }


def reader_figures(reader: str, readings: Iterable[Reading], *, rng: np.random.Generator) -> ReaderFigures:
    """Return the figures of one reader from all readings, in the order in which they were committed."""
    own = sorted((each for each in readings if each.reader == reader), key=lambda each: each.committed)
    decoys = [each for each in own if each.nature is not Nature.REAL]
    real = [each for each in own if each.nature is Nature.REAL]
    texts = [each.words for each in own if each.words is not None]
    return ReaderFigures(
        reader=reader,
        readings=len(own),
        decoys_right=wilson(sum(_right(each) for each in decoys), len(decoys)),
        overrides=wilson(sum(not each.confirmed for each in real), len(real)),
        seconds=bootstrapped(
            _median, [(each.committed - each.opened).total_seconds() for each in real], rng=rng
        ),
        repeated=wilson(sum(duplicates(texts)), len(texts)),
        flagged_after=_flagged(own),
    )


def agreement(readings: Iterable[Reading], *, rng: np.random.Generator) -> tuple[Figure, Figure]:
    """Return Cohen's kappa of first and second readers, and Krippendorff's alpha over all, on real findings alone."""
    by_finding: dict[str, list[Reading]] = {}
    for each in sorted((r for r in readings if r.nature is Nature.REAL), key=lambda each: each.committed):
        by_finding.setdefault(each.finding_id, []).append(each)
    twice = [read for read in by_finding.values() if len(read) > 1]
    pairs: list[Pair] = [(read[0].verdict, read[1].verdict) for read in twice]
    units: list[Unit] = [tuple(each.verdict for each in read) for read in twice]
    return bootstrapped(cohen_kappa, pairs, rng=rng), bootstrapped(krippendorff_alpha, units, rng=rng)


def review_figures(
    readings: Sequence[Reading], states: Sequence[State], *, rng: np.random.Generator
) -> ReviewFigures:
    """Return all figures, from all readings and from every state that any finding came into."""
    kappa, alpha = agreement(readings, rng=rng)
    names = sorted({each.reader for each in readings})
    return ReviewFigures(
        kappa=kappa,
        alpha=alpha,
        urgent_acts=states.count(State.ACTED_URGENTLY),
        called_back=states.count(State.CALLED_BACK),
        readers=tuple(reader_figures(name, readings, rng=rng) for name in names),
    )


def _right(reading: Reading) -> bool:
    return reading.confirmed == (reading.nature is Nature.HOLDS)


def _median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) if seconds else float("nan")


def _flagged(own: Sequence[Reading]) -> int | None:
    """Return the number of the reading, among all of this reader's, at which the test on decoys flagged them."""
    decoys = [(place, each) for place, each in enumerate(own, start=1) if each.nature is not Nature.REAL]
    after = flagged_after(Answer(each.nature is Nature.HOLDS, each.confirmed) for _, each in decoys)
    return None if after is None else decoys[after - 1][0]
