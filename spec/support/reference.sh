#!/bin/sh
# Builds the LuaJIT that the specs in spec/luajit compare with, into build/reference/luajit: the one
# whose sources are in the crate luajit-src, at the version in reference/Cargo.lock. Distributions
# carry older ones with bugs that are long mended. Does nothing when that version is there already.
set -eu
cd "$(dirname "$0")/../.."

manifest=spec/support/reference/Cargo.toml
out=build/reference
version=$(sed -n '/^name = "luajit-src"$/{n;s/^version = "\(.*\)"$/\1/p;}' spec/support/reference/Cargo.lock)
[ "$(cat "$out/version" 2>/dev/null)" = "$version" ] && [ -x "$out/luajit" ] && exit 0

mkdir -p "$out"
log=$PWD/$out/log
work=$(mktemp -d "$PWD/$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "building LuaJIT $version, once, into $out"
fail() { cat "$log" >&2; echo "$0: $1" >&2; exit 1; }
${CARGO:-cargo} vendor --locked --manifest-path "$manifest" "$work/vendor" >"$log" 2>&1 ||
  fail "cargo cannot bring the sources"
source=$work/vendor/luajit-src/luajit2
# What a checkout would ask git for.
cp "$work/vendor/luajit-src/luajit_relver.txt" "$source/.relver"
chmod -R u+w "$source"
# An outer make's flags (LUA=..., -n) are none of its business.
env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES make -C "$source/src" -j2 BUILDMODE=static CFLAGS= luajit >>"$log" 2>&1 ||
  fail "LuaJIT does not build"
mv -f "$source/src/luajit" "$out/luajit"
"$out/luajit" -v
echo "$version" >"$out/version"
