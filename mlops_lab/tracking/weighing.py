"""Owns the rule by which differences are ranked as causes, and what is said in the end (pure).

Weights are added as log-odds, each piece of evidence by itself ("weight of evidence", I. J. Good,
1950). The numbers are chosen, not fitted; ``docs/user/compare.md`` tells the rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from mlops_lab.core.explanation import Cause, Evidence, Verdict

from .candidate import Candidate
from .evidence import (
    Groups,
    Noise,
    Observed,
    Pairs,
    Trend,
    as_number,
    find_groups,
    find_pairs,
    find_trend,
)
from .remarks import in_english

LIKELY = 0.6
"""From this weight on a cause that other runs speak for is called likely."""

NEGLIGIBLE = 0.25
"""An effect below this share of the difference speaks against a cause."""

WEAK = 0.3
"""A correlation, or an agreement of groups, below this speaks neither for nor against."""

ALONE = 2.0
"""What it counts that nothing else differs."""


class Question(msgspec.Struct, frozen=True):
    """What is asked: why the metric is higher by ``change``, and who is there to tell.

    ``before`` and ``after`` are what the two runs were made of, by feature; ``change`` is None where
    one of them has no value. ``runs`` are the other runs.
    """

    change: float | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    runs: Sequence[Observed] = ()
    noise: Noise | None = None


class _Weighed(msgspec.Struct, frozen=True):
    evidence: Evidence
    log_odds: float


def weigh(candidates: Sequence[Candidate], question: Question) -> list[Cause]:
    """Return the causes, the likeliest first; what is equally likely stays in the order given."""
    causes = [_weigh(one, question, is_alone=len(candidates) == 1) for one in candidates]
    return sorted(causes, key=lambda cause: -cause.weight)


def judge(causes: Sequence[Cause], question: Question) -> Verdict:
    """Return what can be said in the end."""
    if question.change is None:
        return "no_value"
    if question.change == 0:
        return "same_value" if causes else "nothing_differs"
    if not causes:
        return "nothing_differs"
    if question.noise is not None and abs(question.change) <= question.noise.range:
        return "noise"
    if len(causes) == 1:
        return "alone"
    has_evidence = any(
        one.supports and one.kind in ("pairs", "trend", "groups") for one in causes[0].evidence
    )
    return "likely" if has_evidence and causes[0].weight >= LIKELY else "unclear"


def _weigh(candidate: Candidate, question: Question, *, is_alone: bool) -> Cause:
    found = list(_of_runs(candidate, question))
    if is_alone:
        alone = Evidence("alone", "Nothing else that was recorded differs.", supports=True)
        found.append(_Weighed(alone, ALONE))
    facts = [Evidence("fact", in_english(one), remark=one) for one in candidate.facts]
    if not found and question.change:
        text = "No other run shows what this alone does."
        facts.append(Evidence("none", text))
    log_odds = math.log(candidate.prior / (1 - candidate.prior)) + sum(
        one.log_odds for one in found
    )
    return Cause(
        kind=candidate.kind,
        name=candidate.name,
        title=candidate.title,
        before=candidate.before,
        after=candidate.after,
        weight=round(1 / (1 + math.exp(-log_odds)), 3),
        evidence=[*(one.evidence for one in found), *facts],
        section=candidate.section,
        remark=candidate.remark,
    )


def _of_runs(candidate: Candidate, question: Question) -> Iterator[_Weighed]:
    """Give what other runs tell.

    Controlled evidence counts alone: a trend mixes in what else the runs differ in, and is only
    told beside it.
    """
    if not candidate.features or not question.change:
        return
    feature = candidate.features[0]
    values = question.before.get(feature), question.after.get(feature)
    if values[0] == values[1]:
        return
    counts = 1.0
    pairs = find_pairs(question.runs, candidate.features, *values)
    if pairs is not None:
        yield _pairs(pairs, question.change)
        counts = 0.0
    numbers = as_number(values[0]), as_number(values[1])
    trend = find_trend(question.runs, feature)
    groups = find_groups(question.runs, feature, *values)
    if trend is not None and numbers[0] is not None and numbers[1] is not None:
        # What a correlation says of this step is positive where it goes the way of the change.
        way = math.copysign(1.0, (numbers[1] - numbers[0]) * question.change)
        yield _trend(trend, candidate.name, way=way, counts=counts)
    elif groups is not None:
        yield _groups(groups, question.change, counts=counts)


def _pairs(found: Pairs, change: float) -> _Weighed:
    agreement = max(-1.0, min(1.0, found.effect / change))
    words = (
        "1 pair of other runs differs"
        if found.count == 1
        else f"{found.count:,} pairs of other runs differ"
    )
    text = f"{words} in this alone: {found.effect:+.4g} on average."
    supports = agreement >= NEGLIGIBLE
    evidence = Evidence("pairs", text, supports=supports, runs=found.count, value=found.effect)
    return _Weighed(evidence, found.count / (found.count + 1) * (4 * agreement - 1))


def _trend(found: Trend, name: str, *, way: float, counts: float) -> _Weighed:
    text = (
        f"In {found.runs:,} other runs of the experiment {name} and the metric have a rank "
        f"correlation of {found.correlation:+.2f}."
    )
    agreement = way * found.correlation
    supports = None if abs(agreement) < WEAK else agreement > 0
    evidence = Evidence("trend", text, supports=supports, runs=found.runs, value=found.correlation)
    return _Weighed(evidence, counts * 2.5 * agreement * found.runs / (found.runs + 5))


def _groups(found: Groups, change: float, *, counts: float) -> _Weighed:
    before, after = found.means
    difference = after - before
    text = (
        f"Other runs with the value before have {before:.4g} on average ({found.counts[0]:,}), "
        f"those with the value now {after:.4g} ({found.counts[1]:,})."
    )
    # Of two groups no further apart than each spreads nothing is said.
    clear = min(1.0, abs(difference) / found.spread) if found.spread else 1.0
    agreement = max(-1.0, min(1.0, difference / change)) * clear
    supports = None if abs(agreement) < WEAK else agreement > 0
    runs = sum(found.counts)
    evidence = Evidence("groups", text, supports=supports, runs=runs, value=difference)
    return _Weighed(evidence, counts * 1.5 * agreement * runs / (runs + 5))


def sum_up(verdict: Verdict, causes: Sequence[Cause], question: Question, *, metric: str) -> str:
    """Return what can be said in the end, in a sentence or two."""
    if verdict == "no_value":
        lacks = f"One of the runs has no value of {metric}."
        return lacks if metric else "There is no metric to compare."
    first = causes[0].title if causes else ""
    noise = question.noise
    chance = "What is left is chance, or was not recorded."
    if noise is not None:
        changed = f"changed it by up to {noise.range:.4g}" if noise.range else "did not change it"
        chance = f"Running it again with other seeds {changed} ({noise.runs:,} runs)."
    told = {
        "alone": f"{first}. Nothing else that was recorded differs.",
        "likely": f"{first}. Other runs speak for it.",
        "unclear": f"{len(causes):,} things differ, and other runs do not tell them apart. "
        f"The likeliest: {first}.",
        "noise": f"The difference in {metric} may be chance: {chance}",
        "same_value": f"Both runs have the same {metric}.",
        "nothing_differs": f"Nothing that was recorded differs. {chance if question.change else ''}",
    }
    return told[verdict].strip()
