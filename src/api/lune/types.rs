//! Type names: the spellings of the Lune API, pointer-to and `ref` forms, and the objects that
//! stand for types (struct definitions and what `ffi.pointer` makes).

use super::declarations::{c_align, c_slot};
use crate::lua::{Error, Fault, Kind, Result, State};
use crate::object::kind::{self, KindSpec};
use crate::object::record;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, Mode, Slot, TypeId, TypeTable};
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// The canonical names, which `ffi.ctypes` and `ffi.types` hold.
const CANONICAL: &[&str] = &[
    "void", "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "pointer",
    "string",
];

/// The aliases that `ffi.types` holds.
const ALIASES: &[(&str, &str)] = &[
    ("int", "i32"),
    ("uint", "u32"),
    ("long", "i64"),
    ("ulong", "u64"),
    ("float", "f32"),
    ("double", "f64"),
    ("char", "i8"),
    ("uchar", "u8"),
    ("short", "i16"),
    ("ushort", "u16"),
    ("ptr", "pointer"),
    ("size_t", "usize"),
    ("ssize_t", "isize"),
    ("intptr_t", "isize"),
    ("uintptr_t", "usize"),
    ("ptrdiff_t", "isize"),
];

fn plain(name: &[u8]) -> Option<Slot> {
    let scalar = match name {
        b"i32" | b"int32" | b"int" => Scalar::I32,
        b"u32" | b"uint32" | b"uint" => Scalar::U32,
        b"f64" | b"double" => Scalar::F64,
        b"u8" | b"uint8" | b"uchar" | b"byte" => Scalar::U8,
        b"i64" | b"int64" | b"long" | b"longlong" => Scalar::I64,
        b"u64" | b"uint64" | b"ulong" | b"ulonglong" => Scalar::U64,
        b"f32" | b"float" => Scalar::F32,
        b"i8" | b"int8" | b"char" => Scalar::I8,
        b"i16" | b"int16" | b"short" => Scalar::I16,
        b"u16" | b"uint16" | b"ushort" => Scalar::U16,
        b"bool" => Scalar::Bool,
        b"isize" | b"intptr_t" | b"ptrdiff_t" | b"ssize_t" => Scalar::ISize,
        b"usize" | b"size_t" | b"uintptr_t" => Scalar::USize,
        b"clong" => Scalar::LONG,
        b"culong" => Scalar::ULONG,
        b"wchar" => Scalar::WCHAR,
        b"pointer" | b"ptr" => return Some(Slot::POINTER),
        b"string" | b"cstring" => return Some(Slot::STRING),
        b"void" => return Some(Slot::VOID),
        _ => return None,
    };
    Some(Slot::value(TypeId::scalar(scalar)))
}

/// The type that a name spells.
fn named(cx: Cx, name: &[u8]) -> Option<Slot> {
    // What these names mean does not depend on what C declares.
    let known = |name| value_type(&cx.rt.types, name).or_else(|| c_slot(cx, name));
    let Some(target) = name.strip_prefix(b"ref ") else { return known(name) };
    let slot = known(target.trim_ascii())?;
    let fine = slot == Slot::POINTER || slot.ty.as_scalar().is_some();
    (fine && slot.mode == Mode::Value).then_some(Slot { mode: Mode::Ref, ..slot })
}

/// The type that a name without `ref` spells: a plain one, or pointers to it.
fn value_type(types: &TypeTable, name: &[u8]) -> Option<Slot> {
    let (mut target, mut stars) = (name, 0);
    while let Some(rest) = target.strip_suffix(b"*") {
        (target, stars) = (rest.trim_ascii_end(), stars + 1);
    }
    let mut slot = match (target, stars) {
        (_, 0) => return plain(name),
        (b"void", 1) => return Some(Slot::POINTER),
        (b"char", 1) => return Some(Slot::STRING),
        _ => plain(target)?,
    };
    for _ in 0..stars {
        slot = Slot::value(types.pointer(slot.c_type()));
    }
    Some(slot)
}

/// The type that the value at `index` stands for. Raises nothing; an error is about that value and
/// stands alone.
pub fn slot_at(cx: Cx, index: c_int) -> Result<Slot> {
    let lua = cx.lua;
    let index = lua.abs(index);
    let about = |fault| Error { value: index, ..Error::alone(fault) };
    if let Some(name) = lua.string(index) {
        return named(cx, name).ok_or(about(Fault::UnknownType));
    }
    record::slot_of(cx, index).ok_or(about(Fault::Expected("type")))
}

/// The type that the argument at `index` stands for.
pub fn type_argument(cx: Cx, index: c_int) -> Result<Slot> {
    slot_at(cx, index).map_err(|e| Error::arg(index, e.fault))
}

/// The same for a type that memory can hold: no `ref`.
pub fn memory_type(cx: Cx, index: c_int) -> Result<Slot> {
    let slot = type_argument(cx, index)?;
    if slot.mode == Mode::Ref {
        return Err(Error::arg(index, Fault::Text("a ref is only a parameter: use a pointer type")));
    }
    Ok(slot)
}

/// The same for a type whose values have a size; gives that too.
pub fn sized_type(cx: Cx, index: c_int) -> Result<(Slot, usize)> {
    let slot = memory_type(cx, index)?;
    match cx.rt.types.size_of(slot.c_type()) {
        Some(size) => Ok((slot, size)),
        None => Err(Error::arg(index, Fault::Text("a type with a size expected, got void"))),
    }
}

/// Pushes a type's short name.
pub fn push_name(cx: Cx, slot: Slot) {
    use std::io::Write;
    let mut text = [0u8; 256];
    let mut rest = &mut text[..];
    let _ = write!(rest, "{}", cx.rt.types.name(slot));
    let unused = rest.len();
    cx.lua.push_bytes(&text[..256 - unused]);
}

fn sizeof(cx: Cx) -> Result<c_int> {
    let slot = memory_type(cx, 1)?;
    // `void` has no values: 0 bytes.
    cx.lua.push_int(cx.rt.types.size_of(slot.c_type()).unwrap_or(0) as i64);
    Ok(1)
}

fn alignof(cx: Cx) -> Result<c_int> {
    let slot = memory_type(cx, 1)?;
    let own = match cx.lua.string(1) {
        Some(name) if value_type(&cx.rt.types, name).is_none() => c_align(cx, name),
        _ => None,
    };
    cx.lua.push_int(own.unwrap_or(cx.rt.types.align_of(slot.c_type())) as i64);
    Ok(1)
}

/// `ffi.pointer(type)`: the type "pointer to type".
fn pointer(cx: Cx) -> Result<c_int> {
    let slot = memory_type(cx, 1)?;
    let made = cx.grow(0, || Ok(Slot::value(cx.rt.types.pointer(slot.c_type()))))?;
    let place = cx.lua.new_userdata(size_of::<Slot>(), false).cast::<Slot>();
    // SAFETY: fresh memory of that size.
    unsafe { place.write(made) };
    cx.rt.kinds.push_metatable(cx.lua, Kind::TypeObject);
    cx.lua.set_metatable(-2);
    Ok(1)
}

fn type_to_string(cx: Cx) -> Result<c_int> {
    push_name(cx, *cx.receiver::<Slot>(Kind::TypeObject)?);
    Ok(1)
}

fn type_eq(cx: Cx) -> Result<c_int> {
    let same = match (slot_at(cx, 1), slot_at(cx, 2)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    cx.lua.push_bool(same);
    Ok(1)
}

fn type_index(cx: Cx) -> Result<c_int> {
    kind::index(cx, |_| Ok(false))
}

/// The kind of what `ffi.pointer` makes.
pub const TYPE_OBJECT: KindSpec = KindSpec {
    kind: Kind::TypeObject,
    methods: &[],
    meta: entries![
        "__index" => type_index,
        "__newindex" => kind::read_only,
        method "__tostring" => type_to_string,
        "__eq" => type_eq,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["sizeof" => sizeof, "alignof" => alignof, "pointer" => pointer];

/// Sets `types` and `ctypes` in the module table on the top, which has the functions already.
pub fn set_tables(lua: State) {
    lua.new_table(0, CANONICAL.len() as c_int);
    for name in CANONICAL {
        lua.push_bytes(name.as_bytes());
        lua.set_field(-2, name.as_bytes());
    }
    lua.set_field(-2, b"ctypes");

    lua.new_table(0, 40);
    for (alias, name) in CANONICAL.iter().map(|name| (name, name)).chain(ALIASES.iter().map(|(a, n)| (a, n))) {
        lua.push_bytes(name.as_bytes());
        lua.set_field(-2, alias.as_bytes());
    }
    for name in [&b"sizeof"[..], b"alignof"] {
        lua.get_field(-2, name);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, b"types");
}

/// True for what lies in memory of its own: a struct, a union, an array.
pub fn is_aggregate(cx: Cx, slot: Slot) -> bool {
    slot.mode == Mode::Value && matches!(cx.rt.types.get(slot.ty), CType::Record(_) | CType::Array { .. })
}

/// True for a struct or union.
pub fn is_record(cx: Cx, slot: Slot) -> bool {
    slot.mode == Mode::Value && matches!(cx.rt.types.get(slot.ty), CType::Record(_))
}
