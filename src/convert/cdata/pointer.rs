//! Lua values as C addresses: what may be given for a pointer of a type, and what a cast allows
//! besides. The result is a region, so that what is derived keeps its bounds.

use super::number::{load, stored_as};
use super::store::{Source, named, source};
use super::{CdataView, Rule, as_i64, compatible, reach};
use crate::lua::header;
use crate::lua::payload::CallbackHandle;
use crate::lua::{At, Error, Fault, Header, Kind, Result, Still, Type};
use crate::runtime::{Cx, Look, Runtime};
use lunaffi_core::ctype::{CType, Quals, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
use std::ffi::c_int;

/// What the cdata at `index` points to, if its type is known to be taken for the pointer type `ty`.
#[inline]
pub fn known_pointer(lua: Still, rt: &Runtime, index: c_int, ty: TypeId) -> Option<Region> {
    let payload = rt.kinds.get(lua, index, Kind::Cdata)?;
    // SAFETY: the kind's payload, which stays while it is on the stack.
    let header = unsafe { &*payload.cast::<Header>() };
    let fits = rt.known.fits(ty, header.ty(), header.is_reference());
    (fits && header.region.check_life().is_ok()).then_some(header.region)
}

/// Makes known that one type is taken for the other, unless there is more to come of what they point to.
fn remember(rt: &Runtime, to: TypeId, from: TypeId) {
    let types = &rt.types;
    let complete = |ty| {
        let (target, _) = super::child(types, ty);
        !matches!(types.get(target), CType::Record(_)) || types.record(target).is_some()
    };
    if complete(to) && complete(from) {
        rt.known.add_fit(to, from, matches!(types.kind(from), CType::Pointer(_)));
    }
}

/// What the value at `index` points to when it is taken as the pointer or reference type `ty`.
/// `cast`: whatever it points to by its own type, and numbers too. A function of Lua's becomes a callback.
pub fn pointer(cx: Cx, index: c_int, ty: TypeId, at: At, cast: bool) -> Result<Region> {
    if cx.lua.type_of(index) == Type::Function
        && let Some(function) = function_of(cx.rt, ty)
    {
        return match (cx.rt.make_callback.get())(cx, index, function) {
            Ok(Some(code)) => Ok(Region::foreign(code.cast())),
            Ok(None) => Err(Error { at, value: index, fault: Fault::Convert(named(cx.look(), index), ty) }),
            Err(fault) => Err(Error { at, value: index, fault }),
        };
    }
    known_or_plain_pointer(cx.look(), index, ty, at, cast)
}

/// Puts the callback that a function of Lua's becomes, as a pointer of that type, in its place.
pub fn settle_function(cx: Cx, index: c_int, ty: TypeId) -> Result<()> {
    if cx.lua.type_of(index) == Type::Function && function_of(cx.rt, ty).is_some() {
        let callback = pointer(cx, index, ty, At::Arg(index), false)?;
        cx.lua.reserve(4);
        cx.rt.kinds.push_unkept(cx.lua, Header::cdata(callback, cx.rt.types.bare(ty)));
        cx.lua.replace(index);
    }
    Ok(())
}

/// The same of what is no function.
pub fn known_or_plain_pointer(look: Look, index: c_int, ty: TypeId, at: At, cast: bool) -> Result<Region> {
    let rt = look.rt;
    if let Some(region) = known_pointer(look.lua, rt, index, ty) {
        return Ok(region);
    }
    let refuse = || Error { at, value: index, fault: Fault::Convert(named(look, index), ty) };
    let fits = |from| cast || compatible(&rt.types, ty, from, Rule::Assign);
    let untyped = |region| if fits(TypeId::VOID_POINTER) { Ok(region) } else { Err(refuse()) };
    match source(look, index).map_err(|e| Error { at, ..e })? {
        Source::Nil => Ok(Region::at(0)),
        Source::Boolean(_) | Source::Table | Source::Function | Source::Other => Err(refuse()),
        Source::Number(value) if cast => Ok(Region::at(numeric(value))),
        Source::Number(_) => Err(refuse()),
        Source::Text(text) => {
            if !cast && !takes_text(rt, ty) {
                return Err(refuse());
            }
            // The NUL behind a Lua string's bytes belongs to it.
            Ok(Region::block(text.as_ptr().cast_mut(), text.len() + 1))
        }
        Source::Foreign(region) => untyped(region),
        Source::Buffer(region) => {
            region.check_life().map_err(|e| Error { at, value: index, fault: e.into() })?;
            untyped(region)
        }
        Source::Lune(kind, header) => {
            header.region.check_life().map_err(|e| Error { at, value: index, fault: e.into() })?;
            let slot = header.slot();
            let typed = kind == Kind::TypedPointer || kind == Kind::StructView;
            if !typed || fits(rt.types.pointer(slot.c_type())) {
                return Ok(header.region);
            }
            Err(refuse())
        }
        Source::Callback(handle) => {
            callback_address(handle).map(Region::foreign).map_err(|fault| Error { at, value: index, fault })
        }
        Source::Cdata(view) => {
            view.region.check_life().map_err(|e| Error { at, value: index, fault: e.into() })?;
            let region = from_held(rt, &view, ty, cast).ok_or_else(refuse)?;
            if !cast {
                remember(rt, ty, view.ty);
            }
            Ok(region)
        }
    }
}

/// A callback's address, given away for good.
pub fn callback_address(handle: &CallbackHandle) -> std::result::Result<*mut u8, Fault> {
    handle.escape().map(|code| code.cast()).ok_or(Fault::Text("bad callback"))
}

/// The function type that a pointer type points to.
fn function_of(rt: &Runtime, ty: TypeId) -> Option<TypeId> {
    match rt.types.kind(ty) {
        CType::Pointer(to) | CType::Reference(to) => match rt.types.kind(to) {
            CType::Function(function) => Some(function),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a Lua string's bytes can be pointed to by that type: `const char *` and its like.
pub fn takes_text(rt: &Runtime, ty: TypeId) -> bool {
    let types = &rt.types;
    let (target, quals) = super::child(types, ty);
    let byte = match types.get(target) {
        CType::Void => true,
        CType::Scalar(scalar) => scalar.size() == 1 && scalar.is_integer(),
        _ => false,
    };
    byte && quals.is_const
}

/// A number as an address, by way of an integer.
pub fn numeric(value: ScalarValue) -> usize {
    match value {
        ScalarValue::Unsigned(value) => value as usize,
        other => as_i64(other) as usize,
    }
}

fn from_held(rt: &Runtime, view: &CdataView, ty: TypeId, cast: bool) -> Option<Region> {
    let types = &rt.types;
    let fits = |from| cast || compatible(types, ty, from, Rule::Assign);
    match types.kind(view.ty) {
        CType::Function(function) => fits(types.pointer(function)).then_some(view.region),
        CType::Pointer(_) | CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) | CType::Record(_) => {
            fits(view.ty).then_some(view.region)
        }
        CType::Scalar(scalar) if !scalar.is_integer() => None,
        CType::ExtendedNumber(extended) if cast && extended.is_integer() => {
            let value = super::view_exact_number(rt, view).ok()??;
            Some(Region::at(numeric(value.to_scalar(Scalar::USize))))
        }
        CType::Scalar(_) | CType::Enum(_) if cast => {
            let (size, stored) = (types.size_of(view.ty)?, stored_as(types, view.ty)?);
            let from = reach(rt, &view.region, size).ok()?;
            // SAFETY: the region grants the value.
            let value = from.with(0, size, |place| unsafe { load(stored, place) }).ok()??;
            Some(Region::at(numeric(value)))
        }
        _ => None,
    }
}

/// The memory that a cdata points to, or lies in if it is no number: what other APIs take for a
/// pointer. They may not write what is `const`.
pub fn region_of(rt: &Runtime, header: &Header) -> std::result::Result<Region, Fault> {
    let view = super::view_of(rt, header)?;
    let pointer = |quals| rt.types.pointer(rt.types.qualified(TypeId::VOID, quals));
    let volatile = Quals { is_volatile: true, ..Quals::NONE };
    let constant_value = !view.address && rt.types.quals(view.ty).is_const;
    if let Some(region) = from_held(rt, &view, pointer(volatile), false).filter(|_| !constant_value) {
        return Ok(region);
    }
    let region = from_held(rt, &view, pointer(Quals::CONST.with(volatile)), false);
    region.map(header::constant).ok_or(Fault::Expected("pointer"))
}

/// Whether a cdata is a number: a scalar, an enumeration, a complex number.
pub fn is_number(rt: &Runtime, header: &Header) -> bool {
    let ty = super::view_of(rt, header).map(|view| rt.types.kind(view.ty));
    matches!(ty, Ok(CType::Scalar(_) | CType::Enum(_) | CType::ExtendedNumber(_) | CType::Complex(_)))
}

/// The address that a cdata stands for where other APIs take one: a pointer's, or that of an
/// aggregate's memory; that of a 64-bit integer itself.
pub fn address_of(rt: &Runtime, header: &Header) -> std::result::Result<usize, Fault> {
    let view = super::view_of(rt, header)?;
    view.region.check_life()?;
    from_held(rt, &view, TypeId::VOID_POINTER, true).map(|region| region.address()).ok_or(Fault::Address)
}
