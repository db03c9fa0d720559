"""Holds the schema to its promises: migrations equal tables, openers do not meet, newer is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from mlops_lab.core.errors import SchemaMismatchError
from mlops_lab.core.settings import Settings
from mlops_lab.store import migrations, schema
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.store import Store


def described(path: Path) -> dict[str, str]:
    """Every table and index of an SQLite file, with the words of its definition in any order."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as cx:
        rows = cx.execute(
            text(
                "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
            )
        )
        found = {name: " ".join(sorted(re.split(r"[\s,()]+", sql))) for name, sql in rows}
    engine.dispose()
    return found


def test_the_migrations_make_the_tables_on_each_database(empty_settings: Settings) -> None:
    with closing(Store.open(empty_settings)) as store, store.read() as cx:
        assert compare_metadata(MigrationContext.configure(cx), metadata) == []


def test_the_migrations_make_the_very_tables(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    direct = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    metadata.create_all(direct)
    direct.dispose()
    migrated = described(settings.data_dir / "store.db")
    del migrated["alembic_version"]
    assert migrated == described(tmp_path / "direct.db")


def test_head_is_the_newest_migration(store: Store) -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [schema.HEAD]
    with store.read() as cx:
        assert schema.read_revision(cx) == schema.HEAD


def test_points_and_params_have_no_hidden_row_number(settings: Settings, store: Store) -> None:
    tables = described(settings.data_dir / "store.db")
    for name in ("metric_point", "param", "tag"):
        assert "WITHOUT" in tables[name]


def test_many_processes_open_a_new_store_at_once(settings: Settings) -> None:
    code = (
        "import sys; from pathlib import Path; from mlops_lab.core.settings import Settings\n"
        "from mlops_lab.store.store import Store\n"
        "data = Path(sys.argv[1]); sys.stdin.readline()\n"
        "Store.open(Settings(data, sys.argv[2], data / 'artifacts')).close()\n"
    )
    command = [sys.executable, "-c", code, str(settings.data_dir), settings.store_url]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors
    opened = Store.open(settings)
    with opened.read() as cx:
        assert schema.read_revision(cx) == schema.HEAD
    opened.close()


def test_a_newer_store_is_refused_and_says_what_to_do(settings: Settings, store: Store) -> None:
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatchError) as caught:
        Store.open(settings)
    assert "9999" in caught.value.message
    assert "pip install --upgrade" in caught.value.hint
    with store.read() as cx:
        assert schema.read_revision(cx) == "9999"


def test_opening_again_changes_nothing(settings: Settings, store: Store) -> None:
    before = described(settings.data_dir / "store.db")
    Store.open(settings).close()
    assert described(settings.data_dir / "store.db") == before


def test_postgresql_counts_words_by_their_name(postgres_settings: Settings) -> None:
    kept = text("SELECT stxname FROM pg_statistic_ext ORDER BY stxname")
    with closing(Store.open(postgres_settings)) as store, store.read() as cx:
        assert list(cx.execute(kept).scalars()) == ["st_param_key_id_word", "st_tag_key_id_word"]
