//! Whole arrays, structs, unions, complex numbers and vectors from one Lua value.

use super::number::store_number;
use super::store::{Source, convert as convert_value, goes_on, held_number, named, source};
use super::{Held, Rule, access, compatible, store_bits};
use crate::lua::{At, Error, Fault, Result, Type};
use crate::runtime::Cx;
use lunaffi_core::ctype::{CType, Field, Record, RecordKind, TypeId};
use lunaffi_core::scalar::{Loaded, Scalar};
use std::ffi::c_int;

/// Stores the value at `index` as that type, which is no number and no pointer, in the `room` bytes at
/// `place`.
pub fn convert(cx: Cx, index: c_int, ty: TypeId, place: *mut u8, room: usize, at: At) -> Result<()> {
    let types = &cx.rt.types;
    let refuse = || Error { at, value: index, fault: Fault::Convert(named(cx, index), ty) };
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
            match source(cx, index).map_err(|e| Error { at, ..e })? {
                Source::Text(text) if is_byte(elem_scalar(types.kind(elem))) => {
                    // What an array of that length has no room for is cut off, as C does it. Any other
                    // goes on as far as the memory does, and there nothing may be lost but the NUL.
                    let room = match types.size_of(ty) {
                        Some(size) if size > 0 => size.min(room),
                        _ if text.len() > room => return Err(Error::alone(Fault::Initializers(ty))),
                        _ => room,
                    };
                    let count = (text.len() + 1).min(room);
                    // SAFETY: the caller's room; the NUL behind a Lua string's bytes is its own.
                    unsafe { place.copy_from(text.as_ptr(), count) };
                    Ok(())
                }
                Source::Table => array_from_table(cx, index, ty, elem, place, room, at),
                Source::Cdata(held) => copy(cx, ty, &held, place, room).ok_or_else(refuse)?,
                _ => Err(refuse()),
            }
        }
        CType::Record(record_ty) => match source(cx, index).map_err(|e| Error { at, ..e })? {
            Source::Table => match types.record(record_ty) {
                Some(record) => record_from_table(cx, index, record, place, room, at),
                None => Err(refuse()),
            },
            Source::Cdata(held) => copy(cx, ty, &held, place, room).ok_or_else(refuse)?,
            Source::Lune(crate::lua::Kind::StructView, header) if header.slot().ty == record_ty => {
                let size = types.size_of(ty).unwrap_or(0);
                let from = header.region.access(0, size).map_err(|e| Error { at, value: index, fault: e.into() })?;
                // SAFETY: both have that size; they may overlap.
                unsafe { place.copy_from(from, size.min(room)) };
                Ok(())
            }
            _ => Err(refuse()),
        },
        CType::Complex(part) => match source(cx, index).map_err(|e| Error { at, ..e })? {
            Source::Table => array_from_table(cx, index, ty, TypeId::scalar(part), place, room, at),
            Source::Cdata(held) => {
                let (re, im) =
                    complex_parts(cx, &held).map_err(|fault| Error { at, value: index, fault })?.ok_or_else(refuse)?;
                put_complex(part, place, re, im);
                Ok(())
            }
            Source::Number(value) => {
                put_complex(part, place, value, Loaded::Float(0.0));
                Ok(())
            }
            _ => Err(refuse()),
        },
        CType::Vector { elem, len } => match source(cx, index).map_err(|e| Error { at, ..e })? {
            Source::Table => array_from_table(cx, index, ty, elem, place, room, at),
            Source::Cdata(held) if matches!(types.kind(held.ty), CType::Vector { .. }) => {
                copy(cx, ty, &held, place, room).ok_or_else(refuse)?
            }
            other => {
                let is_number = match other {
                    Source::Number(_) => true,
                    Source::Cdata(held) => held_number(cx.rt, &held)
                        .map_err(|fault| Error { at, value: index, fault })?
                        .is_some_and(|value| !matches!(value, Loaded::Bool(_))),
                    _ => false,
                };
                let size = types.size_of(elem).filter(|_| is_number).ok_or_else(refuse)?;
                for i in 0..len {
                    // SAFETY: the vector's elements lie in the caller's room.
                    convert_value(cx, index, elem, unsafe { place.add(i * size) }, size, at, false)?;
                }
                Ok(())
            }
        },
        CType::Opaque(_) => match source(cx, index).map_err(|e| Error { at, ..e })? {
            Source::Cdata(held) if types.bare(held.ty) == types.bare(ty) => {
                copy(cx, ty, &held, place, room).ok_or_else(refuse)?
            }
            _ => Err(refuse()),
        },
        _ => Err(refuse()),
    }
}

fn elem_scalar(ctype: CType) -> Option<Scalar> {
    match ctype {
        CType::Scalar(scalar) => Some(scalar),
        _ => None,
    }
}

fn is_byte(scalar: Option<Scalar>) -> bool {
    matches!(scalar, Some(Scalar::I8 | Scalar::U8))
}

/// Copies a cdata of the same type: `None` when it is another. The inner error is one of memory.
fn copy(cx: Cx, ty: TypeId, held: &Held, place: *mut u8, room: usize) -> Option<Result<()>> {
    let types = &cx.rt.types;
    let same = match (types.kind(ty), types.kind(held.ty)) {
        (CType::Array { .. }, CType::Array { .. }) => {
            types.size_of(ty) == types.size_of(held.ty) && compatible(types, ty, held.ty, Rule::Assign)
        }
        (CType::Vector { .. }, CType::Vector { .. }) => types.size_of(ty) == types.size_of(held.ty),
        (CType::Record(a), CType::Record(b)) => a == b,
        (CType::Opaque(a), CType::Opaque(b)) => a == b,
        _ => false,
    };
    if !same {
        return None;
    }
    let size = types.size_of(ty)?.min(room);
    Some(access(cx.rt, &held.region, 0, size).map_err(Error::alone).map(|from| {
        // SAFETY: the region grants the source, the caller the place; they may overlap.
        unsafe { place.copy_from(from, size) };
    }))
}

/// The parts of a complex number, or a number as one.
fn complex_parts(cx: Cx, held: &Held) -> std::result::Result<Option<(Loaded, Loaded)>, Fault> {
    let CType::Complex(part) = cx.rt.types.kind(held.ty) else {
        let number = held_number(cx.rt, held)?.filter(|value| !matches!(value, Loaded::Bool(_)));
        return Ok(number.map(|re| (re, Loaded::Float(0.0))));
    };
    let place = access(cx.rt, &held.region, 0, 2 * part.size())?;
    // SAFETY: the region grants both parts.
    Ok(Some(unsafe { (part.load(place), part.load(place.add(part.size()))) }))
}

fn put_complex(part: Scalar, place: *mut u8, re: Loaded, im: Loaded) {
    // SAFETY: the callers' room is for a complex number.
    unsafe {
        store_number(part, re, place);
        store_number(part, im, place.add(part.size()));
    }
}

/// Elements from a table: from `[0]` on, or from `[1]` when there is no `[0]`, up to the first nil. One
/// alone is repeated.
fn array_from_table(cx: Cx, table: c_int, ty: TypeId, elem: TypeId, place: *mut u8, room: usize, at: At) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let Some(size) = types.size_of(elem) else {
        return Err(Error { at, value: table, fault: Fault::Convert(named(cx, table), ty) });
    };
    cx.descend()?;
    let known = types.size_of(ty);
    let room = known.map_or(room, |size| size.min(room));
    lua.reserve(8);
    let mut offset = 0usize;
    let mut position: c_int = 0;
    loop {
        lua.raw_get_index(table, position);
        if lua.is_nil(-1) {
            lua.pop(1);
            if position == 0 {
                position = 1;
                continue;
            }
            break;
        }
        if offset >= room || room - offset < size {
            // Whatever it is for, as LuaJIT says it.
            return Err(Error::alone(Fault::Initializers(ty)));
        }
        // SAFETY: the element lies in the caller's room.
        convert_value(cx, lua.top(), elem, unsafe { place.add(offset) }, size, at, false)?;
        lua.pop(1);
        offset += size;
        position += 1;
    }
    if known.is_some() {
        // SAFETY: the caller's room.
        unsafe { repeat_or_zero(place, offset, size, room) };
    }
    Ok(())
}

/// Fills the rest of an array of which `filled` bytes are there: with copies of the first element if
/// that is all there is, else with zeros.
///
/// # Safety
/// `room` bytes at `place` are writable, and `filled` is not more.
pub unsafe fn repeat_or_zero(place: *mut u8, filled: usize, size: usize, room: usize) {
    // SAFETY: by the caller.
    unsafe {
        if filled == size && size != 0 {
            let mut offset = size;
            while room - offset >= size {
                place.add(offset).copy_from_nonoverlapping(place, size);
                offset += size;
            }
        } else {
            place.add(filled).write_bytes(0, room - filled);
        }
    }
}

/// How the entries of a table are taken for members.
#[derive(Clone, Copy)]
enum By {
    /// In order: the next one's position; 0 when nothing has been taken yet.
    Order(c_int),
    Name,
}

fn record_from_table(cx: Cx, table: c_int, record: &Record, place: *mut u8, room: usize, at: At) -> Result<()> {
    cx.descend()?;
    cx.lua.reserve(8);
    // SAFETY: the caller's room.
    unsafe { place.write_bytes(0, record.size.min(room)) };
    let mut by = By::Order(0);
    members_from_table(cx, table, record, place, room, &mut by, at)
}

fn members_from_table(
    cx: Cx,
    table: c_int,
    record: &Record,
    place: *mut u8,
    room: usize,
    by: &mut By,
    at: At,
) -> Result<()> {
    let lua = cx.lua;
    for field in &record.fields {
        // SAFETY: a member lies in its record.
        let part = unsafe { place.add(field.offset) };
        let part_room = room - field.offset;
        if field.name.is_empty() {
            if let Some(inner) = cx.rt.types.record(field.ty) {
                members_from_table(cx, table, inner, part, part_room, by, at)?;
            }
            continue;
        }
        if let By::Order(next) = *by {
            let mut position = next;
            lua.raw_get_index(table, position);
            if lua.is_nil(-1) && position == 0 {
                lua.pop(1);
                position = 1;
                lua.raw_get_index(table, position);
            }
            if !lua.is_nil(-1) {
                *by = By::Order(position + 1);
                put_member(cx, lua.top(), field, part, part_room, at)?;
                lua.pop(1);
                if record.kind == RecordKind::Union {
                    break;
                }
                continue;
            }
            lua.pop(1);
            if next != 0 {
                break;
            }
            *by = By::Name;
        }
        lua.push_bytes(field.name.as_bytes());
        lua.raw_get(table);
        let found = !lua.is_nil(-1);
        if found {
            put_member(cx, lua.top(), field, part, part_room, at)?;
        }
        lua.pop(1);
        if found && record.kind == RecordKind::Union {
            break;
        }
    }
    Ok(())
}

/// Stores the value at `index` as a member whose bytes begin at `place`.
pub fn put_member(cx: Cx, index: c_int, field: &Field, place: *mut u8, room: usize, at: At) -> Result<()> {
    if let Some(bits) = field.bits {
        return store_bits(cx, index, field.ty, bits, place, at);
    }
    let room = match cx.rt.types.size_of(field.ty) {
        Some(size) if !goes_on(&cx.rt.types, field.ty) => size.min(room),
        _ => room,
    };
    convert_value(cx, index, field.ty, place, room, at, false)
}

/// True for what initialises a part of an aggregate rather than the whole.
pub fn is_part(cx: Cx, index: c_int, ty: TypeId) -> bool {
    let types = &cx.rt.types;
    let record = match types.kind(ty) {
        CType::Record(_) => true,
        CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) => false,
        _ => return false,
    };
    match cx.lua.type_of(index) {
        Type::Table => false,
        Type::String => record,
        Type::Userdata => match source(cx, index) {
            Ok(Source::Cdata(held)) => types.bare(held.ty) != types.bare(ty),
            Ok(Source::Lune(_, header)) => header.slot().ty != types.bare(ty),
            _ => true,
        },
        _ => true,
    }
}
