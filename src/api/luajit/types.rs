//! C types as a script names them: text, ctype objects, and what an object's type is. Questions about
//! types: `typeof`, `sizeof`, `alignof`, `offsetof`, `istype`.

use super::cdef::parameters;
use super::{access, create};
use crate::convert::cdata::{Held, bytes_of, held_of, same_for_istype, store, type_of};
use crate::lua::{At, Error, Fault, Header, Kind, Result, Type};
use crate::object::record;
use crate::runtime::{Cx, Entry, Runtime, lua_fn};
use lunaffi_core::cparse::{self, Param};
use lunaffi_core::ctype::{CType, TypeId};
use lunaffi_core::scalar::Scalar;
use std::cell::Cell;
use std::ffi::c_int;

/// No object can be made of the type, or not with so many elements.
pub const NO_SIZE: Fault = Fault::Text("size of C type is unknown or too large");
/// The operation is not for types of that kind.
pub const INVALID: Fault = Fault::Text("invalid C type");
/// An argument is missing.
pub const NO_VALUE: Fault = Fault::Text("value expected");
/// No object is larger.
const MAX_SIZE: usize = i32::MAX as usize;

/// The C type that the argument stands for: a text's, a ctype object's, or that of a cdata.
#[inline]
pub fn type_argument(cx: Cx, index: c_int) -> Result<TypeId> {
    let (lua, rt) = (cx.lua, cx.rt);
    if lua.type_of(index) == Type::String {
        lua.push_ref(rt.refs.type_texts.get());
        lua.copy(index);
        lua.raw_get(-2);
        let known = lua.plain_integer(-1);
        lua.pop(2);
        return match known {
            Some(ty) => Ok(TypeId(ty as u32)),
            None => parse(cx, index),
        };
    }
    if let Some(payload) = rt.kinds.get(lua, index, Kind::Ctype) {
        // SAFETY: the kind's payload.
        return Ok(unsafe { *payload.cast::<TypeId>() });
    }
    match rt.kinds.of(lua, index) {
        // SAFETY: as above.
        Some(Kind::Cdata) => Ok(type_of(rt, unsafe { &*lua.userdata(index).cast::<Header>() })),
        // What the other APIs have for types.
        _ => match record::slot_of(cx, index) {
            Some(slot) => Ok(slot.c_type()),
            None => Err(Error::arg(index, Fault::Expected("C type"))),
        },
    }
}

/// The type that a text spells. It is remembered, unless it makes a new type each time.
#[cold]
fn parse(cx: Cx, index: c_int) -> Result<TypeId> {
    let (lua, rt) = (cx.lua, cx.rt);
    let text = lua.string(index).unwrap_or_default();
    let ty = cx.guard(|| parse_text(cx, text, &[]))?;
    if !text.contains(&b'{') {
        lua.push_ref(rt.refs.type_texts.get());
        lua.copy(index);
        lua.push_int(ty.0 as i64);
        lua.raw_set(-3);
        lua.pop(1);
    }
    Ok(ty)
}

/// The same with values for the `$` in the text. Owns memory: for use inside of a guard.
fn parse_text(cx: Cx, text: &[u8], params: &[Param]) -> Result<TypeId> {
    let rt = cx.rt;
    cparse::type_name(&rt.types, &rt.declarations, text, params).map_err(|e| Error::alone(rt.note(e.to_string())))
}

/// The payload of a ctype object.
#[repr(C)]
pub struct Ctype {
    pub ty: TypeId,
    /// The size of objects that are made without asking anything: those of a complete struct or union
    /// of usual alignment, when nothing was known of metatables but what `metatypes` counts; 0 for none.
    plain: Cell<u32>,
    /// How many types had a metatable then.
    metatypes: Cell<u32>,
}

impl Ctype {
    /// See `plain`.
    #[inline]
    pub fn plain_size(&self, rt: &Runtime) -> Option<usize> {
        let size = self.plain.get();
        (size != 0 && self.metatypes.get() == rt.metatypes.get()).then_some(size as usize)
    }

    /// Remembers that an object of so many bytes was plain.
    pub fn set_plain(&self, rt: &Runtime, size: usize) {
        self.plain.set(u32::try_from(size).unwrap_or(0));
        self.metatypes.set(rt.metatypes.get());
    }
}

/// Pushes the ctype object of a type: one for each.
pub fn push_ctype(cx: Cx, ty: TypeId) {
    let (lua, rt) = (cx.lua, cx.rt);
    let place = ty.0 as c_int + 1;
    lua.push_ref(rt.refs.ctypes.get());
    lua.raw_get_index(-1, place);
    if lua.is_nil(-1) {
        lua.pop(1);
        let object = lua.new_userdata(size_of::<Ctype>(), false).cast::<Ctype>();
        // SAFETY: fresh memory of that size.
        unsafe { object.write(Ctype { ty, plain: Cell::new(0), metatypes: Cell::new(0) }) };
        rt.kinds.push_metatable(lua, Kind::Ctype);
        lua.set_metatable(-2);
        lua.copy(-1);
        lua.raw_set_index(-3, place);
    }
    lua.remove(-2);
}

/// The type of a ctype object or a cdata, references looked through; `None` for other values.
pub fn value_type(cx: Cx, index: c_int) -> Option<TypeId> {
    let (lua, rt) = (cx.lua, cx.rt);
    if let Some(payload) = rt.kinds.get(lua, index, Kind::Ctype) {
        // SAFETY: the kind's payload.
        return Some(behind_reference(cx, unsafe { *payload.cast::<TypeId>() }));
    }
    // SAFETY: as above.
    rt.kinds.get(lua, index, Kind::Cdata).map(|payload| unsafe { &*payload.cast::<Header>() }.ty())
}

/// What a reference refers to; any other type itself.
pub fn behind_reference(cx: Cx, ty: TypeId) -> TypeId {
    match cx.rt.types.kind(ty) {
        CType::Reference(to) => to,
        _ => ty,
    }
}

/// The element of a type whose objects have a length of their own.
pub fn variable_element(cx: Cx, ty: TypeId) -> Option<TypeId> {
    match cx.rt.types.kind(ty) {
        CType::VariableArray(elem) => Some(elem),
        CType::Record(ty) => cx.rt.types.record(ty)?.variable,
        _ => None,
    }
}

/// The size of an object of such a type with so many elements.
pub fn variable_size(cx: Cx, ty: TypeId, elem: TypeId, count: i32) -> Option<usize> {
    let types = &cx.rt.types;
    let base = types.record(ty).map_or(0, |record| record.size);
    let elements = types.size_of(elem)?.checked_mul(usize::try_from(count).ok()?)?;
    base.checked_add(elements).filter(|&size| size <= MAX_SIZE)
}

/// An argument as C's `int`.
pub fn int_argument(cx: Cx, index: c_int) -> Result<i32> {
    if cx.lua.is_none(index) {
        return Err(Error::arg(index, NO_VALUE));
    }
    let mut value = 0i32;
    store(cx, index, TypeId::scalar(Scalar::I32), (&raw mut value).cast(), At::Arg(index))?;
    Ok(value)
}

/// Fails when there is no argument at all at `index`.
pub fn any_argument(cx: Cx, index: c_int) -> Result<()> {
    if cx.lua.is_none(index) { Err(Error::arg(index, NO_VALUE)) } else { Ok(()) }
}

lua_fn! { fn type_of_value(cx) as "typeof" {
    let ty = match cx.lua.string(1) {
        Some(text) if cx.lua.top() > 1 => cx.guard(|| parse_text(cx, text, &parameters(cx, 2)?))?,
        _ => type_argument(cx, 1)?,
    };
    if cx.lua.type_of(1) != Type::String && cx.lua.top() > 1 {
        return Err(Error::arg(1, Fault::Text("wrong number of type parameters")));
    }
    push_ctype(cx, ty);
    Ok(1)
} }

lua_fn! { fn sizeof(cx) as "sizeof" {
    let (lua, rt) = (cx.lua, cx.rt);
    if let Some(payload) = rt.kinds.get(lua, 1, Kind::Cdata) {
        // SAFETY: the kind's payload.
        let header = unsafe { &*payload.cast::<Header>() };
        if header.owns() && let Some(size) = bytes_of(rt, header) {
            lua.push_int(size as i64);
            return Ok(1);
        }
    }
    let ty = behind_reference(cx, type_argument(cx, 1)?);
    let size = match variable_element(cx, ty) {
        Some(elem) => variable_size(cx, ty, elem, int_argument(cx, 2)?),
        None => rt.types.size_of(ty),
    };
    match size {
        Some(size) => lua.push_int(size as i64),
        None => lua.push_nil(),
    }
    Ok(1)
} }

lua_fn! { fn alignof(cx) as "alignof" {
    let ty = behind_reference(cx, type_argument(cx, 1)?);
    cx.lua.push_int(cx.rt.types.align_of(ty) as i64);
    Ok(1)
} }

lua_fn! { fn offsetof(cx) as "offsetof" {
    let (lua, rt) = (cx.lua, cx.rt);
    let ty = behind_reference(cx, type_argument(cx, 1)?);
    if lua.type_of(2) == Type::Number {
        lua.number_to_string(2);
    }
    let Some(name) = lua.string(2) else { return Err(Error::arg(2, Fault::Expected("string"))) };
    let Some(field) = rt.types.record(ty).and_then(|record| record.by_name(name)) else { return Ok(0) };
    lua.push_int(field.offset as i64);
    let Some(bits) = field.bits else { return Ok(1) };
    lua.push_int(bits.position as i64);
    lua.push_int(bits.width as i64);
    Ok(3)
} }

lua_fn! { fn istype(cx) as "istype" {
    let wanted = behind_reference(cx, type_argument(cx, 1)?);
    any_argument(cx, 2)?;
    let same = value_type(cx, 2).is_some_and(|given| same_for_istype(&cx.rt.types, wanted, given));
    cx.lua.push_bool(same);
    Ok(1)
} }

/// For the module table.
pub const FUNCTIONS: &[Entry] =
    &[("typeof", type_of_value), ("sizeof", sizeof), ("alignof", alignof), ("offsetof", offsetof), ("istype", istype)];

lua_fn! {
    /// `ct(...)`: an object of the type.
    fn construct(cx) as "new" {
        create::construct(cx, cx.receiver::<Ctype>(Kind::Ctype)?)
    }
}

lua_fn! {
    /// `ct.name`: a constant that the type's declaration has, or what its metatable has.
    fn index(cx) as "index" {
        let ty = cx.receiver::<Ctype>(Kind::Ctype)?.ty;
        access::index_type(cx, ty)
    }
}

lua_fn! { fn newindex(cx) as "newindex" {
    let ty = cx.receiver::<Ctype>(Kind::Ctype)?.ty;
    access::newindex_type(cx, ty)
} }

/// What ctype objects have of their own.
pub const CTYPE: &[Entry] = &[("__call", construct), ("__index", index), ("__newindex", newindex)];

/// What a cdata argument holds.
pub fn held_argument(cx: Cx, index: c_int) -> Result<Held> {
    let header = cx.argument::<Header>(index, Kind::Cdata)?;
    held_of(cx.rt, header).map_err(|fault| Error::arg(index, fault))
}
