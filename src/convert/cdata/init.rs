//! Initialisers: what `ffi.new` and a constructor take behind the type.

use super::aggregate::{is_part, put_member, repeat_or_zero};
use super::store::convert;
use crate::lua::{At, Error, Fault, Result};
use crate::runtime::Cx;
use lunaffi_core::ctype::{CType, Record, RecordKind, TypeId};
use lunaffi_core::mem::Region;
use std::ffi::c_int;

/// Initialises a new object of that type, whose bytes, all of the region, are zero, with the `count` values
/// from the stack index `first` on.
pub fn init(cx: Cx, first: c_int, count: c_int, ty: TypeId, to: Region) -> Result<()> {
    let types = &cx.rt.types;
    if count == 0 {
        return Ok(());
    }
    if count == 1 && !is_part(cx, first, ty) {
        return convert(cx, first, ty, to, At::Alone, false);
    }
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
            elements(cx, first, count, ty, elem, to)
        }
        CType::Complex(part) => elements(cx, first, count, ty, TypeId::scalar(part), to),
        CType::Vector { elem, .. } => elements(cx, first, count, ty, elem, to),
        CType::Record(record_ty) => {
            let Some(record) = types.record(record_ty) else { return Err(Error::alone(Fault::Bug)) };
            let mut taken = 0;
            members(cx, first, count, record, to, &mut taken)?;
            if taken < count { Err(too_many(ty)) } else { Ok(()) }
        }
        _ => Err(too_many(ty)),
    }
}

fn too_many(ty: TypeId) -> Error {
    Error::alone(Fault::Initializers(ty))
}

fn elements(cx: Cx, first: c_int, count: c_int, ty: TypeId, elem: TypeId, to: Region) -> Result<()> {
    let size = cx.rt.types.size_of(elem).unwrap_or(0);
    if (count as usize).checked_mul(size).is_none_or(|bytes| to.grants(0, bytes).is_err()) {
        return Err(too_many(ty));
    }
    for i in 0..count {
        convert(cx, first + i, elem, to.part(i as usize * size, size), At::Alone, false)?;
    }
    repeat_or_zero(&to, count as usize * size, size)
}

/// Members in order, those of members without a name too; of a union the first.
fn members(cx: Cx, first: c_int, count: c_int, record: &Record, to: Region, taken: &mut c_int) -> Result<()> {
    for field in &record.fields {
        let part = to.rest(field.offset);
        if field.name.is_empty() {
            if let Some(inner) = cx.rt.types.record(field.ty) {
                members(cx, first, count, inner, part, taken)?;
            }
        } else {
            if *taken >= count {
                break;
            }
            let index = first + *taken;
            *taken += 1;
            put_member(cx, index, field, part, At::Alone)?;
        }
        if record.kind == RecordKind::Union {
            break;
        }
    }
    Ok(())
}
