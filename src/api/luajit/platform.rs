//! What the platform is: `ffi.abi`, `ffi.os`, `ffi.arch`; and `ffi.errno`.

use crate::convert::{self, Destination};
use crate::lua::{At, Error, Fault, Result, State, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// The system, by LuaJIT's names.
pub const OS: &str = if cfg!(target_os = "linux") {
    "Linux"
} else if cfg!(target_vendor = "apple") {
    "OSX"
} else if cfg!(windows) {
    "Windows"
} else if cfg!(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd", target_os = "dragonfly")) {
    "BSD"
} else if cfg!(unix) {
    "POSIX"
} else {
    "Other"
};

/// The processor, by LuaJIT's names.
pub const ARCH: &str = if cfg!(target_arch = "x86_64") {
    "x64"
} else if cfg!(target_arch = "x86") {
    "x86"
} else if cfg!(all(target_arch = "aarch64", target_endian = "big")) {
    "arm64be"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else if cfg!(target_arch = "arm") {
    "arm"
} else if cfg!(any(target_arch = "powerpc", target_arch = "powerpc64")) {
    "ppc"
} else if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
    "mips"
} else if cfg!(target_arch = "riscv64") {
    "riscv64"
} else {
    std::env::consts::ARCH
};

/// What LuaJIT's `ffi.abi` would answer here. `gc64` and `dualnum` are about LuaJIT's own values;
/// what a program wants to know by `gc64` (that addresses are not limited to 32 bits) holds.
fn abi_is(name: &[u8]) -> bool {
    let word = usize::BITS as usize;
    match name {
        b"32bit" => word == 32,
        b"64bit" => word == 64,
        b"le" => cfg!(target_endian = "little"),
        b"be" => cfg!(target_endian = "big"),
        b"fpu" | b"hardfp" => true,
        b"eabi" => cfg!(target_arch = "arm"),
        b"win" => cfg!(windows),
        b"gc64" => word == 64,
        _ => false,
    }
}

/// `ffi.abi(name)`
fn abi(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::Number {
        lua.push_bool(false);
    } else {
        let name = lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
        lua.push_bool(abi_is(name));
    }
    Ok(1)
}

/// `ffi.errno([new])`: what the last call left; sets what the next one finds.
fn errno(cx: Cx) -> Result<c_int> {
    let old = cx.rt.errno.get();
    if !cx.lua.is_none(1) {
        let int = Slot { ty: TypeId::scalar(Scalar::I32), mode: Mode::Cdata };
        let mut cell = [0u8; 4];
        convert::store(cx, 1, Destination::one(int), Region::of(&mut cell), At::Arg(1))?;
        cx.rt.errno.set(c_int::from_ne_bytes(cell));
    }
    cx.lua.push_int(old as i64);
    Ok(1)
}

/// Sets `os` and `arch` in the module table on the top.
pub fn set_names(lua: State) {
    for (name, value) in [(&b"os"[..], OS), (b"arch", ARCH)] {
        lua.push_bytes(value.as_bytes());
        lua.set_field(-2, name);
    }
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["abi" => abi, "errno" => errno];
