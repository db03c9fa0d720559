"""Owns how packages, machine, seeds, git state and models are told as possible causes (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from mlops_lab.core.differences import FactDiff
from mlops_lab.core.explanation import CauseKind, Remark, RemarkWord, Section
from mlops_lab.core.facets import ModelInfo

from .candidate import PRIOR, Candidate, changed
from .entries import canonical_package
from .features import ENVIRONMENT, HARDWARE, seed_feature
from .remarks import in_english

_IMPORT = re.compile(r"^\s*(?:from|import)\s+([\w., ]+)", re.MULTILINE)
_DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "pil": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "lightning": "pytorch-lightning",
}
"""Packages that are not called as their module is."""

STEPS = (1.0, 0.5, 0.2)
"""How much a version counts by its first part that differs: the first, the second, any other."""

_KINDS: dict[str, tuple[CauseKind, Section, str]] = {
    "python": ("environment", "environment", ENVIRONMENT),
    "platform": ("environment", "environment", ENVIRONMENT),
    "variable": ("environment", "environment", ""),
    "hardware": ("hardware", "hardware", HARDWARE),
}

_SURROUNDING_WORDS: dict[str, RemarkWord] = {
    "python": "python",
    "platform": "platform",
    "variable": "variable",
    "hardware": "hardware",
}
_TOLD = 5


def surrounding_candidates(
    facts: Sequence[FactDiff], *, sources: Iterable[str], models: Iterable[ModelInfo]
) -> Iterator[Candidate]:
    """Give what differs besides params, code and data.

    Args:
        facts: what differs.
        sources: the code of both runs, which says what packages it uses.
        models: those of both runs, which say of which package they are.
    """
    used = {canonical_package(model.library) for model in models} | set(_imported(sources))
    rest = []
    for fact in facts:
        if fact.kind == "package" and fact.name not in used:
            rest.append(fact)
        elif fact.kind == "package":
            yield _package(fact)
        elif fact.kind == "model":
            yield _model(fact)
        elif fact.kind == "seed":
            yield _seed(fact)
        elif fact.kind != "git":
            yield _other(fact)
    if rest:
        yield _unused(rest)
    git = [fact for fact in facts if fact.kind == "git"]
    if git:
        yield _git(git)


def _imported(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        for names in _IMPORT.findall(source):
            for name in names.partition(" import")[0].split(","):
                module = name.strip().partition(" ")[0].partition(".")[0].lower()
                yield canonical_package(_DISTRIBUTIONS.get(module, module))


def _package(fact: FactDiff) -> Candidate:
    before, after = fact.values
    remark = Remark("package", [fact.name])
    return Candidate(
        kind="environment",
        name=fact.name,
        title=changed(in_english(remark), before, after),
        before=before,
        after=after,
        section="environment",
        prior=PRIOR["used package"] * version_step(before, after),
        features=(ENVIRONMENT,),
        facts=(Remark("package_used"),),
        remark=remark,
    )


def _unused(facts: Sequence[FactDiff]) -> Candidate:
    names = [fact.name for fact in facts]
    one = facts[0] if len(facts) == 1 else None
    largest = max(version_step(*fact.values) for fact in facts)
    remark = Remark("package", [one.name]) if one else Remark("packages", numbers=[len(facts)])
    title = in_english(remark)
    return Candidate(
        kind="environment",
        name=one.name if one else "packages",
        title=changed(title, *one.values) if one else title,
        before=one.values[0] if one else None,
        after=one.values[1] if one else None,
        section="environment",
        prior=PRIOR["other package"] * largest,
        features=(ENVIRONMENT,),
        facts=(Remark("packages_unused", names[:_TOLD], more=len(names[_TOLD:])),),
        remark=remark,
    )


def version_step(before: str | None, after: str | None) -> float:
    """Return how much a change of version counts; see ``STEPS``."""
    if before is None or after is None:
        return STEPS[0]
    parts = zip_longest(before.split("."), after.split("."))
    at = next((place for place, (one, other) in enumerate(parts) if one != other), 0)
    return STEPS[min(at, len(STEPS) - 1)]


def _model(fact: FactDiff) -> Candidate:
    values = [None if value is None else value.rpartition(".")[2] for value in fact.values]
    return Candidate(
        kind="model",
        name=fact.name,
        title=changed(f"The model {fact.name}", *values),
        before=fact.values[0],
        after=fact.values[1],
        section="model",
        prior=PRIOR["model"],
        facts=(Remark("model_params"),) if None not in values else (),
    )


def _seed(fact: FactDiff) -> Candidate:
    return Candidate(
        kind="seed",
        name=fact.name,
        title=changed(f"The seed of {fact.name}", *fact.values),
        before=fact.values[0],
        after=fact.values[1],
        section="environment",
        prior=PRIOR["seed"],
        features=(seed_feature(fact.name),),
    )


def _other(fact: FactDiff) -> Candidate:
    kind, section, feature = _KINDS[fact.kind]
    remark = Remark(_SURROUNDING_WORDS[fact.kind], [fact.name])
    return Candidate(
        kind=kind,
        name=fact.name,
        title=changed(in_english(remark), *fact.values),
        before=fact.values[0],
        after=fact.values[1],
        section=section,
        prior=PRIOR[fact.kind],
        features=(feature,) if feature else (),
        remark=remark,
    )


def _git(facts: Sequence[FactDiff]) -> Candidate:
    by_name = {fact.name: fact for fact in facts}
    order = ("commit", "uncommitted changes", "dirty", "branch", "remote")
    first = next(by_name[name] for name in order if name in by_name)
    titles = {
        "commit": "The working tree is of another commit",
        "uncommitted changes": "The working tree has other uncommitted changes",
        "dirty": "Only one of the working trees has uncommitted changes",
        "branch": "The branch is another",
        "remote": "The repository is another",
    }
    others = [name for name in order if name in by_name and name != first.name]
    return Candidate(
        kind="git",
        name=first.name,
        title=titles[first.name],
        before=first.values[0],
        after=first.values[1],
        section="git",
        prior=PRIOR["git"] if first.name in order[:3] else PRIOR["variable"],
        facts=(Remark("git_too", others),) if others else (),
    )
