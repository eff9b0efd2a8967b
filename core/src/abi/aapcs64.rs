//! The convention of AArch64 ("Procedure Call Standard for the Arm 64-bit Architecture", section 6.8.2), and Apple's
//! variant of it ("Writing ARM64 code for Apple platforms"): homogeneous aggregates of up to four floats go in vector
//! registers, other small records in integer registers, large ones as the address of a copy.

use super::AbiError;
use super::location::{Allocation, ArgumentLocation, CallLocations, Location, MAX_BY_VALUE, Refusal, ResultLocation};
use crate::ctype::{CType, TypeId, TypeTable};
use crate::scalar::Class;

/// Integer registers that take arguments: x0 to x7.
pub const INTEGERS: usize = 8;
/// Vector registers that take arguments: v0 to v7.
pub const VECTORS: usize = 8;

/// Arm's rules or Apple's, where the two differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Stack arguments take slots of eight bytes; variadic ones go as the named ones do.
    Standard,
    /// Stack arguments take their own size and alignment; variadic ones go on the stack.
    Apple,
}

/// The locations of a signature's values. `fixed`: the number of named parameters of a variadic function.
pub fn classify(
    variant: Variant,
    types: &TypeTable,
    result: TypeId,
    args: &[TypeId],
    fixed: Option<usize>,
) -> Result<CallLocations, Refusal> {
    let result = match types.passed(result) {
        CType::Void => ResultLocation::Void,
        _ => match argument(types, result, &mut Allocation::default(), 8).map_err(|why| (None, why))? {
            // Its address is in x8, which takes no argument.
            ArgumentLocation { by_address: true, .. } => ResultLocation::Memory,
            ArgumentLocation { location: Location::Registers(parts), .. } => ResultLocation::Registers(parts),
            ArgumentLocation { location: Location::Stack { .. }, .. } => ResultLocation::Memory,
        },
    };
    let mut allocation = Allocation { align: 16, ..Allocation::default() };
    let mut locations = Vec::with_capacity(args.len());
    for (i, &ty) in args.iter().enumerate() {
        let variadic = fixed.is_some_and(|fixed| i >= fixed);
        if variadic && variant == Variant::Apple {
            (allocation.integers, allocation.vectors) = (INTEGERS, VECTORS);
            allocation.stack = allocation.stack.next_multiple_of(8);
        }
        let slot = if variant == Variant::Apple && !variadic { 1 } else { 8 };
        locations.push(argument(types, ty, &mut allocation, slot).map_err(|why| (Some(i), why))?);
    }
    Ok(CallLocations {
        args: locations.into(),
        result,
        stack_size: allocation.stack.next_multiple_of(16),
        stack_align: allocation.align,
    })
}

/// The location of the next argument; `slot` is the unit of the stack.
fn argument(
    types: &TypeTable,
    ty: TypeId,
    allocation: &mut Allocation,
    slot: usize,
) -> Result<ArgumentLocation, AbiError> {
    let size = types.size_of(ty).ok_or(AbiError::Void)?;
    if size > MAX_BY_VALUE {
        return Err(AbiError::TooLarge);
    }
    let homogeneous = homogeneous(types, ty);
    let aggregate = matches!(types.passed(ty), CType::Record(_) | CType::Complex(_));
    let by_address = homogeneous.is_none() && aggregate && size > 16;
    let (size, align) = if by_address { (8, 8) } else { (size, natural_align(types, ty)) };
    // A stack argument is aligned to 8 or 16 bytes, as Apple has it to its own alignment.
    let stack_align = if slot == 1 && !aggregate { align } else { align.clamp(8, 16) };
    let location = match homogeneous {
        Some((element, count)) if allocation.vectors + count <= VECTORS => allocation.in_vectors(element, count),
        Some(_) => {
            allocation.vectors = VECTORS;
            allocation.on_stack(size, stack_align, slot)
        }
        None => {
            if align == 16 {
                allocation.integers = allocation.integers.next_multiple_of(2);
            }
            if allocation.integers + size.div_ceil(8) <= INTEGERS {
                allocation.in_integers(size)
            } else {
                allocation.integers = INTEGERS;
                allocation.on_stack(size, stack_align, slot)
            }
        }
    };
    Ok(ArgumentLocation { by_address, location })
}

/// The alignment of a type without what is asked for the whole of a record: its members' largest.
fn natural_align(types: &TypeTable, ty: TypeId) -> usize {
    match types.record(types.bare(ty)) {
        Some(record) => record.fields.iter().map(|field| natural_align(types, field.ty)).max().unwrap_or(1),
        None => match types.get(ty) {
            CType::Qualified(inner, _) => natural_align(types, inner),
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                natural_align(types, elem)
            }
            _ => types.align_of(ty),
        },
    }
}

/// The size of the elements of a value that goes in vector registers, and their number: of a float or a vector one, of
/// a record whose members are all of one such type up to four, with nothing between or behind them.
pub(super) fn homogeneous(types: &TypeTable, ty: TypeId) -> Option<(usize, usize)> {
    const MOST: usize = 4;
    let size = types.size_of(ty)?;
    let mut elements = Vec::new();
    // A record of more bytes has more than four elements of the widest type.
    if size == 0 || size > MOST * 16 || !collect(types, ty, 0, &mut elements) {
        return None;
    }
    let &(_, first) = elements.first()?;
    let whole = (0..size).step_by(first.size).all(|at| elements.contains(&(at, first)));
    let alike = elements.iter().all(|&(at, element)| element == first && at.is_multiple_of(first.size));
    let count = size / first.size;
    (count <= MOST && whole && alike).then_some((first.size, count))
}

/// A type that goes in a vector register.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Element {
    size: usize,
    /// A vector; vectors of one size are alike.
    vector: bool,
}

/// Adds the floats and vectors that a type consists of, with their offsets; false when it has another part.
fn collect(types: &TypeTable, ty: TypeId, at: usize, out: &mut Vec<(usize, Element)>) -> bool {
    let mut add = |at, size, vector| out.push((at, Element { size, vector }));
    match types.get(ty) {
        CType::Scalar(scalar) if scalar.class() == Class::Float => add(at, scalar.size(), false),
        CType::ExtendedNumber(extended) if extended.is_float() => add(at, extended.size(), false),
        CType::Vector { .. } => match types.size_of(ty) {
            Some(size @ (8 | 16)) => add(at, size, true),
            _ => return false,
        },
        CType::Complex(part) => {
            add(at, part.size(), false);
            add(at + part.size(), part.size(), false);
        }
        CType::Qualified(inner, _) => return collect(types, inner, at, out),
        CType::Array { elem, len } => {
            let size = types.size_of(elem).unwrap_or(0);
            // Elements without a size are no parts, however many there are.
            return size == 0 || (0..len).all(|i| collect(types, elem, at + i * size, out));
        }
        CType::Record(_) => {
            let Some(record) = types.record(ty) else { return false };
            return record.unnamed.is_empty()
                && record
                    .fields
                    .iter()
                    .all(|field| field.bits.is_none() && collect(types, field.ty, at + field.offset, out));
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::location::RegisterPart;
    use super::*;
    use crate::ctype::{FieldSpec, Packing, RecordKind, Slot};
    use crate::scalar::Scalar;

    fn array(types: &TypeTable, scalar: Scalar, len: usize) -> TypeId {
        let field = FieldSpec { name: "a".into(), slot: Slot::value(TypeId::scalar(scalar)), array: Some(len) };
        types.declare(RecordKind::Struct, None, vec![field], Packing::default()).unwrap()
    }

    fn vectors(element: u8, count: u8, first: u8) -> Location {
        let part = |i| RegisterPart { offset: i * element, size: element, vector: true, register: first + i };
        Location::Registers((0..count).map(part).collect())
    }

    fn integers(sizes: &[u8], first: u8) -> Location {
        let part = |(i, &size): (usize, &u8)| RegisterPart {
            offset: i as u8 * 8,
            size,
            vector: false,
            register: first + i as u8,
        };
        Location::Registers(sizes.iter().enumerate().map(part).collect())
    }

    fn standard(types: &TypeTable, args: &[TypeId]) -> CallLocations {
        classify(Variant::Standard, types, TypeId::VOID, args, None).unwrap()
    }

    #[test]
    fn homogeneous_aggregates_go_in_vector_registers() {
        let types = TypeTable::new();
        let (four, five) = (array(&types, Scalar::F32, 4), array(&types, Scalar::F32, 5));
        let call = standard(&types, &[four, five, four]);
        let locations: Vec<_> = call.args.iter().map(|arg| (arg.by_address, arg.location.clone())).collect();
        // Five floats are 20 bytes of no homogeneous aggregate: the address of a copy.
        assert_eq!(locations, [(false, vectors(4, 4, 0)), (true, integers(&[8], 0)), (false, vectors(4, 4, 4))]);
    }

    #[test]
    fn registers_that_were_passed_over_stay_free() {
        let types = TypeTable::new();
        let (double, three) = (TypeId::scalar(Scalar::F64), array(&types, Scalar::F64, 3));
        let mut args = vec![double; 6];
        args.extend([three, double]);
        let call = standard(&types, &args);
        assert_eq!(call.args[6].location, Location::Stack { offset: 0, size: 24 });
        assert_eq!(call.args[7].location, Location::Stack { offset: 24, size: 8 });
        assert_eq!(call.stack_size, 32);
    }

    #[test]
    fn records_of_sixteen_bytes_take_two_registers_or_none() {
        let types = TypeTable::new();
        let (long, pair) = (TypeId::scalar(Scalar::I64), array(&types, Scalar::I32, 3));
        let mut args = vec![long; 7];
        args.extend([pair, long]);
        let call = standard(&types, &args);
        assert_eq!(call.args[7].location, Location::Stack { offset: 0, size: 12 });
        assert_eq!(call.args[8].location, Location::Stack { offset: 16, size: 8 });
        assert_eq!(standard(&types, &[pair]).args[0].location, integers(&[8, 4], 0));
    }

    #[test]
    fn apple_packs_named_arguments_on_the_stack_and_puts_variadic_ones_there() {
        let types = TypeTable::new();
        let (long, byte) = (TypeId::scalar(Scalar::I64), TypeId::scalar(Scalar::I8));
        let mut args = vec![long; 8];
        args.extend([byte, byte]);
        let place = |variant, fixed| {
            let call = classify(variant, &types, TypeId::VOID, &args, fixed).unwrap();
            [call.args[8].location.clone(), call.args[9].location.clone()]
        };
        let at = |offset| Location::Stack { offset, size: 1 };
        assert_eq!(place(Variant::Standard, None), [at(0), at(8)]);
        assert_eq!(place(Variant::Apple, None), [at(0), at(1)]);
        let int = TypeId::scalar(Scalar::I32);
        let printf = classify(Variant::Apple, &types, int, &[TypeId::VOID_POINTER, int, int], Some(1)).unwrap();
        assert_eq!(printf.args[1].location, Location::Stack { offset: 0, size: 4 });
        assert_eq!(printf.args[2].location, Location::Stack { offset: 8, size: 4 });
    }

    #[test]
    fn large_results_come_from_memory() {
        let types = TypeTable::new();
        let result = |ty| classify(Variant::Standard, &types, ty, &[], None).unwrap().result;
        assert_eq!(result(array(&types, Scalar::U8, 17)), ResultLocation::Memory);
        let Location::Registers(parts) = vectors(8, 4, 0) else { unreachable!("made of registers") };
        assert_eq!(result(array(&types, Scalar::F64, 4)), ResultLocation::Registers(parts));
    }
}
