"""Owns the callbacks of Keras and Lightning: what they report at the end of each epoch."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mlops_lab.core.errors import InvalidInputError

from .points import Points


def make_keras() -> Any:
    """Return a callback for ``model.fit(..., callbacks=[...])``."""
    base: Any = import_module("keras").callbacks.Callback

    class KerasCurves(base):  # type: ignore[misc]
        """Logs what an epoch ended with, and the learning rate where Keras tells it."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            Points().log(dict(logs or {}), step=epoch)

    return KerasCurves()


def make_lightning() -> Any:
    """Return a callback for ``Trainer(callbacks=[...])``.

    Raises:
        InvalidInputError: neither ``lightning`` nor ``pytorch_lightning`` is installed.
    """
    installed = ("lightning", "pytorch_lightning")
    name = next((name for name in installed if find_spec(name) is not None), None)
    if name is None:
        raise InvalidInputError(
            "Lightning is not installed in this kernel.",
            hint="For a loop of your own use lab.callbacks.torch().",
        )
    base: Any = import_module("lightning.pytorch" if name == "lightning" else name).Callback

    class LightningCurves(base):  # type: ignore[misc]
        """Logs the metrics that the module has logged, once an epoch of training or validation."""

        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:  # noqa: ARG002
            Points().log(dict(trainer.callback_metrics), step=trainer.current_epoch)

        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:  # noqa: ARG002
            # Within an epoch of training its own end logs both.
            if not trainer.sanity_checking and not trainer.training:
                Points().log(dict(trainer.callback_metrics), step=trainer.current_epoch)

    return LightningCurves()
