//! C types as a script names them: text, ctype objects, and what an object's type is. Questions about
//! types: `typeof`, `sizeof`, `alignof`, `offsetof`, `istype`.

use super::cdef::parameters;
use super::{access, create};
use crate::convert::cdata::{CdataView, bytes_of, same_for_istype, store, type_of, view_of};
use crate::lua::{At, Error, Fault, Header, Kind, Result, Tag, Tagged, Type};
use crate::object::record;
use crate::runtime::{Cx, FunctionEntry, Runtime, entries};
use lunaffi_core::ctype::{CType, TypeId, TypeTable};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use lunaffi_cparse::{self as cparse, Param};
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
    if let Some(payload) = rt.kinds.get(*lua, index, Kind::Ctype) {
        // SAFETY: the kind's payload.
        return Ok(unsafe { *payload.cast::<TypeId>() });
    }
    match rt.kinds.of(*lua, index) {
        // SAFETY: as above.
        Some(Kind::Cdata) => Ok(type_of(rt, unsafe { &*lua.userdata(index).cast::<Header>() })),
        // What the other APIs have for types.
        _ => match record::slot_of(cx, index) {
            Some(slot) => Ok(slot.c_type()),
            None => Err(Error::arg(index, Fault::Expected("C type"))),
        },
    }
}

/// How many texts of types are remembered. Then all are forgotten: a program that has more makes them.
const MAX_TEXTS: u32 = 1 << 14;

/// Whether a text makes a new type each time.
fn declares(text: &[u8]) -> bool {
    text.contains(&b'{')
}

/// The answer to a question about the type at `index`. One that a text declares on the spot is gone
/// with the answer.
fn asked<T>(cx: Cx, index: c_int, question: impl Fn(&TypeTable, TypeId) -> T) -> Result<T> {
    let rt = cx.rt;
    match cx.lua.string(index).filter(|text| cx.lua.type_of(index) == Type::String && declares(text)) {
        Some(text) => cx.grow(text.len(), || {
            let answer = cparse::ask(&rt.types, &rt.declarations, text, &question);
            answer.map_err(|e| Error::alone(rt.note(e.to_string())))
        }),
        None => Ok(question(&rt.types, type_argument(cx, index)?)),
    }
}

/// The type that a text spells. It is remembered, unless it makes a new type each time.
#[cold]
fn parse(cx: Cx, index: c_int) -> Result<TypeId> {
    let (lua, rt) = (cx.lua, cx.rt);
    let text = lua.string(index).unwrap_or_default();
    let ty = cx.grow(text.len(), || parse_text(cx, text, &[]))?;
    if !declares(text) {
        let known = rt.known_texts.get();
        if known == MAX_TEXTS {
            lua.new_table(0, 0);
            let former = rt.refs.type_texts.replace(lua.make_ref());
            lua.drop_ref(former);
        }
        rt.known_texts.set(known % MAX_TEXTS + 1);
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
    tag: Tag,
}

// SAFETY: the tag is where it says, and made with the userdata.
unsafe impl Tagged for Ctype {
    const TAG: usize = std::mem::offset_of!(Ctype, tag);
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
        let ctype = Ctype { ty, plain: Cell::new(0), metatypes: Cell::new(0), tag: Tag::of(Kind::Ctype) };
        // SAFETY: fresh memory of that size.
        unsafe { object.write(ctype) };
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
    if let Some(payload) = rt.kinds.get(*lua, index, Kind::Ctype) {
        // SAFETY: the kind's payload.
        return Some(behind_reference(cx, unsafe { *payload.cast::<TypeId>() }));
    }
    // SAFETY: as above.
    rt.kinds.get(*lua, index, Kind::Cdata).map(|payload| unsafe { &*payload.cast::<Header>() }.ty())
}

/// What a reference refers to; any other type itself.
pub fn behind_reference(cx: Cx, ty: TypeId) -> TypeId {
    referred(&cx.rt.types, ty)
}

fn referred(types: &TypeTable, ty: TypeId) -> TypeId {
    match types.kind(ty) {
        CType::Reference(to) => to,
        _ => ty,
    }
}

/// The element of a type whose objects have a length of their own.
pub fn variable_element(cx: Cx, ty: TypeId) -> Option<TypeId> {
    element(&cx.rt.types, ty)
}

fn element(types: &TypeTable, ty: TypeId) -> Option<TypeId> {
    match types.kind(ty) {
        CType::VariableArray(elem) => Some(elem),
        CType::Record(ty) => types.record(ty)?.variable,
        _ => None,
    }
}

/// The size of an object of such a type with so many elements.
pub fn variable_size(cx: Cx, ty: TypeId, elem: TypeId, count: i32) -> Option<usize> {
    variable_parts(&cx.rt.types, ty, elem).and_then(|parts| parts.size(count))
}

/// What the size of an object of such a type consists of.
struct VariableParts {
    base: usize,
    elem: usize,
}

fn variable_parts(types: &TypeTable, ty: TypeId, elem: TypeId) -> Option<VariableParts> {
    let base = types.record(ty).map_or(0, |record| record.size);
    Some(VariableParts { base, elem: types.size_of(elem)? })
}

impl VariableParts {
    fn size(self, count: i32) -> Option<usize> {
        let elements = self.elem.checked_mul(usize::try_from(count).ok()?)?;
        self.base.checked_add(elements).filter(|&size| size <= MAX_SIZE)
    }
}

/// An argument as C's `int`.
pub fn int_argument(cx: Cx, index: c_int) -> Result<i32> {
    if cx.lua.is_none(index) {
        return Err(Error::arg(index, NO_VALUE));
    }
    let mut value = [0; 4];
    store(cx, index, TypeId::scalar(Scalar::I32), Region::of(&mut value), At::Arg(index))?;
    Ok(i32::from_ne_bytes(value))
}

/// Fails when there is no argument at all at `index`.
pub fn any_argument(cx: Cx, index: c_int) -> Result<()> {
    if cx.lua.is_none(index) { Err(Error::arg(index, NO_VALUE)) } else { Ok(()) }
}

fn type_of_value(cx: Cx) -> Result<c_int> {
    let ty = match cx.lua.string(1) {
        Some(text) if cx.lua.top() > 1 => cx.grow(text.len(), || parse_text(cx, text, &parameters(cx, 2)?))?,
        _ => type_argument(cx, 1)?,
    };
    if cx.lua.type_of(1) != Type::String && cx.lua.top() > 1 {
        return Err(Error::arg(1, Fault::Text("wrong number of type parameters")));
    }
    push_ctype(cx, ty);
    Ok(1)
}

/// What `sizeof` asks of a type.
enum Size {
    Fixed(Option<usize>),
    Variable(Option<VariableParts>),
}

fn sizeof(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    if let Some(payload) = rt.kinds.get(*lua, 1, Kind::Cdata) {
        // SAFETY: the kind's payload.
        let header = unsafe { &*payload.cast::<Header>() };
        if header.owns()
            && let Some(size) = bytes_of(rt, header)
        {
            lua.push_int(size as i64);
            return Ok(1);
        }
    }
    let size = asked(cx, 1, |types, ty| {
        let ty = referred(types, ty);
        match element(types, ty) {
            Some(elem) => Size::Variable(variable_parts(types, ty, elem)),
            None => Size::Fixed(types.size_of(ty)),
        }
    })?;
    let size = match size {
        Size::Fixed(size) => size,
        Size::Variable(parts) => {
            let count = int_argument(cx, 2)?;
            parts.and_then(|parts| parts.size(count))
        }
    };
    match size {
        Some(size) => lua.push_int(size as i64),
        None => lua.push_nil(),
    }
    Ok(1)
}

fn alignof(cx: Cx) -> Result<c_int> {
    let align = asked(cx, 1, |types, ty| types.align_of(referred(types, ty)))?;
    cx.lua.push_int(align as i64);
    Ok(1)
}

fn offsetof(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(2) == Type::Number {
        lua.number_to_string(2);
    }
    let name = lua.string(2);
    let place = asked(cx, 1, |types, ty| {
        let field = types.record(referred(types, ty))?.by_name(name?)?;
        Some((field.offset, field.bits))
    })?;
    if name.is_none() {
        return Err(Error::arg(2, Fault::Expected("string")));
    }
    let Some((offset, bits)) = place else { return Ok(0) };
    lua.push_int(offset as i64);
    let Some(bits) = bits else { return Ok(1) };
    lua.push_int(bits.position as i64);
    lua.push_int(bits.width as i64);
    Ok(3)
}

fn istype(cx: Cx) -> Result<c_int> {
    let given = value_type(cx, 2);
    let same = asked(cx, 1, |types, wanted| {
        given.is_some_and(|given| same_for_istype(types, referred(types, wanted), given))
    })?;
    any_argument(cx, 2)?;
    cx.lua.push_bool(same);
    Ok(1)
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries![
    "typeof" => type_of_value,
    "sizeof" => sizeof,
    "alignof" => alignof,
    "offsetof" => offsetof,
    "istype" => istype,
];

/// `ct(...)`: an object of the type.
pub fn construct(cx: Cx) -> Result<c_int> {
    create::construct(cx, cx.quick_receiver(Kind::Ctype)?)
}

/// `ct.name`: a constant that the type's declaration has, or what its metatable has.
fn index(cx: Cx) -> Result<c_int> {
    let ty = cx.receiver::<Ctype>(Kind::Ctype)?.ty;
    access::index_type(cx, ty)
}

fn newindex(cx: Cx) -> Result<c_int> {
    let ty = cx.receiver::<Ctype>(Kind::Ctype)?.ty;
    access::newindex_type(cx, ty)
}

/// What ctype objects have of their own.
pub const CTYPE: &[FunctionEntry] = entries!["__index" => index, "__newindex" => newindex];

/// What a cdata argument holds.
pub fn held_argument(cx: Cx, index: c_int) -> Result<CdataView> {
    let header = cx.argument::<Header>(index, Kind::Cdata)?;
    view_of(cx.rt, header).map_err(|fault| Error::arg(index, fault))
}
