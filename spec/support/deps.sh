#!/bin/sh
# Makes sure that what `make demo` or `make test` needs is there: usage `deps.sh demo|test`.
# Debian and its kin, as root or with sudo that asks nothing: installs what is missing. Anywhere
# else: names it and stops. Does nothing when all is there.
set -u
PATH=$PATH:/usr/sbin:/sbin

has() { command -v "$1"; }
runs() { "$@"; }
any_lua() { has lua || has lua5.4 || has lua5.3 || has lua5.2 || has lua5.1 || has luajit; }
compiles() { echo 'int main(void) { return 0; }' | cc -xc - -o /dev/null; }
has_asan() { [ -e "$(${CC:-cc} -print-file-name=libasan.so)" ]; }
lua_has() { "$1" -e "require '$2'"; }
# macOS ships zlib and sqlite3; its loader finds them without a file.
shared_library() { [ "$(uname)" = Darwin ] || ldconfig -p | grep -F "$1"; }

# need NAME PACKAGES CHECK...: unless the check succeeds, NAME is missing, and Debian's PACKAGES (if
# they are not "-") bring it.
need() {
  name=$1 wanted=$2
  shift 2
  "$@" >/dev/null 2>&1 && return
  missing="$missing
  $name"
  [ "$wanted" = - ] || packages="$packages $wanted"
}

find_missing() {
  missing= packages=
  need 'cargo: Rust, from https://rustup.rs' - has cargo
  need 'cc: a C compiler that makes programs' 'gcc libc6-dev' compiles
  need 'make: GNU make' make has make
  need 'libz.so.1: zlib' zlib1g shared_library libz.so.1
  need 'libsqlite3.so.0: sqlite3' libsqlite3-0 shared_library libsqlite3.so.0
  if [ "$1" = demo ]; then
    need 'lua: a Lua, 5.1 or later, or LuaJIT' lua5.4 any_lua
    return
  fi
  need 'cargo fmt: rustup component add rustfmt' - runs cargo fmt --version
  need 'cargo clippy: rustup component add clippy' - runs cargo clippy --version
  need "libasan.so: AddressSanitizer's runtime, which comes with gcc" gcc has_asan
  need 'pkg-config' pkg-config has pkg-config
  need 'valgrind' valgrind has valgrind
  need 'luacheck' lua-check has luacheck
  need 'luarocks: LuaRocks 3' luarocks has luarocks
  need 'libcrypto.so.3: OpenSSL 3' libssl3 shared_library libcrypto.so.3
  need 'libpng16.so.16: libpng' libpng16-16 shared_library libpng16.so.16
  need 'dpkg-deb, and packages lua-ljsyscall and lua-resty-lrucache: spec/support/programs.sh fetches them' - \
    runs spec/support/programs.sh
  need 'zlib.pc: headers of zlib' zlib1g-dev runs pkg-config --exists zlib
  need 'sqlite3.pc: headers of sqlite3' libsqlite3-dev runs pkg-config --exists sqlite3
  # Headers that the tests of the C parser read.
  need 'libpng.pc: headers of libpng' libpng-dev runs pkg-config --exists libpng
  need 'libcurl.pc: headers of curl' libcurl4-openssl-dev runs pkg-config --exists libcurl
  need 'openssl.pc: headers of OpenSSL' libssl-dev runs pkg-config --exists openssl
  need 'libxml-2.0.pc: headers of libxml2' libxml2-dev runs pkg-config --exists libxml-2.0
  need 'glib-2.0.pc: headers of GLib' libglib2.0-dev runs pkg-config --exists glib-2.0
  need 'sdl2.pc: headers of SDL 2' libsdl2-dev runs pkg-config --exists sdl2
  need 'libuv.pc: headers of libuv' libuv1-dev runs pkg-config --exists libuv
  need 'ncurses.pc: headers of ncurses' libncurses-dev runs pkg-config --exists ncurses
  need 'gmp.pc: headers of GMP' libgmp-dev runs pkg-config --exists gmp
  need 'libsodium.pc: headers of libsodium' libsodium-dev runs pkg-config --exists libsodium
  need 'lmdb.pc: headers of LMDB' liblmdb-dev runs pkg-config --exists lmdb
  need 'libevent.pc: headers of libevent' libevent-dev runs pkg-config --exists libevent
  need 'libzstd.pc: headers of Zstandard' libzstd-dev runs pkg-config --exists libzstd
  need 'jansson.pc: headers of Jansson' libjansson-dev runs pkg-config --exists jansson
  need 'libseccomp.pc: headers of libseccomp' libseccomp-dev runs pkg-config --exists libseccomp
  need 'libusb-1.0.pc: headers of libusb' libusb-1.0-0-dev runs pkg-config --exists libusb-1.0
  need 'hiredis.pc: headers of hiredis' libhiredis-dev runs pkg-config --exists hiredis
  need 'libarchive.pc: headers of libarchive' libarchive-dev runs pkg-config --exists libarchive
  need 'libpq.pc: headers of libpq' libpq-dev runs pkg-config --exists libpq
  for lua in lua5.1 lua5.2 lua5.3 lua5.4 luajit; do
    case $lua in
      lua5.1) headers=liblua5.1-0-dev ;;
      luajit) headers=libluajit-5.1-dev ;;
      *) headers=lib$lua-dev ;;
    esac
    need "$lua" "$lua" has "$lua"
    need "$lua.pc: headers of $lua" "$headers" runs pkg-config --exists "$lua"
    need "busted 2 for $lua" lua-busted lua_has "$lua" busted.runner
  done
}

find_missing "$1"
[ -z "$missing" ] && exit 0

if [ -n "$packages" ] && command -v apt-get >/dev/null; then
  if [ "$(id -u)" -eq 0 ]; then
    root=
  elif sudo -n true 2>/dev/null; then
    root='sudo -n'
  else
    root=none
  fi
  if [ "$root" != none ]; then
    # A package that several needs share is named once.
    packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ')
    printf 'installing: %s\n' "$packages"
    $root apt-get -o DPkg::Lock::Timeout=300 update </dev/null &&
      $root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends $packages </dev/null || exit 1
    find_missing "$1"
    [ -z "$missing" ] && exit 0
  fi
fi

printf 'make %s needs what is not here:%s\n' "$1" "$missing" >&2
if [ -n "$packages" ] && command -v apt-get >/dev/null; then
  printf 'to install it: apt-get install %s\n' "$(printf '%s\n' $packages | sort -u | tr '\n' ' ')" >&2
fi
exit 1
