//! Members and elements: `object[key]`, read and written.

use super::metatype;
use super::types::{NO_SIZE, behind_reference};
use crate::convert::cdata::{
    as_i64, bits, lua_number, number_of, pointer_in, push_bits, push_constant, push_number, push_part, store_bits,
    store_in, type_of, view_of,
};
use crate::convert::field_at;
use crate::lua::{At, Error, Fault, Header, Kind, Result, State, Type, ValueName, lua_CFunction};
use crate::object::fast_access::{self, FastAccess, PrimitiveField};
use crate::runtime::cache::{ElementCacheEntry, FieldCacheEntry};
use crate::runtime::{Cx, FunctionEntry, Runtime, c_function};
use lunaffi_core::ctype::{CType, Constant, Field, Record, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
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
    /// Nothing: the metatable of the type is asked, to write only what is not constant.
    Nothing { ty: TypeId, constant: bool },
}

/// What a key is.
enum MemberKey {
    Index(i64),
    Name,
    Other,
}

fn key(cx: Cx) -> Result<MemberKey> {
    Ok(match cx.lua.type_of(2) {
        Type::String => MemberKey::Name,
        Type::Number => number_of(cx.look(), 2)?.map_or(MemberKey::Other, |value| MemberKey::Index(as_i64(value))),
        Type::Userdata if is_integer(cx) => {
            number_of(cx.look(), 2)?.map_or(MemberKey::Other, |value| MemberKey::Index(as_i64(value)))
        }
        _ => MemberKey::Other,
    })
}

/// The object at 2 is an integer: an enumeration's, too, and not one that a reference refers to.
fn is_integer(cx: Cx) -> bool {
    let Some(payload) = cx.rt.kinds.get(*cx.lua, 2, Kind::Cdata) else {
        return cx.rt.kinds.int64(*cx.lua, 2).is_some();
    };
    // SAFETY: the kind's payload.
    let header = unsafe { &*payload.cast::<Header>() };
    match cx.rt.types.passed(header.ty()) {
        CType::Scalar(scalar) => scalar.is_integer() && !header.is_reference(),
        CType::ExtendedNumber(extended) => extended.is_integer() && !header.is_reference(),
        _ => false,
    }
}

/// Finds what the key at 2 means in an object.
fn find(cx: Cx, header: &Header) -> Result<Found> {
    let types = &cx.rt.types;
    let view = view_of(cx.rt, header).map_err(Error::alone)?;
    let key = key(cx)?;
    let element = |elem: TypeId, index: i64, constant: bool| {
        let size = types.size_of(elem).ok_or(Error::alone(NO_SIZE))?;
        // A number that no block reaches wraps around to nothing inside of this one.
        let far = if view.region.is_foreign() { (index as isize).wrapping_mul(size as isize) } else { isize::MAX / 2 };
        let offset = (index as isize).checked_mul(size as isize).unwrap_or(far);
        Ok(Found::Part { ty: elem, region: view.region.moved(offset), constant })
    };
    // (An array has none of its own: its elements have.)
    let nothing = || match types.get(view.ty) {
        CType::Qualified(_, quals) => Ok(Found::Nothing { ty: view.ty, constant: quals.is_const }),
        _ => Ok(Found::Nothing { ty: view.ty, constant: false }),
    };
    match (types.kind(view.ty), key) {
        (CType::Pointer(elem), MemberKey::Index(index)) => element(elem, index, false),
        (CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem), MemberKey::Index(index)) => {
            element(elem, index, types.quals(view.ty).is_const)
        }
        (CType::Vector { elem, .. }, MemberKey::Index(index)) => element(elem, index, true),
        (CType::Complex(part), MemberKey::Index(index)) => element(TypeId::scalar(part), index & 1, true),
        (CType::Complex(part), MemberKey::Name) => match cx.lua.string(2) {
            Some(b"re") => element(TypeId::scalar(part), 0, true),
            Some(b"im") => element(TypeId::scalar(part), 1, true),
            _ => nothing(),
        },
        (CType::Record(_), MemberKey::Name) => Ok(member(cx, view.ty, view.region)),
        (CType::Pointer(to), key) if matches!(types.kind(to), CType::Record(_)) => match key {
            MemberKey::Name => Ok(member(cx, to, view.region)),
            _ => Ok(Found::Nothing { ty: to, constant: types.quals(to).is_const }),
        },
        _ => nothing(),
    }
}

/// The member of a record that the key at 2 names.
fn member(cx: Cx, ty: TypeId, region: Region) -> Found {
    let types = &cx.rt.types;
    let constant = types.quals(ty).is_const;
    let Some(record) = types.record(ty) else { return Found::Nothing { ty, constant } };
    let Some(field) = field_at(cx, 2, record, |_| true) else {
        let name = cx.lua.string(2).unwrap_or_default();
        return match record.constants.iter().position(|(n, _)| n.as_bytes() == name) {
            Some(position) => Found::Constant(record, position),
            None => Found::Nothing { ty, constant },
        };
    };
    let region = region.moved(field.offset as isize);
    match field.bits {
        Some(_) => Found::Bits { field, region, constant },
        None => Found::Part { ty: field.ty, region, constant },
    }
}

/// Primitive elements and members of cdata.
struct CdataParts;

impl FastAccess for CdataParts {
    const KIND: Kind = Kind::Cdata;
    const INDEX: lua_CFunction = c_function!("index" => index);
    const NEWINDEX: lua_CFunction = c_function!("newindex" => newindex);

    #[inline(always)]
    fn find(lua: State, rt: &Runtime, header: &Header) -> Option<PrimitiveField> {
        // (A reference to a pointer has the pointer's type, and is another matter.)
        if let Some(element) = rt.known.element(header.ty()) {
            let index = usize::try_from(lua.plain_integer(2)?).ok()?;
            let ElementCacheEntry { scalar, constant, pointer, .. } = element;
            let place = PrimitiveField { offset: index.checked_mul(scalar.size())?, scalar, constant };
            return if pointer && header.is_reference() { None } else { Some(place) };
        }
        let field = rt.known.cdata.find(header.ty(), lua.string_identity(2)?)?;
        if field.pointer && header.is_reference() { None } else { Some(field.place) }
    }

    #[inline(always)]
    fn push(lua: State, rt: &Runtime, scalar: Scalar, value: ScalarValue) {
        push_number(lua, rt, scalar, value);
    }

    #[inline(always)]
    fn bits(lua: State, scalar: Scalar) -> Option<u64> {
        lua_number(*lua, 3).map(|value| bits(scalar, value))
    }
}

/// Makes what the key at 2 means in an object known, if that is a primitive in the object's own memory or
/// in what it points to.
fn remember(cx: Cx, header: &Header, found: &Found) {
    let (lua, rt) = (cx.lua, cx.rt);
    let Found::Part { ty, constant, .. } = *found else { return };
    let Some(scalar) = rt.types.bare(ty).as_scalar() else { return };
    let constant = constant || rt.types.is_const(ty);
    let of = header.ty();
    let (aggregate, pointer) = match rt.types.kind(of) {
        CType::Pointer(_) if header.is_reference() => return,
        CType::Pointer(to) => (rt.types.kind(to), true),
        other => (other, false),
    };
    match (aggregate, lua.type_of(2)) {
        (CType::Record(record), Type::String) => {
            let (Some(record), Some(name)) = (rt.types.record(record), lua.string_identity(2)) else { return };
            let Some(field) = field_at(cx, 2, record, |_| false) else { return };
            let place = PrimitiveField { offset: field.offset, scalar, constant };
            rt.known.cdata.add(FieldCacheEntry { of, name, place, pointer });
        }
        (CType::Array { .. } | CType::VariableArray(_), Type::Number) if !pointer => {
            rt.known.add_element(ElementCacheEntry { of, scalar, constant, pointer });
        }
        (_, Type::Number) if pointer => rt.known.add_element(ElementCacheEntry { of, scalar, constant, pointer }),
        _ => {}
    }
}

fn index(cx: Cx) -> Result<c_int> {
    // What is missing would be looked for where the metatable is put.
    cx.lua.set_top(2);
    let header: &Header = cx.quick_receiver(Kind::Cdata)?;
    let found = find(cx, header)?;
    remember(cx, header, &found);
    match found {
        Found::Part { ty, region, .. } => push_part(cx.lua, cx.rt, ty, region, 1)?,
        Found::Bits { field, region, .. } => push_bits(cx.lua, cx.rt, field, region)?,
        Found::Constant(record, position) => push_constant(cx.lua, cx.rt, &record.constants[position].1),
        Found::Nothing { ty, .. } => return index_meta(cx, ty),
    }
    Ok(1)
}

fn newindex(cx: Cx) -> Result<c_int> {
    cx.lua.set_top(3);
    let header: &Header = cx.quick_receiver(Kind::Cdata)?;
    let found = find(cx, header)?;
    remember(cx, header, &found);
    match found {
        Found::Part { ty, region, constant } => assign(cx, ty, region, constant)?,
        Found::Bits { field, region, constant } => {
            if constant || cx.rt.types.quals(field.ty).is_const {
                return Err(Error::alone(CONSTANT));
            }
            let Some(bits) = field.bits else { return Err(Error::alone(Fault::Bug)) };
            store_bits(cx.look(), 3, field.ty, bits, region, At::Alone)?;
        }
        Found::Constant(..) => return Err(Error::alone(CONSTANT)),
        Found::Nothing { constant: true, .. } => return Err(Error::alone(CONSTANT)),
        Found::Nothing { ty, .. } => return newindex_meta(cx, ty),
    }
    Ok(0)
}

/// Assigns the value at 3 to a value in memory.
pub fn assign(cx: Cx, ty: TypeId, region: Region, constant: bool) -> Result<()> {
    let types = &cx.rt.types;
    let (mut ty, mut region) = (ty, region);
    if let CType::Reference(to) = types.kind(ty) {
        (ty, region) = (to, pointer_in(cx.rt, &region).map_err(Error::alone)?);
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
fn key_name(cx: Cx) -> ValueName {
    match cx.rt.kinds.get(*cx.lua, 2, Kind::Cdata) {
        // SAFETY: the kind's payload.
        Some(payload) => ValueName::C(type_of(cx.rt, unsafe { &*payload.cast::<Header>() })),
        None => ValueName::Lua(2),
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
    let to = pointed_to(cx, ty);
    // Behind a second pointer the name is looked for in an object, which may be constant.
    if let CType::Pointer(object) = cx.rt.types.kind(to)
        && cx.rt.types.quals(object).is_const
    {
        return Err(Error::alone(CONSTANT));
    }
    newindex_meta(cx, to)
}

/// What a name is looked for in when a type is a pointer: what that is to.
fn pointed_to(cx: Cx, ty: TypeId) -> TypeId {
    match cx.rt.types.kind(ty) {
        CType::Pointer(to) if cx.lua.type_of(2) == Type::String => to,
        _ => ty,
    }
}

/// What cdata have of their own.
pub const CDATA: &[FunctionEntry] =
    &[("__index", fast_access::index::<CdataParts>), ("__newindex", fast_access::newindex::<CdataParts>)];
