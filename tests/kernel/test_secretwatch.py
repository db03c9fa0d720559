"""Which values of the environment are masked wherever they stand."""

from __future__ import annotations

from mlops_lab.kernel.secretwatch import SecretWatch


def test_the_working_folder_that_shells_name_pwd_is_no_secret() -> None:
    watch = SecretWatch({"PWD": "/home/ada/work", "DB_PWD": "hunter22", "HOME": "/home/ada"})
    watch.look("x = 1", {})
    assert watch.values.mask("/home/ada/work hunter22") == "/home/ada/work ***"
