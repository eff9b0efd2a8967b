//! Structs and unions as libffi describes them. libffi lays out a struct by itself; the description
//! is used only when its size, alignment and offsets are ours. Unions, and records with a layout of
//! their own, are described by a struct that the convention passes in the same way, where there is one.

use super::location::MAX_BY_VALUE;
use super::{AbiError, Convention, aapcs64, scalar_type, sysv};
use crate::ctype::{CType, Record, RecordKind, TypeId, TypeTable};
use crate::scalar::Scalar;
use libffi::raw;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

/// A record's description, at an address that stays.
struct Described {
    ty: raw::ffi_type,
    /// What `ty` points to; ends with NULL.
    elements: Box<[*mut raw::ffi_type]>,
}

/// The descriptions made so far.
#[derive(Default)]
pub struct AbiTypes {
    /// Two integers that are aligned as one of 128 bits.
    pair: OnceCell<Box<Described>>,
    records: RefCell<HashMap<TypeId, Result<Box<Described>, AbiError>>>,
}

impl AbiTypes {
    /// The description of a record, made at the first call.
    pub(super) fn record(&self, types: &TypeTable, ty: TypeId) -> Result<*mut raw::ffi_type, AbiError> {
        let ty = types.bare(ty);
        if let Some(known) = self.records.borrow_mut().get_mut(&ty) {
            return known.as_mut().map(|d| &raw mut d.ty).map_err(|e| *e);
        }
        let made = self.make(types, ty);
        let mut records = self.records.borrow_mut();
        records.entry(ty).or_insert(made).as_mut().map(|d| &raw mut d.ty).map_err(|e| *e)
    }

    /// The description of a 128-bit integer.
    pub(super) fn pair(&self) -> Result<*mut raw::ffi_type, AbiError> {
        if self.pair.get().is_none() {
            let mut made = described(vec![scalar_type(Scalar::U64); 2]).ok_or(AbiError::Layout)?;
            made.ty.alignment = 16;
            let _ = self.pair.set(made);
        }
        let made = self.pair.get().ok_or(AbiError::Layout)?;
        Ok((&raw const made.ty).cast_mut())
    }

    fn make(&self, types: &TypeTable, ty: TypeId) -> Result<Box<Described>, AbiError> {
        if let CType::Complex(part) = types.get(ty) {
            // The conventions pass it as they pass a struct of its two parts.
            return described(vec![scalar_type(part); 2]).ok_or(AbiError::Layout);
        }
        let record = types.record(ty).ok_or(AbiError::Void)?;
        if record.size > MAX_BY_VALUE {
            return Err(AbiError::TooLarge);
        }
        if record.kind == RecordKind::Struct
            && record.unnamed.is_empty()
            && let Some(described) = self.member_by_member(types, record)?
        {
            return Ok(described);
        }
        described(equivalent(types, ty, record)?)
            .filter(|d| (d.ty.size, d.ty.alignment as usize) == (record.size, record.align))
            .ok_or(AbiError::Layout)
    }

    /// The plain description, if libffi's layout of it is the record's.
    fn member_by_member(&self, types: &TypeTable, record: &Record) -> Result<Option<Box<Described>>, AbiError> {
        let mut elements = Vec::new();
        let mut expected = Vec::new();
        for field in &record.fields {
            let (elem, count) = flat_array(types, field.ty);
            let size = types.size_of(elem).ok_or(AbiError::Void)?;
            let element = self.describe(types, elem)?;
            for i in 0..count {
                elements.push(element);
                expected.push(field.offset + i * size);
            }
        }
        let Some(mut made) = described(elements) else { return Ok(None) };
        let mut offsets = vec![0usize; expected.len()];
        // SAFETY: the description is complete and the array has one place per element.
        let status = unsafe { raw::ffi_get_struct_offsets(Convention::DEFAULT.0, &mut made.ty, offsets.as_mut_ptr()) };
        let agrees = status == raw::ffi_status_FFI_OK
            && offsets == expected
            && (made.ty.size, made.ty.alignment as usize) == (record.size, record.align);
        Ok(agrees.then_some(made))
    }
}

/// The innermost element type of a (nested) array and how many of it there are; 1 for other types.
fn flat_array(types: &TypeTable, mut ty: TypeId) -> (TypeId, usize) {
    let mut count = 1;
    while let CType::Array { elem, len } = types.kind(ty) {
        ty = elem;
        count *= len;
    }
    (ty, count)
}

/// A description with these elements; `None` when there are none or libffi cannot size them.
fn described(mut elements: Vec<*mut raw::ffi_type>) -> Option<Box<Described>> {
    if elements.is_empty() {
        return None;
    }
    elements.push(std::ptr::null_mut());
    let ty = raw::ffi_type { type_: raw::FFI_TYPE_STRUCT, ..Default::default() };
    let mut made = Box::new(Described { ty, elements: elements.into() });
    made.ty.elements = made.elements.as_mut_ptr();
    // SAFETY: libffi fills size and alignment of a complete description; it takes no offsets.
    let status = unsafe { raw::ffi_get_struct_offsets(Convention::DEFAULT.0, &mut made.ty, std::ptr::null_mut()) };
    (status == raw::ffi_status_FFI_OK).then_some(made)
}

/// Whether there is a vector in it: where one goes depends on its size, and on how C was compiled.
fn has_vector(types: &TypeTable, ty: TypeId) -> bool {
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => has_vector(types, elem),
        CType::Record(_) => types.record(ty).is_some_and(|r| r.fields.iter().any(|field| has_vector(types, field.ty))),
        CType::Vector { .. } => true,
        _ => false,
    }
}

/// Elements of a struct that the convention passes exactly as it passes this record.
fn equivalent(types: &TypeTable, ty: TypeId, record: &Record) -> Result<Vec<*mut raw::ffi_type>, AbiError> {
    if has_vector(types, ty) {
        return Err(AbiError::Layout);
    }
    if cfg!(target_arch = "aarch64")
        && let Some((element, count)) = aapcs64::homogeneous(types, ty)
    {
        let mut elements = Vec::new();
        fill(&mut elements, element * count, element, true)?;
        return Ok(elements);
    }
    if cfg!(all(target_arch = "x86_64", not(windows))) && record.size <= 16 {
        let classes = sysv::eightbytes(types, ty).map_err(|_| AbiError::Layout)?;
        let mut elements = Vec::new();
        for (start, class) in (0..record.size).step_by(8).zip(classes) {
            let float = match class {
                sysv::Class::Integer => false,
                sysv::Class::Sse => true,
                // libffi has no struct with such eight bytes.
                _ => return Err(AbiError::Layout),
            };
            fill(&mut elements, (record.size - start).min(8), record.align, float)?;
        }
        return Ok(elements);
    }
    if cfg!(any(target_arch = "aarch64", target_arch = "x86_64")) {
        let mut elements = Vec::new();
        fill(&mut elements, record.size, record.align, false)?;
        return Ok(elements);
    }
    Err(AbiError::Layout)
}

/// Adds elements of one class that are `bytes` long together and aligned as asked.
fn fill(elements: &mut Vec<*mut raw::ffi_type>, bytes: usize, align: usize, float: bool) -> Result<(), AbiError> {
    let unit = match (float, align.min(bytes)) {
        (true, 8) => Scalar::F64,
        (true, 4) => Scalar::F32,
        (false, 8) => Scalar::U64,
        (false, 4) => Scalar::U32,
        (false, 2) => Scalar::U16,
        (false, 1) => Scalar::U8,
        _ => return Err(AbiError::Layout),
    };
    if !bytes.is_multiple_of(unit.size()) {
        return Err(AbiError::Layout);
    }
    elements.extend(std::iter::repeat_n(scalar_type(unit), bytes / unit.size()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctype::{FieldSpec, Packing, Slot};

    fn declare(types: &TypeTable, kind: RecordKind, packing: Packing, fields: &[(Scalar, Option<usize>)]) -> TypeId {
        let specs = fields
            .iter()
            .enumerate()
            .map(|(i, &(s, array))| FieldSpec {
                name: format!("f{i}").into(),
                slot: Slot::value(TypeId::scalar(s)),
                array,
            })
            .collect();
        types.declare(kind, None, specs, packing).unwrap()
    }

    #[test]
    fn what_can_be_passed_has_its_own_size() {
        let (types, abi) = (TypeTable::new(), AbiTypes::default());
        let plain = Packing::default();
        let packed = Packing { pack: 1, align: 1 };
        use RecordKind::{Struct, Union};
        use Scalar::*;
        type Case<'a> = (RecordKind, Packing, &'a [(Scalar, Option<usize>)], bool);
        let cases: &[Case] = &[
            (Struct, plain, &[(I8, None), (F64, None)], true),
            (Struct, plain, &[(U8, Some(17))], true),
            (Struct, packed, &[(I32, None), (I32, None)], cfg!(not(target_arch = "x86_64"))),
            (Struct, packed, &[(U8, None), (U8, Some(3))], true),
            (Struct, packed, &[(I8, None), (I64, None)], cfg!(target_arch = "aarch64")),
            (Struct, packed, &[(I64, None), (I64, None), (I8, None)], true),
            (Union, plain, &[(F32, None), (F32, Some(2))], true),
            (Union, plain, &[(I32, None), (F32, None)], true),
            (Union, plain, &[(F64, None), (U8, Some(16))], true),
            (Union, plain, &[(I64, Some(4)), (F64, None)], true),
        ];
        for (i, &(kind, packing, fields, fine)) in cases.iter().enumerate() {
            let ty = declare(&types, kind, packing, fields);
            match abi.describe(&types, ty) {
                Ok(described) => {
                    // SAFETY: a description made by `abi`, which is alive.
                    let size = unsafe { (*described).size };
                    assert_eq!(size, types.size_of(ty).unwrap(), "case {i}");
                }
                Err(e) => assert!(!fine || i == 2, "case {i}: {e}"),
            }
        }
    }
}
