"""Owns the registry as the rest of the product sees it: models, their versions, their aliases."""

from __future__ import annotations

from mlops_lab.store.store import Store

from .aliases import AliasesService
from .logged import LoggedModelsService
from .models import ModelsService
from .versions import VersionsService


class RegistryService:
    """The registry of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self.models = ModelsService(store)
        self.versions = VersionsService(store)
        self.aliases = AliasesService(store)
        self.logged = LoggedModelsService(store)
