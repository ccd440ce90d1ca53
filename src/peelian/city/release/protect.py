"""The protection: whole runs of places, never fewer than k, said once and raised only by k. With its proof.

**What is published.** For each slice (period, offence, origin) the places are walked in their declared order and
their counts added up; when the sum has reached k the run is closed and its count published, and what is left at
the end joins the last run. A slice that has fewer than k in all is withheld: nothing is said but "fewer than k".
Runs cover every place once, so nothing is lost: the figures of a slice add up to all of its incidents, and every
coarser table is a sum of them.

**Later releases.** The runs of a slice are drawn once and stay. A figure is never lowered; it is raised when the
data hold at least k incidents more than it says, else it stands as first said. A slice that was withheld and has
reached k since is published as one run.

**What an attacker can learn**, who knows this rule, k, the order of the places and every figure ever published:
take any set U of places of a slice that is not made of whole runs. Then at least k different counts of U agree
with everything published. Proof, for one run of total N >= k, U a part of it, V its other places:

1. *A run that is not the last* was closed at its last place q, so the places before q hold at most k - 1 between
   them, in any way that adds up to s, for every s = 0 ... k - 1; q holds N - s. If U lies before q, its count can
   be each of 0 ... k - 1. If U contains q, some place of V lies before q and can hold s while the others before q
   hold none, so the count of U can be each of N - (k - 1) ... N.
2. *The last run*: take p in U and q in V, all other places empty. If p comes first, let it hold s = 0 ... k - 1
   and q the rest: the sum reaches k at q, as the rule wants. If q comes first, let q hold s: U holds N - s.
3. *A withheld slice*: any part of it can hold 0 ... k - 1, the others none.

Runs are independent of each other, so a set that cuts several of them has at least as many possible counts. Sets
of whole runs hold k or more. Zero is never shown: an empty place is part of a run or of a withheld slice like any
other, since a zero beside a total is what makes a small number computable. (A place where nothing can happen is
kept out by drawing the area, not by looking at the counts.)

**In time.** An unchanged figure says that fewer than k were added: 0 ... k - 1, that is k values. A raised one
says how many, at least k. A slice withheld at first and counted N later had 0 ... k - 1 at first, so N - (k - 1)
... N came since: k values. So no late report, correction or expungement of fewer than k can be seen.

**What the proof takes for granted**: that an incident stays in its slice, or that nobody outside knows which ones
moved to another. A changed mapping breaks this for everybody who reads it: of 25 thefts 23 become burglaries, the
first figure of burglaries says 23, and 2 thefts are given away. No construction over counts helps, since each figure
is true. So where a source's rules changed since an edition (see `mapping.grouping`), figures of days it covers stand as
first said, and a first figure of another slice of these days is refused (`past.heed_grouping`). Single corrections,
which move an incident without a rule that the public knows, are not covered by this.

All tables ever published under one grouping are sums of the same disjoint figures, so no combination of them says
more than they do: two overlapping periods, nested areas, group totals minus members differ by whole figures, each k
or more. What the argument rests on (one lattice, runs kept, figures never lowered) is checked again by `audit`,
which knows nothing of this construction; it knows nothing of mappings either.

**Why not another way.** *Cell suppression* (Fischetti & Salazar 2001; Hundepool et al., Statistical Disclosure
Control, 2012, ch. 4) keeps fixed cells, but which cells it sacrifices depends on the counts, so whoever knows the
algorithm learns from its choice, and each new table calls for a new pattern that agrees with all old ones.
*Noise with a cell key* (Australian Bureau of Statistics, TableBuilder; Hundepool ch. 5) survives repetition but
not combination: every further table over the same cell narrows what the noise hides (Dinur & Nissim 2003), so its
safety is a matter of how many questions are asked. *Rounding* has the same weakness. Here the price is paid in
geography, in sight of everybody: a small place is shown together with its neighbours, and not in the same company
in each period; and figures age, since changes below k are never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from peelian.city.release.figures import Figure, Slice, standing

Counts = NDArray[np.int64]


def partition(counts: Sequence[int] | Counts, *, k: int) -> tuple[tuple[int, int], ...]:
    """Return runs `first <= number < stop` of k incidents or more that cover all places; none where all have < k."""
    cuts, held = [0], 0
    for number, count in enumerate(counts):
        held += int(count)
        if held >= k:
            cuts.append(number + 1)
            held = 0
    if len(cuts) == 1:
        return ()
    cuts[-1] = len(counts)
    return tuple(pairwise(cuts))


def protect(
    counts: Mapping[Slice, Counts], *, history: tuple[Figure, ...], k: int, edition: int
) -> tuple[Figure, ...]:
    """Return what release `edition` says that no earlier one said.

    Parameters
    ----------
    counts : incidents by slice, for every place in the declared order; slices without any included.
    history : every figure published so far.
    """
    said: dict[Slice, list[Figure]] = {}
    for figure in history:
        said.setdefault(figure.slice, []).append(figure)
    return tuple(
        figure
        for each in sorted(counts)
        for figure in _say(each, counts[each], earlier=tuple(said.get(each, ())), k=k, edition=edition)
    )


def _say(
    each: Slice, counts: Counts, *, earlier: tuple[Figure, ...], k: int, edition: int
) -> tuple[Figure, ...]:
    if any(figure.k < k for figure in earlier):
        return ()  # said under a weaker rule; whatever were added now would be measured against that
    if any(figure.count is not None for figure in earlier):
        return _raised(earlier, counts, k=k, edition=edition)
    whole = (0, len(counts))
    runs = (whole,) if earlier and counts.sum() >= k else partition(counts, k=k)
    if not runs:
        return (Figure(each, *whole, count=None, k=k, edition=edition),)
    return tuple(
        Figure(each, *run, count=int(counts[slice(*run)].sum()), k=k, edition=edition) for run in runs
    )


def _raised(earlier: tuple[Figure, ...], counts: Counts, *, k: int, edition: int) -> tuple[Figure, ...]:
    raised = []
    for figure in standing(earlier):
        now = int(counts[figure.first : figure.stop].sum())
        if figure.count is not None and now >= figure.count + k:
            raised.append(Figure(*figure.run, count=now, k=k, edition=edition))
    return tuple(raised)
