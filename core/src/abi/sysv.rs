//! The System V convention of x86-64 ("System V Application Binary Interface, AMD64 Architecture Processor Supplement",
//! section 3.2.3): each eight bytes of a value get a class, and classes get registers. Vectors of 32 bytes and more
//! have no locations: whether they go in registers depends on how the library was compiled.

use super::AbiError;
use super::location::{
    Allocation, ArgumentLocation, CallLocations, Location, MAX_BY_VALUE, Refusal, RegisterPart, ResultLocation,
};
use crate::ctype::{CType, ExtendedNumber, TypeId, TypeTable};
use crate::scalar::{Class as ScalarClass, Scalar};

/// The class of eight bytes of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Padding.
    None,
    /// An integer register.
    Integer,
    /// The low half of a vector register.
    Sse,
    /// The upper half of the register of the eight bytes before.
    SseUp,
    /// The mantissa of an 80-bit float.
    X87,
    /// The exponent of an 80-bit float.
    X87Up,
}

/// Why a value has no classes.
pub(super) enum Unclassed {
    /// It goes in memory.
    Memory,
    /// No rule here says how it goes.
    Unknown,
}

/// The classes of a value of at most 16 bytes.
type Classes = [Class; 2];

/// The most bytes that are passed in registers.
const IN_REGISTERS: usize = 16;
/// The largest alignment of the stack for a call.
const MAX_ALIGN: usize = 4096;

/// Integer registers that take arguments: rdi, rsi, rdx, rcx, r8, r9.
pub const INTEGERS: usize = 6;
/// Vector registers that take arguments: xmm0 to xmm7.
pub const VECTORS: usize = 8;

/// The locations of a signature's values.
pub fn classify(types: &TypeTable, result: TypeId, args: &[TypeId]) -> Result<CallLocations, Refusal> {
    let mut allocation = Allocation { align: 16, ..Allocation::default() };
    let result = match types.passed(result) {
        CType::Void => ResultLocation::Void,
        _ => match eightbytes(types, result) {
            Ok([Class::X87, Class::X87Up]) => ResultLocation::X87,
            Ok(classes) => ResultLocation::Registers(parts(types, result, classes, &mut Allocation::default())),
            Err(Unclassed::Memory) => {
                allocation.integers = 1;
                ResultLocation::Memory
            }
            Err(Unclassed::Unknown) => return Err((None, AbiError::Layout)),
        },
    };
    let mut locations = Vec::with_capacity(args.len());
    for (i, &ty) in args.iter().enumerate() {
        let location = argument(types, ty, &mut allocation).map_err(|why| (Some(i), why))?;
        locations.push(ArgumentLocation { by_address: false, location });
    }
    if allocation.align > MAX_ALIGN {
        return Err((None, AbiError::Layout));
    }
    Ok(CallLocations {
        args: locations.into(),
        result,
        stack_size: allocation.stack.next_multiple_of(16),
        stack_align: allocation.align,
    })
}

/// The location of the next argument: registers when they hold all of it, else the stack.
fn argument(types: &TypeTable, ty: TypeId, allocation: &mut Allocation) -> Result<Location, AbiError> {
    let classes = match eightbytes(types, ty) {
        Err(Unclassed::Unknown) => return Err(AbiError::Layout),
        Err(Unclassed::Memory) | Ok([Class::X87, _]) => None,
        Ok(classes) => Some(classes),
    };
    let size = types.size_of(ty).ok_or(AbiError::Void)?;
    if size > MAX_BY_VALUE {
        return Err(AbiError::TooLarge);
    }
    if let Some(classes) = classes {
        let (integers, vectors) = (allocation.integers, allocation.vectors);
        let parts = parts(types, ty, classes, allocation);
        if allocation.integers <= INTEGERS && allocation.vectors <= VECTORS {
            return Ok(Location::Registers(parts));
        }
        (allocation.integers, allocation.vectors) = (integers, vectors);
    }
    Ok(allocation.on_stack(size, types.align_of(ty).max(8), 8))
}

/// The registers of a value with these classes.
fn parts(types: &TypeTable, ty: TypeId, classes: Classes, allocation: &mut Allocation) -> Box<[RegisterPart]> {
    let size = types.size_of(ty).unwrap_or(0);
    let mut parts = Vec::with_capacity(2);
    for (i, class) in classes.into_iter().enumerate() {
        let offset = i * 8;
        let (vector, count) = match class {
            Class::Integer => (false, &mut allocation.integers),
            Class::Sse => (true, &mut allocation.vectors),
            _ => continue,
        };
        let whole = vector && classes.get(i + 1) == Some(&Class::SseUp);
        let bytes = (size - offset).min(if whole { 16 } else { 8 });
        parts.push(RegisterPart { offset: offset as u8, size: bytes as u8, vector, register: *count as u8 });
        *count += 1;
    }
    parts.into()
}

/// The classes of a value of at most 16 bytes, after the final clean-up of the ABI.
pub(super) fn eightbytes(types: &TypeTable, ty: TypeId) -> Result<Classes, Unclassed> {
    let size = types.size_of(ty).ok_or(Unclassed::Unknown)?;
    if !known(types, ty) {
        return Err(Unclassed::Unknown);
    }
    if size > IN_REGISTERS {
        return Err(Unclassed::Memory);
    }
    let mut classes = [Class::None; 2];
    match types.passed(ty) {
        CType::Pointer(_) => classes[0] = Class::Integer,
        _ => add_classes(types, ty, 0, &mut classes)?,
    }
    match classes {
        [first, Class::SseUp] if first != Class::Sse => classes[1] = Class::Sse,
        [Class::X87, Class::X87Up] => {}
        [Class::X87, _] | [_, Class::X87Up] => return Err(Unclassed::Memory),
        _ => {}
    }
    Ok(classes)
}

/// Whether all parts of a type are passed in ways that are known here.
fn known(types: &TypeTable, ty: TypeId) -> bool {
    match types.kind(ty) {
        CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => known(types, elem),
        CType::Vector { .. } => matches!(types.size_of(ty), Some(8 | 16)),
        CType::ExtendedNumber(extended) => extended.is_integer() || extended.is_float(),
        CType::Record(_) => match types.record(ty) {
            Some(record) => record.fields.iter().all(|field| known(types, field.ty)),
            None => false,
        },
        CType::Void | CType::Function(_) => false,
        _ => true,
    }
}

/// Adds the classes of a value that lies `at` so many bytes into the whole.
fn add_classes(types: &TypeTable, ty: TypeId, at: usize, classes: &mut Classes) -> Result<(), Unclassed> {
    let mut add = |at: usize, align: usize, new: &[Class]| {
        if !at.is_multiple_of(align) {
            return Err(Unclassed::Memory);
        }
        for (i, &new) in new.iter().enumerate() {
            let class = classes.get_mut(at / 8 + i).ok_or(Unclassed::Memory)?;
            *class = merged(*class, new).ok_or(Unclassed::Memory)?;
        }
        Ok(())
    };
    let class_of = |scalar: Scalar| if scalar.class() == ScalarClass::Float { Class::Sse } else { Class::Integer };
    match types.get(ty) {
        CType::Qualified(inner, _) => add_classes(types, inner, at, classes),
        CType::Scalar(scalar) => add(at, scalar.align(), &[class_of(scalar)]),
        CType::Enum(_) => {
            let base = types.enumeration(ty).map_or(Scalar::U32, |body| body.base);
            add(at, base.align(), &[Class::Integer])
        }
        CType::Pointer(_) | CType::Reference(_) => add(at, align_of::<usize>(), &[Class::Integer]),
        CType::Complex(part) => {
            add(at, part.align(), &[Class::Sse])?;
            add(at + part.size(), part.align(), &[Class::Sse])
        }
        CType::Vector { .. } if types.size_of(ty) == Some(8) => add(at, 8, &[Class::Sse]),
        CType::Vector { .. } => add(at, 16, &[Class::Sse, Class::SseUp]),
        CType::ExtendedNumber(extended) => match extended {
            ExtendedNumber::Int128 | ExtendedNumber::UInt128 => add(at, 16, &[Class::Integer, Class::Integer]),
            extended if extended.is_integer() => add(at, extended.align(), &[Class::Integer]),
            ExtendedNumber::Float128 => add(at, 16, &[Class::Sse, Class::SseUp]),
            ExtendedNumber::LongDouble => add(at, 16, &[Class::X87, Class::X87Up]),
            _ => add(at, extended.align(), &[Class::Sse]),
        },
        CType::Array { elem, len } => {
            let size = types.size_of(elem).unwrap_or(0);
            // What has no size has no class, however many there are.
            let count = if size == 0 { 0 } else { len };
            (0..count).try_for_each(|i| add_classes(types, elem, at + i * size, classes))
        }
        CType::OpenArray(_) | CType::VariableArray(_) => Ok(()),
        CType::Record(_) => {
            let record = types.record(ty).ok_or(Unclassed::Unknown)?;
            for &(from, to) in &record.unnamed {
                integer_bytes(at + from, at + to, classes)?;
            }
            for field in &record.fields {
                let at = at + field.offset;
                match field.bits {
                    None => add_classes(types, field.ty, at, classes)?,
                    // A bit-field is an integer wherever it lies.
                    Some(bits) => {
                        let first = at * 8 + bits.position as usize;
                        integer_bytes(first / 8, (first + bits.width as usize).div_ceil(8), classes)?;
                    }
                }
            }
            Ok(())
        }
        CType::Void | CType::Function(_) => Err(Unclassed::Unknown),
    }
}

/// Adds an integer that touches these bytes, aligned or not.
fn integer_bytes(from: usize, to: usize, classes: &mut Classes) -> Result<(), Unclassed> {
    for place in from / 8..to.div_ceil(8) {
        let class = classes.get_mut(place).ok_or(Unclassed::Memory)?;
        *class = merged(*class, Class::Integer).ok_or(Unclassed::Memory)?;
    }
    Ok(())
}

/// The class of eight bytes that two members share; `None` for memory.
fn merged(a: Class, b: Class) -> Option<Class> {
    Some(match (a, b) {
        _ if a == b => a,
        (Class::None, other) | (other, Class::None) => other,
        (Class::Integer, _) | (_, Class::Integer) => Class::Integer,
        (Class::X87 | Class::X87Up, _) | (_, Class::X87 | Class::X87Up) => return None,
        _ => Class::Sse,
    })
}
