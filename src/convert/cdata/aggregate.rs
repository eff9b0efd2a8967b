//! Whole arrays, structs, unions, complex numbers and vectors from one Lua value.

use super::number::store_number;
use super::store::{Source, convert as convert_value, goes_on, named, source, view_number};
use super::{CdataView, Rule, compatible, reach, store_bits};
use crate::lua::{At, Error, Fault, Result, Type};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::ctype::{CType, Field, Record, RecordKind, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
use std::ffi::c_int;

/// Stores the value at `index` as that type, which is no number and no pointer, in the whole of a region.
pub fn convert(cx: Cx, index: c_int, ty: TypeId, to: Region, at: At) -> Result<()> {
    let types = &cx.rt.types;
    let look = cx.look();
    let refuse = || Error { at, value: index, fault: Fault::Convert(named(look, index), ty) };
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
            match source(look, index).map_err(|e| Error { at, ..e })? {
                Source::Text(text) if is_byte(elem_scalar(types.kind(elem))) => {
                    // What an array of that length has no room for is cut off, as C does it. Any other
                    // goes on as far as the memory does, and there nothing may be lost but the NUL.
                    let room = match types.size_of(ty) {
                        Some(size) if size > 0 => size.min(room_of(&to)),
                        _ if text.len() > room_of(&to) => return Err(Error::alone(Fault::Initializers(ty))),
                        _ => room_of(&to),
                    };
                    // The NUL behind a Lua string's bytes is its own.
                    let bytes = Region::block(text.as_ptr().cast_mut(), text.len() + 1);
                    to.copy(&bytes, (text.len() + 1).min(room)).map_err(Error::alone)
                }
                Source::Table => array_from_table(cx, index, ty, elem, to, at),
                Source::Cdata(view) => copy(cx, ty, &view, to).ok_or_else(refuse)?,
                _ => Err(refuse()),
            }
        }
        CType::Record(record_ty) => match source(look, index).map_err(|e| Error { at, ..e })? {
            Source::Cdata(view) if types.bare(view.ty) == record_ty => copy(cx, ty, &view, to).ok_or_else(refuse)?,
            Source::Table => match types.record(record_ty) {
                Some(record) => record_from_table(cx, index, record, to, at),
                None => Err(refuse()),
            },
            Source::Lune(crate::lua::Kind::StructView, header) if header.slot().ty == record_ty => {
                let size = types.size_of(ty).unwrap_or(0);
                header.region.grants(0, size).map_err(|e| Error { at, value: index, fault: e.into() })?;
                to.copy(&header.region, size.min(room_of(&to))).map_err(Error::alone)
            }
            _ => match types.record(record_ty) {
                Some(record) if record.transparent.get() && matches!(at, At::Arg(_)) => {
                    let mut members = record.fields.iter();
                    let taken = members.any(|field| convert_value(cx, index, field.ty, to, at, false).is_ok());
                    if taken { Ok(()) } else { Err(refuse()) }
                }
                _ => Err(refuse()),
            },
        },
        CType::Complex(part) => match source(look, index).map_err(|e| Error { at, ..e })? {
            Source::Table => array_from_table(cx, index, ty, TypeId::scalar(part), to, at),
            Source::Cdata(view) => {
                let (re, im) =
                    complex_parts(cx, &view).map_err(|fault| Error { at, value: index, fault })?.ok_or_else(refuse)?;
                put_complex(part, &to, re, im)
            }
            Source::Number(value) => put_complex(part, &to, value, ScalarValue::Float(0.0)),
            _ => Err(refuse()),
        },
        CType::Vector { elem, len } => match source(look, index).map_err(|e| Error { at, ..e })? {
            Source::Table => array_from_table(cx, index, ty, elem, to, at),
            Source::Cdata(view) if matches!(types.kind(view.ty), CType::Vector { .. }) => {
                copy(cx, ty, &view, to).ok_or_else(refuse)?
            }
            other => {
                let is_number = match other {
                    Source::Number(_) => true,
                    Source::Cdata(view) => view_number(cx.rt, &view)
                        .map_err(|fault| Error { at, value: index, fault })?
                        .is_some_and(|value| !matches!(value, ScalarValue::Bool(_))),
                    _ => false,
                };
                let size = types.size_of(elem).filter(|_| is_number).ok_or_else(refuse)?;
                for i in 0..len {
                    convert_value(cx, index, elem, to.part(i * size, size), at, false)?;
                }
                Ok(())
            }
        },
        CType::ExtendedNumber(_) => match source(look, index).map_err(|e| Error { at, ..e })? {
            Source::Cdata(view) if types.bare(view.ty) == types.bare(ty) => {
                copy(cx, ty, &view, to).ok_or_else(refuse)?
            }
            _ => Err(refuse()),
        },
        _ => Err(refuse()),
    }
}

/// The bytes of a region that is of known extent.
fn room_of(to: &Region) -> usize {
    to.remaining().unwrap_or(0)
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
fn copy(cx: Cx, ty: TypeId, view: &CdataView, to: Region) -> Option<Result<()>> {
    let types = &cx.rt.types;
    let same = match (types.kind(ty), types.kind(view.ty)) {
        (CType::Array { .. }, CType::Array { .. }) => {
            types.size_of(ty) == types.size_of(view.ty) && compatible(types, ty, view.ty, Rule::Assign)
        }
        (CType::Vector { .. }, CType::Vector { .. }) => types.size_of(ty) == types.size_of(view.ty),
        (CType::Record(a), CType::Record(b)) => a == b,
        (CType::ExtendedNumber(a), CType::ExtendedNumber(b)) => a == b,
        _ => false,
    };
    if !same {
        return None;
    }
    let size = types.size_of(ty)?.min(room_of(&to));
    let from = reach(cx.rt, &view.region, size).map_err(Error::alone);
    Some(from.and_then(|from| to.copy(&from, size).map_err(Error::alone)))
}

/// The parts of a complex number, or a number as one.
fn complex_parts(cx: Cx, view: &CdataView) -> std::result::Result<Option<(ScalarValue, ScalarValue)>, Fault> {
    let CType::Complex(part) = cx.rt.types.kind(view.ty) else {
        let number = view_number(cx.rt, view)?.filter(|value| !matches!(value, ScalarValue::Bool(_)));
        return Ok(number.map(|re| (re, ScalarValue::Float(0.0))));
    };
    both_parts(cx.rt, view, part).map(Some)
}

/// The parts of a complex number.
pub fn both_parts(
    rt: &Runtime,
    view: &CdataView,
    part: Scalar,
) -> std::result::Result<(ScalarValue, ScalarValue), Fault> {
    let size = part.size();
    let from = reach(rt, &view.region, 2 * size)?;
    // SAFETY: the region grants both parts.
    Ok(from.with(0, 2 * size, |place| unsafe { (part.load(place), part.load(place.add(size))) })?)
}

fn put_complex(part: Scalar, to: &Region, re: ScalarValue, im: ScalarValue) -> Result<()> {
    let stored = store_number(part, re, to, 0).and_then(|()| store_number(part, im, to, part.size()));
    stored.map_err(Error::alone)
}

/// Elements from a table: from `[0]` on, or from `[1]` when there is no `[0]`, up to the first nil. One
/// alone is repeated.
fn array_from_table(cx: Cx, table: c_int, ty: TypeId, elem: TypeId, to: Region, at: At) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let Some(size) = types.size_of(elem) else {
        return Err(Error { at, value: table, fault: Fault::Convert(named(cx.look(), table), ty) });
    };
    cx.descend()?;
    let known = types.size_of(ty);
    let room = known.map_or(room_of(&to), |size| size.min(room_of(&to)));
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
        convert_value(cx, lua.top(), elem, to.part(offset, size), at, false)?;
        lua.pop(1);
        offset += size;
        position += 1;
    }
    if known.is_some() { repeat_or_zero(&to.part(0, room), offset, size) } else { Ok(()) }
}

/// Fills the rest of an array of which `filled` bytes are there: with copies of the first element if
/// that is all there is, else with zeros.
pub fn repeat_or_zero(to: &Region, filled: usize, size: usize) -> Result<()> {
    let all = to.with_bytes(0, room_of(to), |all| {
        if filled == size && size != 0 {
            let mut offset = size;
            while all.len() - offset >= size {
                all.copy_within(..size, offset);
                offset += size;
            }
        } else if let Some(rest) = all.get_mut(filled..) {
            rest.fill(0);
        }
    });
    all.map_err(Error::alone)
}

/// How the entries of a table are taken for members.
#[derive(Clone, Copy)]
enum By {
    /// In order: the next one's position; 0 when nothing has been taken yet.
    Order(c_int),
    Name,
}

fn record_from_table(cx: Cx, table: c_int, record: &Record, to: Region, at: At) -> Result<()> {
    cx.descend()?;
    cx.lua.reserve(8);
    to.fill(0, record.size.min(room_of(&to)), 0).map_err(Error::alone)?;
    let mut by = By::Order(0);
    members_from_table(cx, table, record, to, &mut by, at)
}

fn members_from_table(cx: Cx, table: c_int, record: &Record, to: Region, by: &mut By, at: At) -> Result<()> {
    let lua = cx.lua;
    for field in &record.fields {
        let part = to.rest(field.offset);
        if field.name.is_empty() {
            if let Some(inner) = cx.rt.types.record(field.ty) {
                members_from_table(cx, table, inner, part, by, at)?;
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
                put_member(cx, lua.top(), field, part, at)?;
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
            put_member(cx, lua.top(), field, part, at)?;
        }
        lua.pop(1);
        if found && record.kind == RecordKind::Union {
            break;
        }
    }
    Ok(())
}

/// Stores the value at `index` as a member whose bytes are at the beginning of a region.
pub fn put_member(cx: Cx, index: c_int, field: &Field, to: Region, at: At) -> Result<()> {
    if let Some(bits) = field.bits {
        return store_bits(cx.look(), index, field.ty, bits, to, at);
    }
    let to = match cx.rt.types.size_of(field.ty) {
        Some(size) if !goes_on(&cx.rt.types, field.ty) => to.part(0, size.min(room_of(&to))),
        _ => to,
    };
    convert_value(cx, index, field.ty, to, at, false)
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
        Type::Userdata => match source(cx.look(), index) {
            Ok(Source::Cdata(view)) => types.bare(view.ty) != types.bare(ty),
            Ok(Source::Lune(_, header)) => header.slot().ty != types.bare(ty),
            _ => true,
        },
        _ => true,
    }
}
