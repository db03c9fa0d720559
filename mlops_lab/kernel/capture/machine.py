"""Owns what is known of the machine and the Python that the code runs in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import msgspec

from mlops_lab.core.facets import Environment

from .gpu import gpu_names

VARIABLE_PREFIXES = (
    *("ACCELERATE_", "BLIS_", "CONDA_", "CUBLAS_", "CUDA_", "CUDNN_", "DASK_", "GOTO_", "HF_"),
    *("HIP_", "JAX_", "JUPYTER", "KERAS_", "KMP_", "LIGHTGBM_", "MKL_", "MLFLOW_", "MLOPS_LAB_"),
    *("NCCL_", "NUMBA_", "NUMEXPR_", "NVIDIA_", "OMP_", "OPENBLAS_", "POLARS_", "PYTHON"),
    *(
        "PYTORCH_",
        "RAY_",
        "ROCM_",
        "ROCR_",
        "SLURM_",
        "SPARK_",
        "TENSORFLOW_",
        "TF_",
        "TOKENIZERS_",
    ),
    *("TORCH", "TRANSFORMERS_", "TRITON_", "VECLIB_", "VIRTUAL_ENV", "WANDB_", "XGBOOST", "XLA_"),
)
"""The names of environment variables that begin so are recorded; their values never are."""


class Machine(msgspec.Struct, frozen=True):
    """The part of an environment that does not change while the process lives."""

    platform: str
    memory_bytes: int | None = None
    gpus: list[str] = []


def machine_at_once() -> Machine:
    """Return what is known of the machine without reading a file."""
    import platform

    return Machine(platform=f"{platform.system()}-{platform.release()}-{platform.machine()}")


def machine_whole() -> Machine:
    """Return what is known of the machine; it may take a tenth of a second."""
    import platform

    return Machine(platform.platform(), _memory(), gpu_names())


def environment_of(
    machine: Machine, *, variables: Iterable[str], kernel_name: str | None
) -> Environment:
    """Return the environment on ``machine``, with neither packages nor seeds."""
    import platform

    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=machine.platform,
        machine=platform.machine(),
        packages=[],
        kernel_name=kernel_name,
        kernel_language="python",
        variables=sorted(variables),
        cpu_count=_cpus(),
        memory_bytes=machine.memory_bytes,
        gpus=machine.gpus,
    )


def variables_now() -> frozenset[str]:
    """Return the names of the variables that are set and may change what libraries do."""
    return frozenset(name for name in os.environ if name.startswith(VARIABLE_PREFIXES))


def _cpus() -> int | None:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory() -> int | None:
    try:
        import psutil

        return int(psutil.virtual_memory().total)
    except (ImportError, OSError):
        return None
