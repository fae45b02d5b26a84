#!/bin/sh
# From a fresh machine to a running app or a finished test run: sh setup.sh run | test | any other make target.
# Installs only what is missing: make, Python's venv module, for tests a browser. The rest is the Makefile's job.
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- help

fail() { echo "setup.sh: $*" >&2; exit 1; }

as_root() {  # RUNLEVEL=1: what is installed does not start a service
    if [ "$(id -u)" -eq 0 ]; then env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
    else sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"; fi
}

python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$name; break; fi
done
[ -n "$python" ] || fail "no Python 3.11 or newer found; please install one (on Debian and Ubuntu: apt-get install python3)."

missing=
command -v make >/dev/null || missing="$missing make"
if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -f .venv/*.ready  # the interpreter under an older .venv may be gone
    # Debian ships `venv` with Python but leaves out the `ensurepip` that it needs.
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        missing="$missing $("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
fi

browser=not-needed
case " $* " in *" test "* | *" bench "*)
    browser=missing
    # The program with which Playwright drives the browser needs it; small machines lack it.
    "$python" -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null || missing="$missing libatomic1"
    # One test puts the app behind it.
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx"
    # The CDK, whose output a test looks at, runs on it.
    command -v node >/dev/null || missing="$missing nodejs"
    # Documents are opened, and workbooks calculated again, by an office program; the two parts of it that read them.
    command -v soffice >/dev/null || command -v libreoffice >/dev/null ||
        missing="$missing libreoffice-calc libreoffice-impress"
    # Asked for its version, because Ubuntu's chromium-browser may be a script that only tells to install a snap.
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if "$name" --version >/dev/null 2>&1; then browser=found; break; fi
    done
    [ ! -e .venv/browser.ready ] || browser=playwright ;;
esac

if [ -n "$missing" ] || [ "$browser" = missing ]; then
    wanted="$missing$([ "$browser" != missing ] || echo " chromium")"
    command -v apt-get >/dev/null || fail "there is no apt-get here; please install these yourself, then try again:$wanted"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "please run as root, then try again: apt-get install$wanted"
    echo "setup.sh: installing$wanted (once)"
    as_root apt-get -qq update </dev/null || echo "setup.sh: could not refresh every package list; going on with what is there" >&2
    if [ "$browser" = missing ]; then
        case $(apt-cache policy chromium 2>/dev/null | sed -n 's/ *Candidate: //p') in
            "" | *none* | *snap*) browser=playwright ;;  # Ubuntu packages Chromium as a snap only
            *) missing="$missing chromium" ;;
        esac
    fi
    # shellcheck disable=SC2086 # one word per package
    [ -z "$missing" ] || as_root apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        install -y --no-install-recommends $missing </dev/null >/dev/null ||
        fail "apt-get could not install:$missing"
fi

if [ "$browser" = playwright ]; then
    make --no-print-directory PYTHON="$python" .venv/browser.ready ||
        fail "no browser for the tests: please install Chromium or Google Chrome so that it is on PATH, then try again."
fi
exec make --no-print-directory PYTHON="$python" "$@"
