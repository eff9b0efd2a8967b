//! New objects: `ffi.new`, `ffi.cast`, and calls of ctype objects.

use super::metatype;
use super::types::{
    Ctype, INVALID, NO_SIZE, any_argument, int_argument, type_argument, variable_element, variable_size,
};
use crate::convert::cdata::{init, pointer, push_owned, store_cast};
use crate::lua::{At, Error, Fault, Header, Kind, Result, StringBuffer, Type};
use crate::object::alloc::push_owner;
use crate::object::kind::push_metatable_made;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use std::ffi::c_int;

fn new(cx: Cx) -> Result<c_int> {
    let ty = type_argument(cx, 1)?;
    create(cx, ty, 2)
}

/// `ct(...)`: what the type's `__new` makes, or an object as by `ffi.new`. The ctype object is at 1.
#[inline(always)]
pub fn construct(cx: Cx, ctype: &Ctype) -> Result<c_int> {
    let ty = ctype.ty;
    if cx.lua.top() == 1
        && let Some(size) = ctype.plain_size(cx.rt)
    {
        let slot = Slot { ty, mode: Mode::Cdata };
        cx.rt.kinds.push_owner_by(cx.lua, Kind::Cdata, slot, size, 1, || push_metatable_made(cx.lua));
        return Ok(1);
    }
    construct_any(cx, ctype)
}

/// `construct`, whatever the type and the arguments are.
#[inline(never)]
fn construct_any(cx: Cx, ctype: &Ctype) -> Result<c_int> {
    let ty = ctype.ty;
    let types = &cx.rt.types;
    if metatype::push_method(cx, ty, b"__new") {
        let lua = cx.lua;
        lua.insert(1);
        lua.call_all(lua.top() - 1);
        return Ok(lua.top());
    }
    if let (Some(record), CType::Record(_)) = (types.record(ty), types.get(ty))
        && record.variable.is_none()
        && record.align <= 8
        && (1..=SMALL).contains(&record.size)
        && !metatype::has_finalizer(cx, ty)
    {
        ctype.set_plain(cx.rt, record.size);
    }
    create(cx, ty, 2)
}

/// Pushes a new object, made of the arguments from `first` on.
fn create(cx: Cx, ty: TypeId, first: c_int) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let types = &rt.types;
    let last = lua.top();
    if let (Some(size), CType::Record(record_ty)) = (types.size_of(ty), types.get(ty))
        && last < first
        && size <= SMALL
        && types.record(record_ty).is_some_and(|record| record.variable.is_none())
    {
        push_owned(lua, rt, ty, size);
        metatype::created(cx, ty)?;
        return Ok(1);
    }
    let no_size = || Error::arg(1, NO_SIZE);
    match types.kind(ty) {
        CType::Pointer(_) | CType::Reference(_) => return create_pointer(cx, ty, first),
        CType::Void | CType::Function(_) | CType::OpenArray(_) => return Err(no_size()),
        _ => {}
    }
    let (size, first) = match variable_element(cx, ty) {
        Some(elem) => (variable_size(cx, ty, elem, int_argument(cx, first)?), first + 1),
        None => (types.size_of(ty), first),
    };
    let size = size.ok_or_else(no_size)?;
    lua.reserve(8);
    let place = if size <= SMALL {
        push_owned(lua, rt, ty, size)
    } else {
        let slot = Slot { ty, mode: Mode::Cdata };
        push_owner(cx, Kind::Cdata, slot, size, types.align_of(ty)).map_err(Error::alone)?.region
    };
    let object = lua.top();
    init(cx, first, last - first + 1, ty, place)?;
    lua.set_top(object);
    if matches!(types.kind(ty), CType::Record(_)) {
        metatype::created(cx, ty)?;
    }
    Ok(1)
}

/// Objects of up to so many bytes are made without asking whether there is memory.
const SMALL: usize = 1 << 12;

fn create_pointer(cx: Cx, ty: TypeId, first: c_int) -> Result<c_int> {
    let count = cx.lua.top() - first + 1;
    if count > 1 {
        return Err(Error::alone(Fault::Initializers(ty)));
    }
    if count < 1 {
        push_from(cx, ty, Region::foreign(std::ptr::null_mut()), 0);
        return Ok(1);
    }
    let region = pointer(cx, first, ty, At::Alone, false)?;
    push_from(cx, ty, region, first);
    Ok(1)
}

/// Pushes a pointer or reference of that type that the value at `from` (0: none) was converted to; it
/// keeps what that value points to alive.
fn push_from(cx: Cx, ty: TypeId, region: Region, from: c_int) {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let header = match cx.rt.types.kind(ty) {
        CType::Reference(to) => Header::reference(region, to),
        _ => Header::cdata(region, ty),
    };
    match if from == 0 { Type::Nil } else { lua.type_of(from) } {
        Type::String => {
            kinds.push_header(lua, Kind::Cdata, header);
            kinds.keep_value(lua, -1, from);
        }
        Type::Userdata => match kinds.of(*lua, from) {
            Some(Kind::StringBuffer) => {
                // SAFETY: the kind's payload, which stays while it is on the stack.
                let borrowed = unsafe { &*lua.userdata(from).cast::<StringBuffer>() }.is_borrowed();
                kinds.push_into_buffer(lua, header, from, borrowed);
            }
            Some(kind) if kind.has_header() => kinds.push_derived(lua, Kind::Cdata, header, from),
            _ => kinds.push_unkept(lua, header),
        },
        _ => kinds.push_unkept(lua, header),
    }
}

fn cast(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let ty = type_argument(cx, 1)?;
    any_argument(cx, 2)?;
    let kind = rt.types.kind(ty);
    if let Some(payload) = rt.kinds.get(*lua, 2, Kind::Cdata) {
        // SAFETY: the kind's payload.
        let header = unsafe { &*payload.cast::<Header>() };
        let same = header.ty() == ty && !header.is_reference();
        if same && matches!(kind, CType::Pointer(_) | CType::Scalar(_) | CType::Enum(_)) {
            lua.copy(2);
            return Ok(1);
        }
    }
    match kind {
        CType::Pointer(_) | CType::Reference(_) => {
            let region = pointer(cx, 2, ty, At::Alone, true)?;
            push_from(cx, ty, region, 2);
        }
        CType::Scalar(_) | CType::Enum(_) | CType::ExtendedNumber(_) => {
            let size = rt.types.size_of(ty).ok_or(Error::arg(1, INVALID))?;
            let place = push_owned(lua, rt, ty, size);
            store_cast(cx, 2, ty, place)?;
        }
        _ => return Err(Error::arg(1, INVALID)),
    }
    Ok(1)
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries!["new" => new, "cast" => cast];
