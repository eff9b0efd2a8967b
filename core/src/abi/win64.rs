//! The convention of Windows on x86-64 ("x64 calling convention", Microsoft): the first four arguments have a register
//! each by their position, whatever the others are; what is not 1, 2, 4 or 8 bytes goes as the address of a copy.

use super::AbiError;
use super::location::{
    Allocation, ArgumentLocation, CallLocations, Location, MAX_BY_VALUE, Refusal, RegisterPart, ResultLocation,
};
use crate::ctype::{CType, TypeId, TypeTable};
use crate::scalar::Class;

/// Positions that have a register of each kind: rcx, rdx, r8, r9 and xmm0 to xmm3.
pub const POSITIONS: usize = 4;
/// Bytes that the caller leaves free on the stack for the registers, below its stack arguments.
pub const SHADOW: usize = 32;

/// The locations of a signature's values. (A float that goes to `...` is in the integer register of its position too.)
pub fn classify(types: &TypeTable, result: TypeId, args: &[TypeId]) -> Result<CallLocations, Refusal> {
    let result = match types.passed(result) {
        CType::Void => ResultLocation::Void,
        // gcc and clang disagree with each other on how these come back.
        CType::ExtendedNumber(_) | CType::Vector { .. } => return Err((None, AbiError::Layout)),
        _ => match types.size_of(result) {
            Some(size @ (1 | 2 | 4 | 8)) => ResultLocation::Registers(part(types, result, size, 0)),
            Some(_) => ResultLocation::Memory,
            None => return Err((None, AbiError::Void)),
        },
    };
    let hidden = (result == ResultLocation::Memory) as usize;
    let mut stack = Allocation { align: 16, stack: SHADOW, ..Allocation::default() };
    let mut locations = Vec::with_capacity(args.len());
    for (i, &ty) in args.iter().enumerate() {
        let size = types.size_of(ty).ok_or((Some(i), AbiError::Void))?;
        if size > MAX_BY_VALUE {
            return Err((Some(i), AbiError::TooLarge));
        }
        let by_address = !matches!(size, 1 | 2 | 4 | 8);
        let position = i + hidden;
        let location = match (position < POSITIONS, by_address) {
            (true, true) => Location::Registers(
                [RegisterPart { offset: 0, size: 8, vector: false, register: position as u8 }].into(),
            ),
            (true, false) => Location::Registers(part(types, ty, size, position)),
            (false, _) => stack.on_stack(if by_address { 8 } else { size }, 8, 8),
        };
        locations.push(ArgumentLocation { by_address, location });
    }
    Ok(CallLocations {
        args: locations.into(),
        result,
        stack_size: stack.stack.next_multiple_of(16),
        stack_align: stack.align,
    })
}

/// The register of a value of at most eight bytes at that position: floats have a vector register, all else, records
/// of floats too, an integer register.
fn part(types: &TypeTable, ty: TypeId, size: usize, position: usize) -> Box<[RegisterPart]> {
    let vector = match types.passed(ty) {
        CType::Scalar(scalar) => scalar.class() == Class::Float,
        _ => false,
    };
    [RegisterPart { offset: 0, size: size as u8, vector, register: position as u8 }].into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctype::{FieldSpec, Packing, RecordKind, Slot};
    use crate::scalar::Scalar;

    fn bytes(types: &TypeTable, len: usize) -> TypeId {
        let field = FieldSpec { name: "b".into(), slot: Slot::value(TypeId::scalar(Scalar::U8)), array: Some(len) };
        types.declare(RecordKind::Struct, None, vec![field], Packing::default()).unwrap()
    }

    fn register(size: u8, vector: bool, register: u8) -> Location {
        Location::Registers([RegisterPart { offset: 0, size, vector, register }].into())
    }

    #[test]
    fn each_position_has_its_register() {
        // func3(int a, double b, int c, float d, int e, float f) of the document.
        let types = TypeTable::new();
        let [int, double, float] = [Scalar::I32, Scalar::F64, Scalar::F32].map(TypeId::scalar);
        let call = classify(&types, TypeId::VOID, &[int, double, int, float, int, float]).unwrap();
        let locations: Vec<_> = call.args.iter().map(|arg| arg.location.clone()).collect();
        let expected = [
            register(4, false, 0),
            register(8, true, 1),
            register(4, false, 2),
            register(4, true, 3),
            Location::Stack { offset: 32, size: 4 },
            Location::Stack { offset: 40, size: 4 },
        ];
        assert_eq!(locations, expected);
        assert_eq!((call.stack_size, call.result), (48, ResultLocation::Void));
    }

    #[test]
    fn records_of_other_sizes_go_by_address() {
        let types = TypeTable::new();
        let (three, eight) = (bytes(&types, 3), bytes(&types, 8));
        let call = classify(&types, three, &[three, eight]).unwrap();
        assert_eq!(call.result, ResultLocation::Memory);
        // The first position has the address of the result.
        assert_eq!(call.args[0], ArgumentLocation { by_address: true, location: register(8, false, 1) });
        assert_eq!(call.args[1], ArgumentLocation { by_address: false, location: register(8, false, 2) });
    }
}
