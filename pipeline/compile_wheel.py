"""Compiles the busiest modules with mypyc when a wheel is built where there is a C compiler; elsewhere the wheel is pure Python.

The source stays as it is and is in the wheel too. A compiled module beside a changed source is a trap: an editable install is
never compiled. SOROE_PURE=1 builds pure Python anywhere.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where a whole run spends its time. Not among them: rules/page.py, which mypyc refuses (an assignment to a
# lazy attribute), and rules that take little. A compiled module has no docstring: `Rule.doc`
# reads it in the source. In these modules a class that has lazy attributes or is open to users has to be a
# `soroe.text.python_class`; of those, `with_slots` makes over the ones that are no dataclass.
MODULES = """
    engine text tokens rules/lines rules/quotes
    names/channel names/chinese names/clusters names/difference names/entities names/evidence names/kinds names/letters names/mentions
    names/resolve names/shape names/sieve names/sound names/table names/titles names/weighing names/written
    rules/c101_half_width_katakana rules/c102_mixed_width rules/c103_invisible_characters rules/c104_lookalike_in_katakana
    rules/n401_name_spelt_another_way rules/p201_straight_quotes rules/p203_space_at_quote rules/p204_space_in_japanese
    rules/p205_half_width_marks rules/p207_full_stop rules/r302_impossible_date rules/r303_translated_twice rules/r307_loop
    rules/r308_mixed_styles rules/r310_source_language rules/w501_loanword_spelt_two_ways rules/words
""".split()

# -O2 and -O3 build for half as long again and longer, and make a run one per cent faster.
_SETUP = """
from mypyc.build import mypycify
from setuptools import setup

modules = mypycify(["--ignore-missing-imports", *{files}], opt_level="1", debug_level="0", group_name="soroe")
setup(name="soroe", packages=[], ext_modules=modules)
"""


_LAZY = re.compile(r"    @lazy\n    def (\w+)\(self\) -> (.+):\n")
_SLOT = r"""
    _kept_\1: \2 | None = None

    @property
    def \1(self) -> \2:
        kept = self._kept_\1
        if kept is None:
            kept = self._kept_\1 = self._work_out_\1()
        return kept

    def _work_out_\1(self) -> \2:
"""


def with_slots(module: str) -> str:
    """A module whose lazy attributes are kept in slots, by classes of mypyc's own: a run takes 6 per cent less time.

    `@lazy def named(self)` becomes a property that keeps what `_work_out_named` gives in `_kept_named`.
    """
    head, *classes = re.split(r"(?m)^(?=@python_class\nclass )", module)
    return head + "".join(_LAZY.sub(_SLOT, owner.removeprefix("@python_class\n")) for owner in classes)


class CompileWheel(BuildHookInterface[Any]):
    """Puts the compiled modules into the wheel, and its platform into its name."""

    def dependencies(self) -> list[str]:
        """What compiling needs; nothing where it cannot be done."""
        return [] if _why_pure() else ["mypy>=2.1,<3", "setuptools>=68"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles the modules, or says why the wheel is pure Python."""
        if version == "editable":
            return
        why = _why_pure()
        if not why:
            self._built = TemporaryDirectory()  # kept until the wheel is written
            compiled = _compiled(Path(self.root, "pipeline", "soroe"), Path(self._built.name))
            if compiled:
                build_data["pure_python"], build_data["infer_tag"] = False, True
                build_data["force_include"].update(compiled)
                self.app.display_info(f"soroe: {len(MODULES)} modules compiled")
                return
            why = "compiling failed, see above"
        self.app.display_warning(f"soroe: {why}: the wheel is pure Python, slower and otherwise the same")


def _why_pure() -> str:
    """Why nothing can be compiled here; "" where it can."""
    if os.environ.get("SOROE_PURE", "0") not in ("", "0"):
        return "SOROE_PURE is set"
    if sys.implementation.name != "cpython":
        return f"mypyc does not compile for {sys.implementation.name}"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "")
    if not compiler or not shutil.which(compiler[0]):
        return "no C compiler"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "no C headers of Python"
    return ""


def _compiled(package: Path, folder: Path) -> dict[str, str]:
    """The compiled files and their places in the wheel; none where the compiler fails."""
    shutil.copytree(package, folder / "soroe", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for name in MODULES:
        module = folder / "soroe" / f"{name}.py"
        module.write_text(with_slots(module.read_text("utf-8")), "utf-8")
    setup = folder / "setup.py"
    setup.write_text(_SETUP.format(files=[f"soroe/{module}.py" for module in MODULES]), "utf-8")
    done = subprocess.run([sys.executable, setup, "--quiet", "build_ext", "--inplace"], cwd=folder)
    if done.returncode:
        return {}
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    files = [*folder.glob(f"*{suffix}"), *folder.glob(f"soroe/**/*{suffix}")]
    return {str(file): file.relative_to(folder).as_posix() for file in files}
