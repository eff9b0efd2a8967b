#!/bin/sh
# Brings the LuaJIT programs that spec/luajit/programs_spec.lua runs: Debian packages, unpacked as they are into
# build/programs. Nothing is installed: one of them cannot stand beside Debian's own LuaJIT, and where
# documentation is left out of installations, so are the tests that another brings as documentation.
# Does nothing when they are there. Root is needed only where the lists of packages are empty.
set -u
cd "$(dirname "$0")/../.."

out=build/programs
packages='lua-ljsyscall lua-resty-lrucache'

fail() {
  echo "$0: $1" >&2
  exit 1
}

missing=
for package in $packages; do
  [ -d "$out/$package" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "apt-get and dpkg-deb are needed to fetch$missing"
mkdir -p "$out"
work=$(mktemp -d "$PWD/$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# apt's own user may not write here: it says so and goes on.
fetch() { (cd "$work" && apt-get download $missing >log 2>&1); }
if ! fetch; then
  root=
  [ "$(id -u)" -eq 0 ] || root='sudo -n'
  $root apt-get -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1 </dev/null
  fetch || { cat "$work/log" >&2; fail "cannot fetch$missing"; }
fi
for package in $missing; do
  dpkg-deb -x "$work/$package"_*.deb "$work/$package" && mv "$work/$package" "$out/$package" || fail "cannot unpack $package"
done
