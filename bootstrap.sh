#!/usr/bin/env bash
# Sets up a fresh Debian 12/13 or Ubuntu 24.04 for this checkout: Debian packages, a
# virtual environment in .venv, and the package in it. Run by make; safe to run again:
# it does only what is missing and asks nothing. `./bootstrap.sh hardware` adds what
# checks the circuit and makes the boards: KiCad 9 is large, and playing needs none of it.
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

HARDWARE_PACKAGES='
kicad                      schematic, boards and their checks; version 9
kicad-symbols              the table of libraries that the checks want
kicad-footprints           the copper under the parts
ngspice                    simulates the inputs and outputs
xvfb                       a screen without a monitor, for the tests that open KiCad
'

CYCLES_PACKAGES='
llvm-19                    its model of the Cortex-M7 estimates cycles
'

fail() {
  echo "bootstrap: $1" >&2
  exit 2
}

# Prints the packages of a list that are not installed.
missing_from() {
  local name purpose
  while read -r name purpose; do
    [ -n "$name" ] || continue
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
    echo "$name"
    printf '  %-28s %s\n' "$name" "$purpose" >&2
  done <<<"$1"
}

sudo=()
need_apt() {
  command -v apt-get >/dev/null ||
    fail "the Debian packages above are missing and there is no apt-get; install them by hand"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "the Debian packages above are missing; run as root, or install sudo"
    sudo=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
}

# install_packages LIST [apt-get's options]
install_packages() {
  local missing
  missing=$(missing_from "$1")
  [ -n "$missing" ] || return 0
  need_apt
  "${sudo[@]}" apt-get update -qq
  # shellcheck disable=SC2086  # one word a package
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${@:2}" $missing >/dev/null
}

# Debian 13 has KiCad 9; Debian 12 has it in its backports, from the mirror that this
# machine uses already; for Ubuntu 24.04 KiCad's own archive has it.
install_hardware() {
  local version release=() mirror
  version=$(dpkg-query -W -f '${Version}' kicad 2>/dev/null || true)
  if [ -n "$version" ] && dpkg --compare-versions "$version" lt 9; then
    fail "KiCad $version is installed and the boards need 9; remove it, or install 9"
  fi
  [ -n "$(missing_from "$HARDWARE_PACKAGES" 2>/dev/null)" ] || return 0
  # shellcheck disable=SC1091  # not ours
  case "$(. /etc/os-release && echo "${ID:-} ${VERSION_ID:-}")" in
  "debian 12")
    need_apt
    # shellcheck disable=SC2016  # apt expands it
    mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' |
      awk '$1 == "bookworm" { print $2; exit }')
    [ -n "$mirror" ] || fail "apt knows no mirror of Debian 12; add one, then run again"
    release=(-t bookworm-backports)
    # shellcheck disable=SC2016
    if ! apt-get indextargets --format '$(CODENAME)' | grep -qx bookworm-backports; then
      printf '%s\n' 'Types: deb' "URIs: $mirror" 'Suites: bookworm-backports' \
        'Components: main' \
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' |
        "${sudo[@]}" tee /etc/apt/sources.list.d/tombola-backports.sources >/dev/null
    fi
    ;;
  "ubuntu 24.04")
    need_apt
    install_packages 'software-properties-common  adds the archive of KiCad 9'
    "${sudo[@]}" add-apt-repository -y ppa:kicad/kicad-9.0-releases >/dev/null
    ;;
  esac
  echo "Setting up: KiCad 9 and ngspice (120 MB to load, 0.9 GB on the disk)"
  install_packages "$HARDWARE_PACKAGES" "${release[@]}"
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

# What talks to KiCad has an environment of its own in .venv/kicad: it sees the module
# of the system's Python that KiCad comes with, and kicad-python wants an older protobuf
# than TensorFlow.
install_kicad_python() {
  local wanted
  wanted=$(.venv/bin/python -c 'import tomllib
with open("pyproject.toml", "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["optional-dependencies"]["hardware"]))')
  [ "$(cat .venv/kicad/bootstrap.stamp 2>/dev/null)" = "$wanted" ] && return 0
  echo "Setting up: Python packages for KiCad in .venv/kicad"
  /usr/bin/python3 -m venv --system-site-packages .venv/kicad
  .venv/kicad/bin/python -m pip install --disable-pip-version-check --quiet \
    -r /dev/stdin <<<"$wanted"
  echo "$wanted" >.venv/kicad/bootstrap.stamp
}

if [ "${1:-}" = cycles ]; then
  install_packages "$CYCLES_PACKAGES"
  exit 0
fi

if [ "${1:-}" = hardware ]; then
  install_hardware
  install_kicad_python
  exit 0
fi

stamp=.venv/bootstrap.stamp
[ "$(cat $stamp 2>/dev/null)" = "$(fingerprint)" ] && exit 0

started=$(date +%s)
echo "Setting up: Debian packages"
install_packages "$PACKAGES"
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
