//! Initialisers: what `ffi.new` and a constructor take behind the type.

use super::aggregate::{is_part, put_member, repeat_or_zero};
use super::store::convert;
use crate::lua::{At, Error, Fault, Result};
use crate::runtime::Cx;
use lunaffi_core::ctype::{CType, Record, RecordKind, TypeId};
use std::ffi::c_int;

/// Initialises the `room` bytes of a new object of that type at `place`, which are zero, with the
/// `count` values from the stack index `first` on.
pub fn init(cx: Cx, first: c_int, count: c_int, ty: TypeId, place: *mut u8, room: usize) -> Result<()> {
    let types = &cx.rt.types;
    if count == 0 {
        return Ok(());
    }
    if count == 1 && !is_part(cx, first, ty) {
        return convert(cx, first, ty, place, room, At::Alone, false);
    }
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
            elements(cx, first, count, ty, elem, place, room)
        }
        CType::Complex(part) => elements(cx, first, count, ty, TypeId::scalar(part), place, room),
        CType::Vector { elem, .. } => elements(cx, first, count, ty, elem, place, room),
        CType::Record(record_ty) => {
            let Some(record) = types.record(record_ty) else { return Err(Error::alone(Fault::Bug)) };
            let mut taken = 0;
            members(cx, first, count, record, place, room, &mut taken)?;
            if taken < count { Err(too_many(ty)) } else { Ok(()) }
        }
        _ => Err(too_many(ty)),
    }
}

fn too_many(ty: TypeId) -> Error {
    Error::alone(Fault::Initializers(ty))
}

fn elements(cx: Cx, first: c_int, count: c_int, ty: TypeId, elem: TypeId, place: *mut u8, room: usize) -> Result<()> {
    let size = cx.rt.types.size_of(elem).unwrap_or(0);
    if (count as usize).checked_mul(size).is_none_or(|bytes| bytes > room) {
        return Err(too_many(ty));
    }
    for i in 0..count {
        // SAFETY: the element lies in the room.
        convert(cx, first + i, elem, unsafe { place.add(i as usize * size) }, size, At::Alone, false)?;
    }
    // SAFETY: as above.
    unsafe { repeat_or_zero(place, count as usize * size, size, room) };
    Ok(())
}

/// Members in order, those of members without a name too; of a union the first.
fn members(
    cx: Cx,
    first: c_int,
    count: c_int,
    record: &Record,
    place: *mut u8,
    room: usize,
    taken: &mut c_int,
) -> Result<()> {
    for field in &record.fields {
        // SAFETY: a member lies in its record.
        let part = unsafe { place.add(field.offset) };
        let part_room = room - field.offset;
        if field.name.is_empty() {
            if let Some(inner) = cx.rt.types.record(field.ty) {
                members(cx, first, count, inner, part, part_room, taken)?;
            }
        } else {
            if *taken >= count {
                break;
            }
            let index = first + *taken;
            *taken += 1;
            put_member(cx, index, field, part, part_room, At::Alone)?;
        }
        if record.kind == RecordKind::Union {
            break;
        }
    }
    Ok(())
}
