"""Owns ``lab.callbacks``: what a library calls while it trains, so that its curves are drawn live.

Each function imports its library when it is called, and returns an object for the library's own
``callbacks`` argument. What the objects log goes to the run that is tracked then; without one they
say so once and the training goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loop import Loop

__all__ = ["keras", "lightgbm", "lightning", "optuna", "torch", "xgboost"]


def xgboost() -> Any:
    """Return a callback of XGBoost: each evaluation metric of each round, such as ``train-auc``."""
    from .boosters import make_xgboost

    return make_xgboost()


def lightgbm() -> Any:
    """Return a callback of LightGBM: each evaluation metric of each round, such as ``valid_0-auc``."""
    from .boosters import LightGBMCurves

    return LightGBMCurves()


def keras() -> Any:
    """Return a callback of Keras: what it reports at the end of each epoch, such as ``val_loss``."""
    from .networks import make_keras

    return make_keras()


def torch(model: Any = None, optimizer: Any = None) -> Loop:
    """Return an object for a training loop of PyTorch, which has no callbacks of its own.

    ``loop = lab.callbacks.torch()``, then ``loop.log(loss=loss)`` logs one point of each metric;
    with ``optimizer`` its learning rate too, with ``model`` the norm of its gradients.
    """
    from .loop import Loop

    return Loop(model=model, optimizer=optimizer)


def lightning() -> Any:
    """Return a callback of Lightning's Trainer: its logged metrics at the end of each epoch.

    Raises:
        InvalidInputError: neither ``lightning`` nor ``pytorch_lightning`` is installed.
    """
    from .networks import make_lightning

    return make_lightning()


def optuna() -> Any:
    """Return a callback for ``study.optimize``: each trial that ends becomes a child run at once."""
    from .trials import OptunaTrials

    return OptunaTrials()
