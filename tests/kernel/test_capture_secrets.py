"""No secret of a tracked cell is in the records that leave the process."""

from __future__ import annotations

import msgspec
import pytest

from mlops_lab.core.facets import Outputs
from mlops_lab.core.records import (
    CellCaptured,
    CellExecuted,
    DocumentKept,
    FacetCaptured,
    ParamLogged,
    RunFinished,
    TagSet,
)
from mlops_lab.kernel.capture.params import MASK

from .spool_reader import all_of_kind


def test_nothing_secret_leaves_the_process(shell, spool_dir):
    shell.run_cell(
        "url = 'postgresql://ann:hunter2@db/x'\nsettings = {'password': 'hunter2', 'n': 1}"
    )
    shell.run_cell(
        "%%track -t 'db=postgresql://ann:hunter2@db/x' -p token=hunter2\n"
        "password = 'hunter2'\nuse = [url, settings]\n"
        "lab.set_tag('auth_token', 'hunter2')\n"
        "raise ValueError(f'connect(password={password!r}) to {url}')"
    )
    assert b"hunter2" not in b"".join(path.read_bytes() for path in spool_dir.rglob("*.jsonl"))
    params = {p.name: p.value for p in all_of_kind(spool_dir, ParamLogged)}
    assert params["url"] == "'postgresql://ann:***@db/x'"
    assert params["settings.password"] == MASK
    assert all_of_kind(spool_dir, CellCaptured)[0].source.splitlines()[1] == "password = '***'"
    assert {tag.name: tag.value for tag in all_of_kind(spool_dir, TagSet)} == {
        "db": "postgresql://ann:***@db/x",
        "auth_token": "***",
    }
    error = all_of_kind(spool_dir, RunFinished)[0].error
    assert error is not None
    assert error.message == "connect(password='***') to postgresql://ann:***@db/x"


SETUP = "import os\nfirst = 'correct horse'\npassword = first\napi_key = os.environ['X_VALUE']"


@pytest.fixture
def environ(monkeypatch):
    monkeypatch.setenv("X_VALUE", "from-environ-77")


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*.jsonl"))


@pytest.mark.usefixtures("environ")
def test_values_of_secret_names_are_masked_wherever_the_cell_uses_them(shell, spool_dir):
    shell.run_cell(SETUP, store_history=True)
    shell.run_cell(
        "%%track 'run of correct horse' -t note='the correct horse' -p token=abc1234xyz\n"
        "import warnings, pandas as pd\n"
        "print(password, api_key, 'abc1234xyz')\n"
        "lab.set_tag('place', 'https://' + api_key)\n"
        "lab.log_param('url', f'https://{api_key}/x')\n"
        "lab.log_metric('m', 1.5)\n"
        "class Client:\n    def __init__(self, **settings): self.settings = settings\n"
        "pd.DataFrame({'seen': [password, api_key]})"
    )
    shell.run_cell("%%track\nraise ValueError('no entry for ' + api_key)")
    shell.run_cell("%track note the correct horse")
    text = everything(spool_dir)
    assert b"correct horse" not in text
    assert b"from-environ-77" not in text
    assert b"abc1234xyz" not in text
    assert {p.name: p.value for p in all_of_kind(spool_dir, ParamLogged)}[
        "url"
    ] == "'https://***/x'"
    error = all_of_kind(spool_dir, RunFinished)[1].error
    assert error is not None
    assert error.message == "no entry for ***"
    (earlier,) = [
        cell.source for cell in all_of_kind(spool_dir, CellExecuted) if "first" in cell.source
    ]
    assert earlier == SETUP.replace("correct horse", "***")


@pytest.mark.usefixtures("environ")
def test_what_the_user_sees_is_untouched(shell, capsys):
    shell.run_cell(SETUP)
    shell.run_cell("%%track\nprint(password, api_key)")
    assert capsys.readouterr().out == "correct horse from-environ-77\n"
    assert shell.user_ns["password"] == "correct horse"


def test_secrets_inside_settings_are_known_where_the_cell_speaks_of_them(shell, spool_dir):
    shell.run_cell(
        "from types import SimpleNamespace\n"
        "cfg = {'db': SimpleNamespace(password='xyzzy'.upper() + '-42')}"
    )
    shell.run_cell("%%track\nprint('with', cfg['db'].password)")
    assert b"XYZZY-42" not in everything(spool_dir)


def test_new_names_are_found_also_when_others_go_and_come_back(shell, spool_dir):
    shell.run_cell("%%track\na, b, last = 1, 2, 3")
    shell.run_cell("del a, last\npassword = '-'.join(['made', 'late'])\nlast = 3")
    shell.run_cell("%%track\nprint('made-late')")
    shell.run_cell("password = '-'.join(['made', 'anew'])")
    shell.run_cell("%%track\nprint('and made-anew')")
    assert outputs_of(spool_dir) == ["***\n", "and ***\n"]


def test_a_secret_that_the_cell_itself_makes_is_masked_in_its_outputs(shell, spool_dir):
    shell.run_cell("%%track\npassword = '-'.join(['made', 'here'])\nprint('got', password)")
    assert b"made-here" not in everything(spool_dir)
    assert outputs_of(spool_dir) == ["got ***\n"]


def test_words_of_a_language_model_are_not_masked(shell, spool_dir):
    shell.run_cell("%%track\nfor token in ['deep', 'learning']:\n    print(token)")
    assert outputs_of(spool_dir) == ["deep\nlearning\n"]


def test_the_structure_of_a_record_is_never_masked(shell, spool_dir):
    shell.run_cell("%%track\npassword = 'stream'\nsecret_key = 'finished'\nprint('stream')")
    assert outputs_of(spool_dir) == ["***\n"]
    assert all_of_kind(spool_dir, RunFinished)[0].status == "finished"


@pytest.mark.usefixtures("environ")
def test_a_kernel_masks_what_it_shows_in_every_form(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    kernel.run("import os, sys\napi_key = os.environ['X_VALUE']")
    answer = kernel.run(
        "%%track\nfrom IPython.display import HTML\ndisplay(HTML('<b>' + api_key + '</b>'))\n"
        "print(api_key, file=sys.stderr)\n{'key of': api_key, 'n': 1}"
    )
    failed = kernel.run("%%track\nraise KeyError(api_key)")
    kernel.manager.shutdown_kernel()
    assert "from-environ-77" in answer.text("stderr")
    assert failed.reply["evalue"] == "'from-environ-77'"
    assert b"from-environ-77" not in everything(spool_dir)
    error = all_of_kind(spool_dir, RunFinished)[-1].error
    assert error is not None
    assert error.message == "'***'"


def outputs_of(folder):
    documents = all_of_kind(folder, DocumentKept)
    kinds = {facet.digest: facet.kind for facet in all_of_kind(folder, FacetCaptured)}
    found = [d.content for d in documents if kinds.get(d.digest) == "outputs"]
    shown = [one for text in found for one in msgspec.json.decode(text, type=Outputs).outputs]
    return [str(one.data["text/plain"]) for one in shown]
