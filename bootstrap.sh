#!/usr/bin/env bash
# Sets up a fresh Debian 12/13 or Ubuntu 24.04 for this checkout: Debian packages, a
# virtual environment in .venv, and the package in it. Run by make; safe to run again:
# it does only what is missing and asks nothing.
set -euo pipefail
cd "$(dirname "$0")"

# package  what it is for
PACKAGES='
python3-venv               the virtual environment
python3-dev                headers for the Python binding of the C++ core
g++                        the C++ core on this computer
doctest-dev                the C++ tests
gcc-arm-none-eabi          the firmware
libnewlib-arm-none-eabi    the C library of the firmware
libstdc++-arm-none-eabi-dev  the C++ headers of the firmware
qemu-system-arm            the emulated board on which instructions are counted
fluidsynth                 renders the default corpus
fluid-soundfont-gm         the instruments of the default corpus (MIT)
'

fail() {
  echo "bootstrap: $1" >&2
  exit 2
}

install_packages() {
  local missing=() name purpose
  while read -r name purpose; do
    [ -n "$name" ] || continue
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
    missing+=("$name")
    printf '  %-28s %s\n' "$name" "$purpose"
  done <<<"$PACKAGES"
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null ||
    fail "the Debian packages above are missing and there is no apt-get; install them by hand"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "the Debian packages above are missing; run as root, or install sudo"
    sudo=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  fail "no Python of at least 3.11 found; Debian 12 and Ubuntu 24.04 have one as python3"
}

# What decides whether the environment is up to date.
fingerprint() {
  cat bootstrap.sh pyproject.toml setup.py | sha256sum | cut -c1-16
}

stamp=.venv/bootstrap.stamp
[ "$(cat $stamp 2>/dev/null)" = "$(fingerprint)" ] && exit 0

started=$(date +%s)
echo "Setting up: Debian packages"
install_packages
echo "Setting up: Python packages in .venv (torch and TensorFlow are large)"
if [ ! -x .venv/bin/python ]; then
  python=$(find_python)
  "$python" -m venv .venv
fi
# On a terminal pip shows its own progress bars; in a log they would only be noise.
quiet=(--quiet)
[ -t 1 ] && quiet=()
.venv/bin/python -m pip install --disable-pip-version-check "${quiet[@]}" -e '.[all,dev]'
.venv/bin/python -c 'import tombola._core' || fail "the package did not install; see above"
fingerprint >$stamp
mkdir -p build/reports
echo "{\"seconds\": $(($(date +%s) - started))}" >build/reports/setup.json
echo "Set up in $(($(date +%s) - started)) s"
