"""The compiled half of the package: the module's C++ core, bound to Python.

Everything else about the package stands in pyproject.toml. The flags are the ones
that make the host give the same bits as the module (docs/design.md, "Bit-exact").
"""

from pathlib import Path

from pybind11.setup_helpers import ParallelCompile, Pybind11Extension
from setuptools import setup

ParallelCompile("NPY_NUM_BUILD_JOBS", default=2).install()


def files(*patterns: str) -> list[str]:
    """Paths that match any of the patterns, in order."""
    return sorted(str(p) for pattern in patterns for p in Path().glob(pattern))


SOURCES = files(
    "firmware/core/**/*.cc",
    "firmware/module/instrument*.cc",
    "firmware/host/python_*.cc",
)
HEADERS = files("firmware/**/*.h")
FLAGS = [
    "-O3",
    "-ffp-contract=off",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Werror",
]

setup(
    ext_modules=[
        Pybind11Extension(
            "tombola._core",
            SOURCES,
            depends=HEADERS,
            include_dirs=["."],
            cxx_std=17,
            extra_compile_args=FLAGS,
        ),
        Pybind11Extension(
            "tombola.virtual._clock",
            ["tombola/virtual/clock.cc"],
            cxx_std=17,
            extra_compile_args=FLAGS,
        ),
    ]
)
