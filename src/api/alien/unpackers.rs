//! `alien.to<type>(pointer [, count])`: values that a pointer points to, each a result of its own; and
//! `alien.tostring`.

use crate::convert::{self, exact};
use crate::lua::Result;
use crate::lua::error::AtArgument;
use crate::object::pointer::region_argument;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// No Lua has room for more results.
const MOST: i128 = 1 << 24;

fn unpack(cx: Cx, scalar: Scalar) -> Result<c_int> {
    let lua = cx.lua;
    if lua.is_nil(1) {
        lua.push_nil();
        return Ok(1);
    }
    let region = region_argument(cx, 1)?;
    let count = if lua.is_nil(2) { 1 } else { exact(*lua, cx.rt, 2, i64::MIN as i128, MOST).at_arg(2)? };
    let count = count.max(0) as usize;
    if count == 0 {
        return Ok(0);
    }
    lua.reserve(count as c_int);
    for i in 0..count {
        // Asked each time: a boxed integer takes memory, and a finalizer may run.
        let (offset, size) = ((i * scalar.size()) as isize, scalar.size());
        // SAFETY: the region grants the element, or is at a bare address.
        let value = region.with(offset, size, |place| unsafe { scalar.load(place) }).at_arg(1)?;
        convert::push_scalar(lua, cx.rt, value);
    }
    Ok(count as c_int)
}

macro_rules! unpackers {
    ($($function:ident $name:literal $scalar:expr;)*) => {
        $(fn $function(cx: Cx) -> Result<c_int> { unpack(cx, $scalar) })*
        /// Module functions.
        pub const FUNCTIONS: &[FunctionEntry] = entries![$($name => $function,)* "tostring" => to_string];
    };
}

unpackers! {
    to_char "tochar" Scalar::I8;
    to_short "toshort" Scalar::I16;
    to_ushort "toushort" Scalar::U16;
    to_int "toint" Scalar::I32;
    to_uint "touint" Scalar::U32;
    to_long "tolong" Scalar::LONG;
    to_ulong "toulong" Scalar::ULONG;
    to_ptrdiff_t "toptrdiff_t" Scalar::ISize;
    to_size_t "tosize_t" Scalar::USize;
    to_float "tofloat" Scalar::F32;
    to_double "todouble" Scalar::F64;
}

/// `alien.tostring(pointer [, length])`: up to a NUL where no length is given.
fn to_string(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.is_nil(1) {
        lua.push_nil();
        return Ok(1);
    }
    let region = region_argument(cx, 1)?;
    if region.is_null() {
        lua.push_nil();
        return Ok(1);
    }
    match convert::length(cx, 2)? {
        Some(len) => cx.rt.push_text(lua, &region, 0, len).at_arg(2)?,
        None => cx.rt.push_c_text(lua, &region, 0).at_arg(1)?,
    }
    Ok(1)
}
