"""Owns which names the magics of IPython may bind: a table of what they do, and their own words."""

from __future__ import annotations

import re

import msgspec

_MAGIC = re.compile(r"[^%!]*%{1,2}(\w[\w.]*)(.*)")
_WORD = re.compile(r"(?<![\w-])[^\W\d]\w*")

_BIND_NOTHING = frozenset(
    {"alias", "autoreload", "bookmark", "cat", "cd", "colors", "conda", "config", "cp", "debug"}
    | {"dhist", "dirs", "doctest_mode", "env", "file", "gui", "hist", "history", "html", "HTML"}
    | {"javascript", "js", "latex", "less", "ll", "load_ext", "logstart", "logstop", "lprun", "ls"}
    | {"lsmagic", "magic", "mamba", "man", "markdown", "matplotlib", "memit", "micromamba"}
    | {"mkdir", "more", "mprun", "mv", "notebook", "page", "pdb", "pdef", "pdoc", "pfile", "pinfo"}
    | {"pinfo2", "pip", "popd", "pprint", "precision", "psearch", "psource", "pushd", "pwd"}
    | {"quickref", "rehashx", "reload_ext", "rm", "rmdir", "set_env", "svg", "SVG", "system"}
    | {"tensorboard", "timeit", "track", "unalias", "unload_ext", "uv", "watermark", "who"}
    | {"who_ls", "whos", "writefile", "xmode", "compare", "runs"}
)
_BIND_ANYTHING = frozenset(
    {"cython", "ed", "edit", "load", "loadpy", "pylab", "recall", "rep", "rerun", "reset"}
    | {"reset_selective", "run"}
)
_RUN_THEIR_LINE = frozenset({"time", "prun"})


class Effect(msgspec.Struct, frozen=True):
    """What a magic may bind: ``names``, what the Python in ``code`` binds, or ``anything``."""

    magic: str
    names: list[str] = []
    code: str = ""
    anything: bool = False


def effect_of(line: str) -> Effect | None:
    """Return what the magic on a line of a cell may bind; None when it binds nothing.

    The words behind a magic that is not known are taken for its targets, as in ``%%sql rows <<``.
    """
    match = _MAGIC.match(line)
    if match is None or match[1] in _BIND_NOTHING:
        return None
    name, rest = match[1], match[2].strip()
    if name in _BIND_ANYTHING:
        return Effect(name, anything=True)
    if name in _RUN_THEIR_LINE:
        return Effect(name, code=rest)
    names = _WORD.findall(rest)
    if name == "store":
        restores = re.search(r"(?<!\S)-\w*r", rest) is not None
        return Effect(name, names=names, anything=not names) if restores else None
    return Effect(name, names=names)
