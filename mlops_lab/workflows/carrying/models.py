"""Owns taking registered models in: versions keep their numbers, and nothing there is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from mlops_lab.core.carrying import CarriedModel, CarriedVersion
from mlops_lab.core.masking import masked
from mlops_lab.store import audit, carried_models, outbox, registry_aliases
from mlops_lab.store.store import Store

from .tally import Tally

STAGES = frozenset({"None", "Staging", "Production", "Archived"})
_THERE = "a model version with this number is in the store with other content; it was left as it is"
_ALIAS = "the alias points at another version here; it was left as it is"


def take_models(
    store: Store,
    models: Iterable[CarriedModel],
    tally: Tally,
    *,
    who: str,
    run_of: Callable[[str], str],
) -> None:
    """Write models with versions, tags and aliases; what is there stays as it is.

    Args:
        store: the open store.
        models: what comes.
        tally: what counts it.
        who: the user.
        run_of: returns the id that the run of a version has here.
    """
    for model in models:
        with store.write() as tx:
            row, is_new = carried_models.add_model(tx, masked(model), who=who)
            fresh = []
            for version in model.versions:
                came = _version_here(masked(version), run_of)
                there = carried_models.find_version(tx, row.id, came.number)
                if there is None:
                    carried_models.add_version(tx, row.id, came)
                    fresh.append(came.number)
                elif there != (came.source, came.run_id):
                    tally.leave(_THERE, f"{model.name} {came.number}")
            aliases = registry_aliases.read_aliases(tx, [row.id]).get(row.id, {})
            for alias, number in sorted(model.aliases.items()):
                if alias not in aliases and number in fresh:
                    registry_aliases.point(tx, row, alias, number, who=who)
                elif aliases.get(alias, number) != number:
                    tally.leave(_ALIAS, f"{model.name}@{alias}")
            if fresh or is_new:
                audit.note(
                    tx,
                    "import",
                    "registered_model",
                    row.id,
                    who=who,
                    name=model.name,
                    versions=fresh,
                )
                outbox.put_change(tx, "model", row.id, "created" if is_new else "updated")
        tally.took("models", int(is_new))
        tally.took("model versions", len(fresh))


def _version_here(version: CarriedVersion, run_of: Callable[[str], str]) -> CarriedVersion:
    return msgspec.structs.replace(
        version,
        run_id=run_of(version.run_id) if version.run_id else None,
        stage=version.stage if version.stage in STAGES else "None",
    )
