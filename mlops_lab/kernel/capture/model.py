"""Owns the capture of fitted models: class, library, hyperparameters, signature and a few facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import ModelInfo, SignatureColumn
from mlops_lab.kernel.display import note

from .base import Outcome, Watched
from .families import family_of, is_of, library_of, library_version, own_values
from .fits import Before, Fit, find_fits, look_before, without_parts
from .hyperparameters import (
    hyperparameters_of,
    optimizer_hyperparameters,
    origin_of,
    parts_of,
    value_text,
)
from .signature import input_columns, output_columns
from .unnamed import unnamed_fits

MAX_MODELS = 20
"""Of one cell so many models are recorded."""

MAX_PARAMS = 300
"""Of the models of one cell so many hyperparameters become params; the facets hold all."""

_FACTS = (
    *("n_features_in_", "n_iter_", "n_outputs_", "n_estimators_", "best_iteration", "best_score"),
    *("best_iteration_", "best_score_", "best_index_", "oob_score_", "inertia_", "n_splits_"),
    *("_best_iteration", "_n_classes", "n_clusters_", "n_components_", "n_leaves_"),
)
_COMPUTING = frozenset({"sklearn", "xgboost", "lightgbm"})
_MAX_LAYERS = 100


class ModelCapture:
    """Records each model that the cell fitted as a facet, and its hyperparameters as params."""

    kind: CaptureKind = "model"

    def before(self, cell: Watched) -> Before | None:
        """Note the models that the cell finds."""
        return look_before(cell)

    def after(
        self,
        cell: Watched,
        seen: Before | None,
        outcome: Outcome,
    ) -> None:
        """Record the models that the cell has fitted; also of a cell that failed later on."""
        named = find_fits(cell, seen)
        fits = without_parts([*named, *unnamed_fits(cell, outcome, named)])
        if len(fits) > MAX_MODELS:
            cell.run.warn(
                f"The cell fitted {len(fits)} models; the first {MAX_MODELS} are recorded."
            )
        left = MAX_PARAMS
        for fit in fits[:MAX_MODELS]:
            try:
                info = describe(fit, cell)
            except Exception as error:  # noqa: BLE001 - what a library raises is no fault of the cell
                note(f"the model {fit.name!r} did not describe itself: {error!r}")
                continue
            self._add_facet(cell, fit.model, info)
            left -= self._add_params(cell, fit, info, left=left)

    def _add_facet(self, cell: Watched, model: Any, info: ModelInfo) -> None:
        """Add what was seen of the fit to what ``log_model`` stored, if it stored this model."""
        stored = cell.run.models.get(id(model))
        # Another object may have come to the address of one that is gone.
        if (
            stored is not None
            and stored.class_name == info.class_name
            and stored.hyperparameters.items() <= info.hyperparameters.items()
        ):
            info = msgspec.structs.replace(
                stored,
                hyperparameters=info.hyperparameters,
                inputs=info.inputs or stored.inputs,
                outputs=stored.outputs or info.outputs,
                environment_digest=cell.run.facets.get(("environment", "")),
            )
        elif any(other.name == info.name for other in cell.run.models.values()):
            info = msgspec.structs.replace(info, name=f"{info.name} (variable)")
        cell.run.add_facet("model", info.name, info, key=info.class_name)

    def _add_params(self, cell: Watched, fit: Fit, info: ModelInfo, *, left: int) -> int:
        texts, details, parts = {}, {}, parts_of(fit.model)
        for name, text in list(info.hyperparameters.items())[: max(left, 0)]:
            texts[f"{fit.name}.{name}"] = text
            details[f"{fit.name}.{name}"] = fit.name + origin_of(fit.model, parts, name, text)
        cell.run.add_params(texts, origin="model", details=details)
        return len(texts)


def describe(fit: Fit, cell: Watched) -> ModelInfo:
    """Return what is known of a fitted model.

    Raises:
        Exception: whatever the class of the model raises when it is asked.
    """
    reading = cell.reading
    names = [*reading.reads, *reading.computed] if reading is not None else []
    facts = facts_of(fit.model)
    if fit.is_cross_validated:
        facts["fitted"] = "in cross-validation"
    if fit.is_remade:
        facts["known"] = "from the code: it has no name"
    hyperparameters = hyperparameters_of(fit.model)
    if family_of(type(fit.model)) == "torch":
        hyperparameters |= _optimizer_of(fit.model, cell, names)
    return describe_model(
        fit.model,
        fit.name,
        hyperparameters=hyperparameters,
        inputs=input_columns(fit.model, fit.data, cell.namespace, names),
        outputs=output_columns(fit.data, cell.namespace),
        facts=facts,
    )


def describe_model(
    model: Any,
    name: str,
    *,
    hyperparameters: dict[str, str],
    inputs: list[SignatureColumn],
    outputs: list[SignatureColumn],
    facts: dict[str, str],
) -> ModelInfo:
    """Return the struct of a model, with what its class says of itself."""
    kind = type(model)
    library = library_of(kind)
    return ModelInfo(
        name=name,
        class_name=f"{kind.__module__}.{kind.__qualname__}",
        library=library,
        library_version=library_version(library),
        hyperparameters=hyperparameters,
        inputs=inputs,
        outputs=outputs,
        facts=facts,
    )


def facts_of(model: Any) -> dict[str, str]:
    """Return the few small things that a model keeps about its fit."""
    family = family_of(type(model))
    if family == "torch":
        return _network_facts(model)
    if family == "keras":
        return _keras_facts(model)
    held = own_values(model)
    asked = model if library_of(type(model)) in _COMPUTING and family == "estimator" else None
    found = {name.strip("_"): value_text(name, held[name]) for name in _FACTS if name in held}
    count = _asked(asked, "n_features_in_")
    if isinstance(count, int):
        found["n_features_in"] = str(count)
    classes = held.get("classes_", held.get("_classes", _asked(asked, "classes_")))
    if is_of(classes, "numpy", "ndarray") and classes.ndim == 1:
        found["classes"] = str(classes[:50].tolist())
    if family == "xgboost":
        found["rounds"] = str(model.num_boosted_rounds())
        found["n_features_in"] = str(model.num_features())
    if family == "lightgbm":
        found["rounds"] = str(model.current_iteration())
        found["n_features_in"] = str(model.num_feature())
        found["best_iteration"] = str(own_values(model).get("best_iteration"))
    return {name: text for name, text in found.items() if text is not None}


def _asked(model: Any, name: str) -> Any:
    """Return what a class of scikit-learn computes, such as a pipeline from its last step."""
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001 - the library decides what it raises before a fit
        return None


def _network_facts(model: Any) -> dict[str, str]:
    weights = {id(w): w for module in _modules(model) for w in _held(module, "_parameters")}
    layers = [type(part).__name__ for part in _held(model, "_modules")][:_MAX_LAYERS]
    trained = [w for w in weights.values() if w.requires_grad]
    return {
        "parameters": str(sum(w.numel() for w in weights.values())),
        "trainable_parameters": str(sum(w.numel() for w in trained)),
        "layers": ", ".join(layers),
    }


def _keras_facts(model: Any) -> dict[str, str]:
    layers = [type(layer).__name__ for layer in model.layers[:_MAX_LAYERS]]
    facts = {"layers": ", ".join(layers)}
    if model.built:
        facts["parameters"] = str(model.count_params())
        facts["input_shape"] = str(getattr(model, "input_shape", ""))
        facts["output_shape"] = str(getattr(model, "output_shape", ""))
    return facts


def _optimizer_of(model: Any, cell: Watched, names: list[str]) -> dict[str, str]:
    """Return the settings of the optimizer that holds weights of the model, found by its name."""
    weights = {id(w) for module in _modules(model) for w in _held(module, "_parameters")}
    for name in names:
        value = cell.namespace.get(name)
        if not is_of(value, "torch.optim.optimizer", "Optimizer"):
            continue
        groups = own_values(value).get("param_groups") or []
        if any(id(weight) in weights for group in groups for weight in group["params"]):
            settings = optimizer_hyperparameters(value)
            return {"optimizer": repr(type(value).__name__)} | {
                f"optimizer.{key}": text for key, text in settings.items()
            }
    return {}


def _modules(model: Any) -> Iterator[Any]:
    waiting, seen = [model], 0
    while waiting and seen < 10 * MAX_PARAMS:
        module = waiting.pop()
        seen += 1
        yield module
        waiting.extend(_held(module, "_modules"))


def _held(module: Any, name: str) -> list[Any]:
    return [one for one in (own_values(module).get(name) or {}).values() if one is not None]
