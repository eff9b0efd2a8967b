//! Members and elements: `object[key]`, read and written.

use super::metatype;
use super::types::{NO_SIZE, behind_reference, value_type};
use crate::convert::cdata::{
    access, as_i64, held_of, lua_number, number_of, push_bits, push_constant, push_number, push_part, store_bits,
    store_in, store_number,
};
use crate::convert::field_at;
use crate::lua::{At, Error, Fault, Header, Kind, Named, Result, Type};
use crate::runtime::{Cx, Entry, lua_fn};
use lunaffi_core::ctype::{CType, Constant, Field, Record, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// What an assignment to a constant raises.
const CONSTANT: Fault = Fault::Text("attempt to write to constant location");

/// What a key means.
enum Found {
    /// A value in memory.
    Part { ty: TypeId, region: Region, constant: bool },
    /// A bit-field in the bytes from there on.
    Bits { field: &'static Field, region: Region, constant: bool },
    /// A constant of a record: its position.
    Constant(&'static Record, usize),
    /// Nothing: the metatable of the type is asked.
    Nothing(TypeId),
}

/// What a key is.
enum Key {
    Index(i64),
    Name,
    Other,
}

fn key(cx: Cx) -> Result<Key> {
    Ok(match cx.lua.type_of(2) {
        Type::String => Key::Name,
        Type::Number => number_of(cx, 2)?.map_or(Key::Other, |value| Key::Index(as_i64(value))),
        Type::Userdata if is_integer(cx) => number_of(cx, 2)?.map_or(Key::Other, |value| Key::Index(as_i64(value))),
        _ => Key::Other,
    })
}

/// The object at 2 is an integer.
fn is_integer(cx: Cx) -> bool {
    match value_type(cx, 2) {
        Some(ty) => match cx.rt.types.passed(ty) {
            CType::Scalar(scalar) => scalar.is_integer() && cx.rt.kinds.get(cx.lua, 2, Kind::Cdata).is_some(),
            _ => false,
        },
        None => cx.rt.kinds.int64(cx.lua, 2).is_some(),
    }
}

/// Finds what the key at 2 means in an object.
fn find(cx: Cx, header: &Header) -> Result<Found> {
    let types = &cx.rt.types;
    let held = held_of(cx.rt, header).map_err(Error::alone)?;
    let key = key(cx)?;
    let element = |elem: TypeId, index: i64, constant: bool| {
        let size = types.size_of(elem).ok_or(Error::alone(NO_SIZE))?;
        // A number that no block reaches wraps around to nothing inside of this one.
        let far = if held.region.is_foreign() { (index as isize).wrapping_mul(size as isize) } else { isize::MAX / 2 };
        let offset = (index as isize).checked_mul(size as isize).unwrap_or(far);
        Ok(Found::Part { ty: elem, region: held.region.moved(offset), constant })
    };
    match (types.kind(held.ty), key) {
        (CType::Pointer(elem), Key::Index(index)) => element(elem, index, false),
        (CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem), Key::Index(index)) => {
            element(elem, index, types.quals(held.ty).is_const)
        }
        (CType::Vector { elem, .. }, Key::Index(index)) => element(elem, index, true),
        (CType::Complex(part), Key::Index(index)) => element(TypeId::scalar(part), index & 1, true),
        (CType::Complex(part), Key::Name) => match cx.lua.string(2) {
            Some(b"re") => element(TypeId::scalar(part), 0, true),
            Some(b"im") => element(TypeId::scalar(part), 1, true),
            _ => Ok(Found::Nothing(held.ty)),
        },
        (CType::Record(_), Key::Name) => Ok(member(cx, held.ty, held.region)),
        (CType::Pointer(to), key) if matches!(types.kind(to), CType::Record(_)) => match key {
            Key::Name => Ok(member(cx, to, held.region)),
            _ => Ok(Found::Nothing(to)),
        },
        _ => Ok(Found::Nothing(held.ty)),
    }
}

/// The member of a record that the key at 2 names.
fn member(cx: Cx, ty: TypeId, region: Region) -> Found {
    let types = &cx.rt.types;
    let Some(record) = types.record(ty) else { return Found::Nothing(ty) };
    let constant = types.quals(ty).is_const;
    let Some(field) = field_at(cx, 2, record, |_| true) else {
        let name = cx.lua.string(2).unwrap_or_default();
        return match record.constants.iter().position(|(n, _)| n.as_bytes() == name) {
            Some(position) => Found::Constant(record, position),
            None => Found::Nothing(ty),
        };
    };
    let region = region.moved(field.offset as isize);
    match field.bits {
        Some(_) => Found::Bits { field, region, constant },
        None => Found::Part { ty: field.ty, region, constant },
    }
}

#[inline(always)]
fn receiver(cx: Cx) -> Result<&'static Header> {
    match cx.rt.kinds.get_receiver(cx.lua, Kind::Cdata) {
        // SAFETY: the kind's payload, which stays while it is on the stack.
        Some(payload) => Ok(unsafe { &*payload.cast::<Header>() }),
        None => Err(Error { at: At::This, value: 1, fault: Fault::Expected(Kind::Cdata.name()) }),
    }
}

/// The usual case, with nothing to explain: a primitive member or element, where bounds grant it.
#[inline(always)]
fn primitive(cx: Cx, header: &Header) -> Option<(Scalar, *mut u8)> {
    let (last, record) = cx.rt.last_record.get();
    let (array, elem, pointer) = cx.rt.last_element.get();
    match record {
        Some(record) if last == header.ty() => primitive_member(header, record, cx.lua.string(2)?),
        _ if array == header.ty() && !(pointer && header.is_reference()) => primitive_element(cx, header, elem),
        _ => primitive_in(cx, header),
    }
}

#[inline(always)]
fn primitive_member(header: &Header, record: &Record, name: &[u8]) -> Option<(Scalar, *mut u8)> {
    let field = record.by_key(name.as_ptr().addr())?;
    let scalar = field.ty.as_scalar().filter(|_| field.bits.is_none())?;
    Some((scalar, header.region.access(field.offset as isize, scalar.size()).ok()?))
}

#[inline(always)]
fn primitive_element(cx: Cx, header: &Header, scalar: Scalar) -> Option<(Scalar, *mut u8)> {
    let index = cx.lua.plain_integer(2)?;
    let offset = isize::try_from(index).ok()?.checked_mul(scalar.size() as isize)?;
    Some((scalar, header.region.access(offset, scalar.size()).ok()?))
}

/// `primitive`, whatever the object is.
#[inline]
fn primitive_in(cx: Cx, header: &Header) -> Option<(Scalar, *mut u8)> {
    let types = &cx.rt.types;
    let element = |elem: TypeId, pointer: bool| {
        let scalar = elem.as_scalar()?;
        cx.rt.last_element.set((header.ty(), scalar, pointer));
        primitive_element(cx, header, scalar)
    };
    let record = match types.get(header.ty()) {
        CType::Record(record) => record,
        CType::Pointer(_) if header.is_reference() => return None,
        CType::Pointer(to) => match types.get(to) {
            CType::Record(record) => record,
            _ => return element(to, true),
        },
        CType::Array { elem, .. } | CType::VariableArray(elem) => return element(elem, false),
        _ => return None,
    };
    let record = types.record(record)?;
    // A reference to a pointer has the pointer's type, and is another matter.
    if matches!(types.get(header.ty()), CType::Record(_)) {
        cx.rt.last_record.set((header.ty(), Some(record)));
    }
    primitive_member(header, record, cx.lua.string(2)?)
}

lua_fn! { fn index(cx) as "index" {
    // What is missing would be looked for where the metatable is put.
    if cx.lua.top() != 2 {
        cx.lua.set_top(2);
    }
    let header = receiver(cx)?;
    if let Some((scalar, place)) = primitive(cx, header) {
        // SAFETY: the region grants the value.
        push_number(cx.lua, cx.rt, scalar, unsafe { scalar.load(place) });
        return Ok(1);
    }
    match find(cx, header)? {
        Found::Part { ty, region, .. } => push_part(cx.lua, cx.rt, ty, region, 1)?,
        Found::Bits { field, region, .. } => push_bits(cx.lua, cx.rt, field, region)?,
        Found::Constant(record, position) => push_constant(cx.lua, cx.rt, &record.constants[position].1),
        Found::Nothing(ty) => return index_meta(cx, ty),
    }
    Ok(1)
} }

lua_fn! { fn newindex(cx) as "newindex" {
    if cx.lua.top() != 3 {
        cx.lua.set_top(3);
    }
    let header = receiver(cx)?;
    if let Some((scalar, place)) = primitive(cx, header)
        && let Some(value) = lua_number(cx.lua, 3)
    {
        // SAFETY: the region grants the place.
        unsafe { store_number(scalar, value, place) };
        return Ok(0);
    }
    match find(cx, header)? {
        Found::Part { ty, region, constant } => assign(cx, ty, region, constant)?,
        Found::Bits { field, region, constant } => {
            if constant || cx.rt.types.quals(field.ty).is_const {
                return Err(Error::alone(CONSTANT));
            }
            let Some(bits) = field.bits else { return Err(Error::alone(Fault::Bug)) };
            let place = access(cx.rt, &region, 0, bits.bytes()).map_err(Error::alone)?;
            store_bits(cx, 3, field.ty, bits, place, At::Alone)?;
        }
        Found::Constant(..) => return Err(Error::alone(CONSTANT)),
        Found::Nothing(ty) => return newindex_meta(cx, ty),
    }
    Ok(0)
} }

/// Assigns the value at 3 to a value in memory.
pub fn assign(cx: Cx, ty: TypeId, region: Region, constant: bool) -> Result<()> {
    let types = &cx.rt.types;
    let (mut ty, mut region) = (ty, region);
    if let CType::Reference(to) = types.kind(ty) {
        let place = access(cx.rt, &region, 0, size_of::<usize>()).map_err(Error::alone)?;
        // SAFETY: the region grants a pointer's bytes.
        (ty, region) = (to, Region::foreign(unsafe { place.cast::<*mut u8>().read_unaligned() }));
    }
    if constant || types.quals(ty).is_const || types.record(ty).is_some_and(|record| record.has_const) {
        return Err(Error::alone(CONSTANT));
    }
    if matches!(types.kind(ty), CType::Void | CType::Function(_)) {
        return Err(Error::alone(NO_SIZE));
    }
    store_in(cx, 3, ty, region, At::Alone)
}

/// What the key at 2 is called.
fn key_name(cx: Cx) -> Named {
    match value_type(cx, 2) {
        Some(ty) if cx.rt.kinds.get(cx.lua, 2, Kind::Cdata).is_some() => Named::C(ty),
        _ => Named::Lua(2),
    }
}

/// The error for a key that means nothing in a type.
fn unknown(cx: Cx, ty: TypeId) -> Error {
    let fault = if cx.lua.type_of(2) == Type::String { Fault::NoCMember(ty) } else { Fault::NoIndex(ty, key_name(cx)) };
    Error { value: 2, ..Error::alone(fault) }
}

/// Asks the metatable of a type for what the key at 2 means in the object at 1.
fn index_meta(cx: Cx, ty: TypeId) -> Result<c_int> {
    let lua = cx.lua;
    if !metatype::push_method(cx, ty, b"__index") {
        return Err(unknown(cx, ty));
    }
    if lua.type_of(-1) == Type::Function {
        lua.copy(1);
        lua.copy(2);
        lua.call(2, 1);
        return Ok(1);
    }
    lua.copy(2);
    lua.get(-2);
    if lua.is_nil(-1) {
        return Err(unknown(cx, ty));
    }
    Ok(1)
}

fn newindex_meta(cx: Cx, ty: TypeId) -> Result<c_int> {
    let lua = cx.lua;
    if !metatype::push_method(cx, ty, b"__newindex") {
        return Err(unknown(cx, ty));
    }
    if lua.type_of(-1) == Type::Function {
        lua.copy(1);
        lua.copy(2);
        lua.copy(3);
        lua.call(3, 0);
        return Ok(0);
    }
    lua.copy(2);
    lua.copy(3);
    lua.set(-3);
    Ok(0)
}

/// The constant that the string at 2 names in a type, or in the record that it points to.
fn type_constant(cx: Cx, ty: TypeId) -> Option<&'static Constant> {
    let types = &cx.rt.types;
    let name = cx.lua.string(2)?;
    let mut ty = ty;
    for _ in 0..2 {
        if let CType::Pointer(to) = types.kind(ty) {
            ty = to;
        }
    }
    let record = types.record(ty)?;
    record.constants.iter().find(|(n, _)| n.as_bytes() == name).map(|(_, constant)| constant)
}

/// `ct[key]` of a ctype object.
pub fn index_type(cx: Cx, ty: TypeId) -> Result<c_int> {
    let ty = behind_reference(cx, ty);
    if let Some(constant) = type_constant(cx, ty) {
        push_constant(cx.lua, cx.rt, constant);
        return Ok(1);
    }
    index_meta(cx, pointed_to(cx, ty))
}

/// `ct[key] = value` of a ctype object.
pub fn newindex_type(cx: Cx, ty: TypeId) -> Result<c_int> {
    let ty = behind_reference(cx, ty);
    if type_constant(cx, ty).is_some() {
        return Err(Error::alone(CONSTANT));
    }
    newindex_meta(cx, pointed_to(cx, ty))
}

/// What a name is looked for in when a type is a pointer: what that is to.
fn pointed_to(cx: Cx, ty: TypeId) -> TypeId {
    match cx.rt.types.kind(ty) {
        CType::Pointer(to) if cx.lua.type_of(2) == Type::String => to,
        _ => ty,
    }
}

/// What cdata have of their own.
pub const CDATA: &[Entry] = &[("__index", index), ("__newindex", newindex)];
