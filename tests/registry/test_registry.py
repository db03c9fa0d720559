"""Holds the registry to its promises, on both databases."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.registry import ModelVersion, NewModel, NewVersion
from mlops_lab.registry.service import RegistryService
from mlops_lab.store import audit, outbox
from mlops_lab.store.store import Store

RUN = "0" * 31 + "1"


def register(registry: RegistryService, name: str = "churn", versions: int = 1) -> None:
    registry.models.create(NewModel(name), who="ada")
    for _ in range(versions):
        registry.versions.create(name, NewVersion(run_id=RUN), who="ada")


def next_ms() -> int:
    before = now_ms()
    while now_ms() == before:
        time.sleep(0.0005)
    return before


def test_a_version_links_to_its_run(registry: RegistryService) -> None:
    register(registry)
    found = registry.versions.get("churn", 1)
    assert (found.run_id, found.source) == (RUN, f"runs:/{RUN}/model")
    assert found.location == found.source
    assert registry.models.get("churn").latest == [found]


def test_numbers_are_unique_under_eight_writers(any_store: Store) -> None:
    registry = RegistryService(any_store)
    register(registry, versions=0)

    def write(_: int) -> list[int]:
        return [
            registry.versions.create("churn", NewVersion(run_id=RUN), who="ada").version
            for _ in range(5)
        ]

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(number for some in pool.map(write, range(8)) for number in some)
    assert numbers == list(range(1, 41))


def test_one_of_eight_makes_the_model(any_store: Store) -> None:
    registry = RegistryService(any_store)

    def make(who: int) -> bool:
        try:
            registry.models.create(NewModel("churn"), who=str(who))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(make, range(8))) == 1


def test_the_number_of_a_deleted_version_is_not_given_again(registry: RegistryService) -> None:
    register(registry, versions=2)
    registry.versions.delete("churn", 2, who="ada")
    assert registry.versions.create("churn", NewVersion(run_id=RUN), who="ada").version == 3
    with pytest.raises(NotFoundError, match=r"Model Version .* not found"):
        registry.versions.get("churn", 2)


def test_what_was_champion_then_has_an_answer(registry: RegistryService) -> None:
    register(registry, versions=2)
    early = next_ms()
    registry.aliases.move("churn", "champion", 1, who="ada")
    first = next_ms()
    registry.aliases.move("churn", "champion", 2, who="bob")
    second = next_ms()
    registry.aliases.remove("churn", "champion", who="ada")
    after = next_ms()

    def meant(at: int) -> int | None:
        move = registry.aliases.alias_at("churn", "champion", at)
        return None if move is None else move.version

    assert [meant(at) for at in (early, first, second, after)] == [None, 1, 2, None]
    moves = registry.aliases.history("churn").moves
    assert [(move.version, move.who) for move in moves] == [(None, "ada"), (2, "bob"), (1, "ada")]


def test_the_log_of_aliases_outlives_rename_and_delete(registry: RegistryService) -> None:
    register(registry)
    registry.aliases.move("churn", "champion", 1, who="ada")
    registry.models.rename("churn", "leaving", who="ada")
    assert registry.aliases.history("leaving").moves[0].name == "churn"
    at = next_ms()
    registry.models.delete("leaving", who="ada")
    held = registry.aliases.alias_at("leaving", "champion", at)
    assert held is not None
    assert held.version == 1
    assert registry.aliases.history("leaving").moves[0].version is None
    with pytest.raises(NotFoundError):
        registry.aliases.history("never")


def test_the_database_itself_keeps_the_log(any_store: Store) -> None:
    registry = RegistryService(any_store)
    register(registry)
    registry.aliases.move("churn", "champion", 1, who="ada")
    statements = ["UPDATE alias_log SET number = 9", "DELETE FROM alias_log"]
    if any_store.dialect == "sqlite":
        statements.append("INSERT OR REPLACE INTO alias_log SELECT * FROM alias_log")
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), any_store.write() as tx:
            tx.execute(text(statement))


def test_every_deed_is_audited_and_told(any_store: Store) -> None:
    registry = RegistryService(any_store)
    register(registry)
    registry.aliases.move("churn", "champion", 1, who="bob")
    registry.models.rename("churn", "leaving", who="bob")
    registry.versions.set_tag("leaving", 1, "a", "b", who="bob")
    registry.versions.delete("leaving", 1, who="bob")
    registry.models.delete("leaving", who="bob")
    with any_store.read() as cx:
        deeds = [(one.action, one.kind, one.who) for one in reversed(audit.read_entries(cx))]
        told = outbox.changes_after(cx, 0)
    assert deeds == [
        ("register", "registered_model", "ada"),
        ("register", "model_version", "ada"),
        ("move", "alias", "bob"),
        ("update", "registered_model", "bob"),
        ("update", "model_version", "bob"),
        ("delete", "model_version", "bob"),
        ("delete", "registered_model", "bob"),
    ]
    assert [one.action for one in told] == ["created", *["updated"] * 5, "deleted"]
    assert {one.kind for one in told} == {"model"}


def test_a_deed_that_fails_leaves_nothing(any_store: Store) -> None:
    registry = RegistryService(any_store)
    register(registry)
    with any_store.read() as cx:
        before = outbox.last_seq(cx), len(audit.read_entries(cx))
    with pytest.raises(NotFoundError):
        registry.aliases.move("churn", "champion", 7, who="ada")
    with pytest.raises(NotFoundError):
        registry.versions.create("churn", NewVersion(source="models:/none/1"), who="ada")
    with any_store.read() as cx:
        assert (outbox.last_seq(cx), len(audit.read_entries(cx))) == before
    assert registry.versions.create("churn", NewVersion(run_id=RUN), who="ada").version == 2


@pytest.mark.parametrize(
    ("filter_text", "names"),
    [
        ("name LIKE 'Ch%'", ["Churn"]),
        ("name ILIKE 'ch%'", ["Churn", "churn 2"]),
        ("name = 'churn 2'", ["churn 2"]),
        ("name != 'churn 2' AND tags.team = 'a'", ["Churn"]),
        ("tags.`my key` LIKE '1%' ", ["churn 2"]),
        ("tags.\"my key\" = '100%'", ["churn 2"]),
        ("name LIKE 'x*%'", ["x*y"]),
        ("name LIKE 'x?y'", []),
        ("name LIKE 'x_y'", ["x*y"]),
        ("name = 'O''Brien'", ["O'Brien"]),
        ("", ["Churn", "O'Brien", "churn 2", "x*y"]),
    ],
)
def test_filters_of_models(registry: RegistryService, filter_text: str, names: list[str]) -> None:
    registry.models.create(NewModel("Churn", tags={"team": "a"}), who="ada")
    registry.models.create(NewModel("churn 2", tags={"my key": "100%"}), who="ada")
    registry.models.create(NewModel("x*y"), who="ada")
    registry.models.create(NewModel("O'Brien"), who="ada")
    registry.models.create(NewModel("p", tags={"mlflow.prompt.is_prompt": "true"}), who="ada")
    found = registry.models.search(filter=filter_text).models
    assert sorted(one.name for one in found) == names


def test_prompts_are_listed_where_they_are_asked_for(registry: RegistryService) -> None:
    registry.models.create(NewModel("p", tags={"mlflow.prompt.is_prompt": "true"}), who="ada")
    wanted = "tags.`mlflow.prompt.is_prompt` = 'true'"
    assert [one.name for one in registry.models.search(filter=wanted).models] == ["p"]


@pytest.mark.parametrize(
    ("filter_text", "message"),
    [
        ("name LIKE", "at character 1"),
        ("name = 'a' OR name = 'b'", "at character 11"),
        ("colour = 'red'", "Invalid attribute key 'colour'"),
        ("name > 'a'", "Invalid comparator"),
        ("name = 3", "not quoted"),
        ("name = 'a" + "b" * 10_000 + "'", "characters"),
    ],
)
def test_filters_that_cannot_be_read(
    registry: RegistryService, filter_text: str, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        registry.models.search(filter=filter_text)


def test_filters_and_order_of_versions(registry: RegistryService) -> None:
    register(registry, versions=3)
    register(registry, "other", versions=1)
    registry.versions.create("other", NewVersion(source="s3://bucket/m", run_id="r2"), who="ada")

    def found(text: str, *order: str) -> list[tuple[str, int]]:
        page = registry.versions.search(filter=text, order_by=order)
        return [(one.name, one.version) for one in page.versions]

    assert found("version_number >= 2 AND name = 'churn'", "version_number ASC") == [
        ("churn", 2),
        ("churn", 3),
    ]
    assert found("run_id IN ('r2', 'r3')") == [("other", 2)]
    assert found("source_path LIKE 's3%'") == [("other", 2)]
    assert found("", "name DESC", "version_number DESC")[0] == ("other", 2)
    with pytest.raises(InvalidInputError, match="duplicate"):
        registry.versions.search(order_by=["name", "name DESC"])


@pytest.mark.parametrize("order", [(), ("last_updated_timestamp DESC",), ("name DESC",)])
def test_pages_hold_each_model_once(registry: RegistryService, order: tuple[str, ...]) -> None:
    for number in range(7):
        registry.models.create(NewModel(f"m{number}"), who="ada")
    whole = [one.name for one in registry.models.search(order_by=order).models]
    paged: list[str] = []
    cursor = None
    while True:
        page = registry.models.search(order_by=order, limit=3, cursor=cursor)
        paged += [one.name for one in page.models]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole
    with pytest.raises(InvalidInputError, match="page token"):
        registry.models.search(cursor="abc")


def test_stages_move_and_archive(registry: RegistryService) -> None:
    register(registry, versions=2)
    registry.versions.set_stage("churn", 1, "production", archive_others=False, who="ada")
    moved = registry.versions.set_stage("churn", 2, "Production", archive_others=True, who="ada")
    assert moved.stage == "Production"
    assert registry.versions.get("churn", 1).stage == "Archived"
    latest = registry.models.latest_versions("churn", ["production"])
    assert [one.version for one in latest] == [2]
    with pytest.raises(InvalidInputError, match="Invalid Model Version stage: Live"):
        registry.versions.set_stage("churn", 1, "Live", archive_others=False, who="ada")


def test_a_version_of_a_version_knows_where_its_files_are(registry: RegistryService) -> None:
    register(registry)
    registry.aliases.move("churn", "champion", 1, who="ada")
    registry.models.create(NewModel("copy"), who="ada")
    for number, source in enumerate(["models:/churn/1", "models:/churn@champion"], 1):
        made = registry.versions.create("copy", NewVersion(source=source), who="ada")
        assert (made.version, made.source, made.location) == (number, source, f"runs:/{RUN}/model")


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "C:\\models\\m",
        "s3://bucket/../other",
        "mlflow-artifacts://host/models/..%2f..%2fartifacts",
        "mlflow-artifacts://host/models/..%252f..%252fartifacts",
        "mlflow-artifacts://host/models/artifact%00",
        "https://host/a\\..\\b",
        "dbfs:/x/a%3f/../../..",
        "",
    ],
)
def test_sources_that_lead_elsewhere_are_refused(registry: RegistryService, source: str) -> None:
    register(registry, versions=0)
    with pytest.raises(InvalidInputError):
        registry.versions.create("churn", NewVersion(source=source), who="ada")


def test_a_local_source_must_be_in_the_folder_of_its_run(registry: RegistryService) -> None:
    register(registry, versions=0)

    def make(source: str) -> ModelVersion:
        new = NewVersion(source=source, run_id=RUN)
        return registry.versions.create("churn", new, who="ada", folder="file:///runs/a/artifacts")

    assert make("/runs/a/artifacts/model/../other").version == 1
    for outside in ("/runs/a/artifacts/../b", "file:///runs/ab", "runs/a/artifacts"):
        with pytest.raises(InvalidInputError, match="To use a local path"):
            make(outside)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", "..", "a\nb", "x" * 257])
def test_names_that_models_cannot_have(registry: RegistryService, name: str) -> None:
    with pytest.raises((InvalidInputError, LimitError)):
        registry.models.create(NewModel(name), who="ada")


@pytest.mark.parametrize("alias", ["", "latest", "V12", "a b", "a/b", "x" * 257])
def test_words_that_aliases_cannot_be(registry: RegistryService, alias: str) -> None:
    register(registry)
    with pytest.raises((InvalidInputError, LimitError)):
        registry.aliases.move("churn", alias, 1, who="ada")


def test_a_name_that_is_taken_says_so(registry: RegistryService) -> None:
    register(registry)
    register(registry, "other", versions=0)
    with pytest.raises(ConflictError, match=r"Registered Model \(name=churn\) already exists"):
        registry.models.create(NewModel("churn"), who="ada")
    with pytest.raises(ConflictError):
        registry.models.rename("other", "churn", who="ada")
    with pytest.raises(NotFoundError, match="Did you mean 'churn'"):
        registry.models.get("chrun")


def test_a_change_is_made_whole_or_not_at_all(registry: RegistryService) -> None:
    register(registry)
    register(registry, "taken", versions=0)
    with pytest.raises(ConflictError):
        registry.models.rename("churn", "taken", description="new", who="ada")
    assert registry.models.get("churn").description == ""
    assert registry.models.rename("churn", "c", description="new", who="ada").description == "new"
    with pytest.raises(InvalidInputError):
        registry.versions.update("c", 1, description="x", tags={"a": "1", " ": "2"}, who="ada")
    found = registry.versions.get("c", 1)
    assert (found.description, found.tags) == ("", {})
    registry.versions.update("c", 1, tags={"a": "1", "b": ""}, who="ada")
    found = registry.versions.update("c", 1, description="x", tags={"a": None}, who="ada")
    assert (found.description, found.tags) == ("x", {"b": ""})
