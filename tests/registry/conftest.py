"""Fixtures of the registry's tests: both databases, and the service."""

from __future__ import annotations

import pytest

from mlops_lab.registry.service import RegistryService
from mlops_lab.store.store import Store


@pytest.fixture
def registry(any_store: Store) -> RegistryService:
    return RegistryService(any_store)
