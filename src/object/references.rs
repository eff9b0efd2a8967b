//! Pointers stored in memory that is owned by an object: what they point to stays as long as the
//! memory, or until another pointer is stored at that place.

use crate::convert::{self, Destination};
use crate::lua::{At, Error, Fault, Kind, Result, Type};
use crate::runtime::Cx;
use lunaffi_core::ctype::{CType, Mode, Slot};
use lunaffi_core::mem::Region;
use std::ffi::c_int;

/// Stores the value at `value` as `convert::store` does, in memory of the object at `owner`. Where a
/// pointer is stored, a Lua string stands for a copy of its bytes with a NUL.
#[allow(clippy::too_many_arguments, reason = "a value, what it becomes, and where")]
pub fn store(
    cx: Cx,
    value: c_int,
    target: Destination,
    region: Region,
    offset: isize,
    owner: c_int,
    at: At,
) -> Result<()> {
    let (lua, slot) = (cx.lua, target.slot);
    convert::writable(&region, at)?;
    if slot.as_scalar().is_some() && target.array.is_none() {
        return convert::store_in(cx, value, target, region, offset, at);
    }
    let pointer = matches!(cx.rt.types.kind(slot.c_type()), CType::Pointer(_)) && slot.mode != Mode::Cdata;
    if target.array.is_some() || !pointer {
        convert::store_in(cx, value, target, region, offset, at)?;
        return keep_pins_of(cx, value, &region.moved(offset), owner);
    }
    let top = lua.top();
    let about = |fault| Error { at, value, fault };
    region.grants(offset, size_of::<usize>()).map_err(Error::alone)?;
    let address = if lua.type_of(value) == Type::String && slot.mode != Mode::Function {
        push_copy(cx, value)?
    } else {
        let address = pointee(cx, value, slot).map_err(about)?;
        match lua.type_of(value) {
            Type::Userdata | Type::Function => lua.copy(value),
            _ => lua.push_nil(),
        }
        address
    };
    let kept = lua.top();
    let making = !lua.is_nil(kept);
    let base = cx.rt.kinds.push_pins(lua, owner, cx.rt.refs.pins.get(), making);
    if !lua.is_nil(-1) {
        lua.push_int(key(&region.moved(offset), base));
        lua.copy(kept);
        lua.raw_set(-3);
    }
    region.write(offset, &address.to_ne_bytes()).map_err(Error::alone)?;
    lua.set_top(top);
    Ok(())
}

/// What stays for a pointer at that place is kept by this; what stays for bytes that were copied there
/// is kept by the next one. 0 is the memory itself.
fn key(place: &Region, base: usize) -> i64 {
    (place.address().wrapping_sub(base) as i64) * 2 + 1
}

/// Pushes a copy of a string in memory of its own, with a NUL behind it.
fn push_copy(cx: Cx, value: c_int) -> Result<usize> {
    let bytes = cx.lua.string(value).unwrap_or_default();
    let header = super::alloc::push_owner(cx, Kind::Buffer, Slot::VOID, bytes.len() + 1, 1).map_err(Error::alone)?;
    // What is behind the string is zero.
    header.region.write(0, bytes).map_err(Error::alone)?;
    Ok(header.region.address())
}

/// The address that a value (no string) has as a pointer of that slot.
pub fn pointee(cx: Cx, value: c_int, slot: Slot) -> std::result::Result<usize, Fault> {
    let (lua, wrong) = (cx.lua, Fault::ExpectedType(slot));
    let fine = match slot.mode {
        Mode::Function => is_function(cx, value),
        Mode::CStr | Mode::Bytes => !convert::is_number(*lua, cx.rt, value),
        _ => true,
    };
    if !fine {
        return Err(wrong);
    }
    if lua.type_of(value) == Type::Function {
        return (cx.rt.function_code.get())(lua, value).map(|code| code.expose_provenance()).ok_or(wrong);
    }
    match convert::address(*lua, cx.rt, value, false) {
        Err(Fault::ExpectedType(_)) => Err(wrong),
        other => other,
    }
}

/// Whether a value may be a function's address: nil, a bare address, a callback, or a function that
/// is C's, of any API.
pub fn is_function(cx: Cx, value: c_int) -> bool {
    match cx.lua.type_of(value) {
        Type::Nil => !cx.lua.is_none(value),
        Type::LightUserdata | Type::Function | Type::Other => true,
        Type::Userdata => match cx.rt.kinds.of(*cx.lua, value) {
            Some(Kind::Cdata) => cx.rt.kinds.header(*cx.lua, value).is_some_and(|(_, header)| {
                let types = &cx.rt.types;
                match types.get(header.slot().ty) {
                    CType::Function(_) => true,
                    CType::Pointer(to) => matches!(types.get(to), CType::Function(_) | CType::Void),
                    _ => false,
                }
            }),
            Some(kind) => kind.has_code() || kind == Kind::RawPointer,
            None => false,
        },
        _ => false,
    }
}

/// Bytes were copied from the object at `source` to `place` in memory of the object at `owner`: what
/// pointers among them point to stays with the owner as well.
pub fn keep_pins_of(cx: Cx, source: c_int, place: &Region, owner: c_int) -> Result<()> {
    let (lua, kinds, pins) = (cx.lua, &cx.rt.kinds, cx.rt.refs.pins.get());
    if kinds.header(*lua, source).is_none() {
        return Ok(());
    }
    let top = lua.top();
    kinds.push_pins(lua, source, pins, false);
    if !lua.is_nil(-1) && kinds.header(*lua, owner).is_some() {
        let base = kinds.push_pins(lua, owner, pins, true);
        if lua.identity(-1) != lua.identity(-2) {
            lua.push_int(key(place, base) + 1);
            lua.copy(-3);
            lua.raw_set(-3);
        }
    }
    lua.set_top(top);
    Ok(())
}
