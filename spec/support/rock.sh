#!/usr/bin/env bash
# Checks the rock for one Lua: usage `rock.sh lua5.4`. Lints the rockspec, installs it with
# `luarocks make` into a temporary tree through the stand-in backend beside this file, and loads the
# module from that tree. Prints `ok - rock LUA` or `not ok - rock LUA`.
set -eu
cd "$(dirname "$0")/../.."

lua=$1
rockspec=rockspec/lunaffi-scm-1.rockspec
tree=$(mktemp -d)
finish() {
  status=$?
  rm -rf "$tree"
  [ "$status" -eq 0 ] && echo "ok - rock $lua" || echo "not ok - rock $lua"
}
trap finish EXIT

options=()
variables=()
if [ "$lua" = luajit ]; then
  version=5.1
  # LuaRocks takes the first interpreter of the version that it finds, and that is lua5.1: it sees
  # LuaJIT alone in a prefix that holds nothing else, and then has to be told where the headers are.
  mkdir -p "$tree/luajit/bin"
  ln -s "$(command -v luajit)" "$tree/luajit/bin/luajit"
  options=(--lua-dir "$tree/luajit")
  variables=("LUA_INCDIR=$(pkg-config --variable=includedir luajit)")
else
  version=${lua#lua}
fi

# The versioned variables would win over these.
unset LUA_PATH_5_{2,3,4,5} LUA_CPATH_5_{2,3,4,5}
export LUA_PATH="./spec/support/rust-mlua/?.lua;;"
luarocks --lua-version "$version" lint "$rockspec"
luarocks "${options[@]}" --lua-version "$version" make --deps-mode=none --tree "$tree/rocks" "$rockspec" "${variables[@]}"

# From another folder, where no build can be mistaken for the rock.
cd "$tree"
LUA_CPATH="$tree/rocks/lib/lua/$version/?.so" "$lua" -e 'print(require("lunaffi")._VERSION)' | tee version
grep -q '^lunaffi [0-9]' version
rocks/bin/lunaffi-constants --help | grep -q '^usage: lunaffi-constants '
