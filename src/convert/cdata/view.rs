//! What a cdata object holds.

use crate::lua::{Error, Fault, Header, Kind, Result};
use crate::runtime::{Look, Runtime};
use lunaffi_core::ctype::{CType, TypeId};
use lunaffi_core::mem::{MemError, Region};
use std::ffi::c_int;

/// A cdata with references looked through.
#[derive(Clone, Copy)]
pub struct CdataView {
    /// Its type, never a reference. It may have qualifiers.
    pub ty: TypeId,
    /// For an address: the memory it points to; else the memory that the value lies in.
    pub region: Region,
    /// A pointer or a function.
    pub address: bool,
}

/// What the value at `index` holds, if it is a cdata.
pub fn view(look: Look, index: c_int) -> Result<Option<CdataView>> {
    match look.rt.kinds.get(look.lua, index, Kind::Cdata) {
        // SAFETY: the kind's payload, which stays while it is on the stack.
        Some(payload) => view_of(look.rt, unsafe { &*payload.cast::<Header>() }).map(Some).map_err(Error::alone),
        None => Ok(None),
    }
}

/// What a cdata holds.
#[inline]
pub fn view_of(rt: &Runtime, header: &Header) -> std::result::Result<CdataView, Fault> {
    let (ty, region) = (header.ty(), header.region);
    let address = match rt.types.kind(ty) {
        CType::Pointer(_) if header.is_reference() => {
            return Ok(CdataView { ty, region: pointer_in(rt, &region)?, address: true });
        }
        // Behind NULL there is nothing, also when it may be changed from outside.
        CType::Pointer(_) if region.is_null() => {
            return Ok(CdataView { ty, region: Region::foreign(std::ptr::null_mut()), address: true });
        }
        CType::Pointer(_) | CType::Function(_) => true,
        _ => false,
    };
    Ok(CdataView { ty, region, address })
}

/// The C type of a cdata: a reference's is a reference.
pub fn type_of(rt: &Runtime, header: &Header) -> TypeId {
    if header.is_reference() { rt.types.reference(header.ty()) } else { header.ty() }
}

/// What accesses through cdata are checked by: the region, without its bounds if the state does not want
/// those checked. Fails for what they do not grant.
#[inline]
pub fn reach(rt: &Runtime, region: &Region, len: usize) -> std::result::Result<Region, Fault> {
    match region.grants(0, len) {
        Ok(()) => Ok(*region),
        Err(MemError::Bounds { .. }) if !rt.bounds.get() => Ok(region.bounded(len)),
        Err(MemError::Bounds { .. }) => Err(Fault::Mem(region.outside(0, len))),
        Err(error) => Err(Fault::Mem(error)),
    }
}

/// What the pointer at the beginning of a region points to.
pub fn pointer_in(rt: &Runtime, region: &Region) -> std::result::Result<Region, Fault> {
    Ok(reach(rt, region, size_of::<usize>())?.pointer(0)?)
}

/// The size of what a cdata holds: of an object of variable length as it was made.
pub fn bytes_of(rt: &Runtime, header: &Header) -> Option<usize> {
    let types = &rt.types;
    let variable = match types.kind(header.ty()) {
        CType::VariableArray(_) => true,
        CType::Record(ty) => types.record(ty).is_some_and(|record| record.variable.is_some()),
        _ => false,
    };
    if variable && header.owns() { header.region.remaining() } else { types.size_of(header.ty()) }
}

/// Whether a cdata is a record of that type, or an array of so many of them: what the Lune API copies.
pub fn holds(rt: &Runtime, header: &Header, ty: TypeId, array: Option<usize>) -> std::result::Result<bool, Fault> {
    let view = view_of(rt, header)?;
    Ok(match (rt.types.kind(view.ty), array) {
        (CType::Record(record), None) => record == rt.types.bare(ty),
        (CType::Array { elem, len }, Some(wanted)) => rt.types.bare(elem) == rt.types.bare(ty) && len == wanted,
        _ => false,
    })
}
