//! Type names: Alien's words for C's types, and the objects that stand for structs.

use crate::lua::{Error, Fault, Result};
use crate::object::record;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// The type of what a name spells.
fn plain(name: &[u8]) -> Option<Slot> {
    let scalar = match name {
        b"byte" => Scalar::I8,
        b"char" => Scalar::U8,
        b"short" => Scalar::I16,
        b"ushort" => Scalar::U16,
        b"int" => Scalar::I32,
        b"uint" => Scalar::U32,
        b"long" => Scalar::LONG,
        b"ulong" => Scalar::ULONG,
        b"longlong" => Scalar::I64,
        b"ulonglong" => Scalar::U64,
        b"ptrdiff_t" => Scalar::ISize,
        b"size_t" => Scalar::USize,
        b"float" => Scalar::F32,
        b"double" => Scalar::F64,
        b"void" => return Some(Slot::VOID),
        b"string" => return Some(Slot::BYTES),
        b"pointer" => return Some(Slot::POINTER),
        b"callback" => return Some(Slot::FUNCTION),
        _ => return None,
    };
    Some(Slot::value(TypeId::scalar(scalar)))
}

fn named(name: &[u8]) -> Option<Slot> {
    let Some(target) = name.strip_prefix(b"ref ") else { return plain(name) };
    let slot = plain(target.trim_ascii())?;
    let fine = slot == Slot::POINTER || slot.as_scalar().is_some();
    fine.then_some(Slot { mode: Mode::Ref, ..slot })
}

/// The type that the value at `index` stands for. Raises nothing; an error is about that value and
/// stands alone.
pub fn slot_at(cx: Cx, index: c_int) -> Result<Slot> {
    let index = cx.lua.abs(index);
    let about = |fault| Error { value: index, ..Error::alone(fault) };
    match cx.lua.string(index) {
        Some(name) => named(name).ok_or(about(Fault::UnknownType)),
        None => record::slot_of(cx, index).ok_or(about(Fault::Expected("type"))),
    }
}

/// The type of the argument at `index`, or the named one where it is left out, for a value in memory:
/// neither void nor a `ref`. Gives its size, too.
pub fn memory_type(cx: Cx, index: c_int, default: Slot) -> Result<(Slot, usize)> {
    if cx.lua.is_nil(index) {
        return Ok((default, cx.rt.types.size_of(default.c_type()).unwrap_or(0)));
    }
    let slot = slot_at(cx, index).map_err(|e| Error::arg(index, e.fault))?;
    if slot.mode == Mode::Ref {
        return Err(Error::arg(index, MEMORY_TYPE));
    }
    match cx.rt.types.size_of(slot.c_type()) {
        Some(size) => Ok((slot, size)),
        None => Err(Error::arg(index, MEMORY_TYPE)),
    }
}

/// What `void` and a `ref` are not.
pub const MEMORY_TYPE: Fault = Fault::ExpectedValue("a type that memory holds");

/// `char`
pub const CHAR: Slot = Slot::value(TypeId::scalar(Scalar::U8));
/// `int`
pub const INT: Slot = Slot::value(TypeId::scalar(Scalar::I32));

/// The type of the argument at `index`, or the default.
fn any_type(cx: Cx, index: c_int, default: Slot) -> Result<Slot> {
    if cx.lua.is_nil(index) {
        return Ok(default);
    }
    slot_at(cx, index).map_err(|e| Error::arg(index, e.fault))
}

/// `alien.sizeof([type])`; of void it is 1, as ever.
fn sizeof(cx: Cx) -> Result<c_int> {
    let slot = any_type(cx, 1, INT)?;
    cx.lua.push_int(cx.rt.types.size_of(slot.c_type()).unwrap_or(1) as i64);
    Ok(1)
}

/// `alien.align([type])`; of void it is 0.
fn align(cx: Cx) -> Result<c_int> {
    let slot = any_type(cx, 1, CHAR)?;
    let align = if slot == Slot::VOID { 0 } else { cx.rt.types.align_of(slot.c_type()) };
    cx.lua.push_int(align as i64);
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["sizeof" => sizeof, "align" => align];

/// Alien's word for a type.
fn name_of(slot: Slot) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "byte",
        "char",
        "short",
        "ushort",
        "int",
        "uint",
        "long",
        "ulong",
        "longlong",
        "ulonglong",
        "ptrdiff_t",
        "size_t",
        "float",
        "double",
        "string",
        "pointer",
        "callback",
    ];
    let wanted = Slot { mode: if slot.mode == Mode::Ref { Mode::Value } else { slot.mode }, ..slot };
    NAMES.iter().copied().find(|name| plain(name.as_bytes()) == Some(wanted))
}

/// A fault with Alien's words for types.
pub fn words(fault: Fault) -> Fault {
    let of = |scalar| name_of(Slot::value(TypeId::scalar(scalar)));
    match fault {
        Fault::ExpectedType(slot) => name_of(slot).map_or(fault, Fault::Expected),
        Fault::Range(scalar) => of(scalar).map_or(fault, |name| Fault::RangeOf(name, scalar)),
        Fault::Inexact(scalar) => of(scalar).map_or(fault, Fault::InexactAs),
        Fault::NotInteger(short) => {
            let scalar = Scalar::ALL.iter().find(|scalar| scalar.name() == short);
            scalar.and_then(|&scalar| of(scalar)).map_or(fault, Fault::NotInteger)
        }
        other => other,
    }
}

/// An error with Alien's words for types.
pub fn worded(error: Error) -> Error {
    Error { fault: words(error.fault), ..error }
}

/// Pushes Alien's word for a type; of a struct, what the engine calls it.
pub fn push_name(cx: Cx, slot: Slot) {
    match name_of(slot) {
        Some(name) => cx.lua.push_bytes(name.as_bytes()),
        None => crate::object::pointer::push_text(cx.lua, format_args!("{}", cx.rt.types.name(slot))),
    }
}
