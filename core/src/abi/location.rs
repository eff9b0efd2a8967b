//! Where the values of a call go: the terms in which the calling conventions answer. `sysv`, `aapcs64` and `win64`
//! each have a `classify` that turns a signature into [`CallLocations`]; the register plans, the calls of our own and
//! the descriptions for libffi are made from those.

use super::AbiError;

/// A part of a value that lies in one register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterPart {
    /// Bytes from the start of the value.
    pub offset: u8,
    /// Bytes.
    pub size: u8,
    /// A vector register, else an integer register.
    pub vector: bool,
    /// The number of the register among those that take arguments, or give results.
    pub register: u8,
}

/// Where an argument goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Location {
    /// In registers; padding takes none.
    Registers(Box<[RegisterPart]>),
    /// On the stack.
    Stack {
        /// Bytes from the lowest stack argument.
        offset: usize,
        /// Bytes.
        size: usize,
    },
}

/// An argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArgumentLocation {
    /// The caller passes the address of a copy, and `location` is that address's.
    pub by_address: bool,
    /// Where it goes.
    pub location: Location,
}

/// Where a result comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResultLocation {
    /// Nowhere.
    Void,
    /// From registers.
    Registers(Box<[RegisterPart]>),
    /// From the top of the x87 stack.
    X87,
    /// From memory whose address the caller passes.
    Memory,
}

/// A signature by a calling convention.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallLocations {
    /// In order.
    pub args: Box<[ArgumentLocation]>,
    /// The result.
    pub result: ResultLocation,
    /// Bytes of the arguments on the stack, a multiple of 16.
    pub stack_size: usize,
    /// The alignment of the stack at the call.
    pub stack_align: usize,
}

/// Why a signature has no locations, and the argument to blame (from 0); `None` for the result or the whole.
pub type Refusal = (Option<usize>, AbiError);

/// The most bytes of a value that is passed by value: it is copied to the C stack.
pub const MAX_BY_VALUE: usize = 64 << 10;

/// The registers and the stack, as arguments take them one after the other.
#[derive(Default)]
pub(super) struct Allocation {
    /// Integer registers taken.
    pub integers: usize,
    /// Vector registers taken.
    pub vectors: usize,
    /// Bytes of the stack taken.
    pub stack: usize,
    /// The largest alignment of a stack argument.
    pub align: usize,
}

impl Allocation {
    /// Takes `size` bytes of the stack, in slots of `slot` bytes.
    pub fn on_stack(&mut self, size: usize, align: usize, slot: usize) -> Location {
        self.align = self.align.max(align);
        let offset = self.stack.next_multiple_of(align);
        self.stack = offset + size.next_multiple_of(slot);
        Location::Stack { offset, size }
    }

    /// Takes an integer register for each eight bytes.
    pub fn in_integers(&mut self, size: usize) -> Location {
        let parts = (0..size).step_by(8).map(|offset| {
            self.integers += 1;
            RegisterPart {
                offset: offset as u8,
                size: (size - offset).min(8) as u8,
                vector: false,
                register: (self.integers - 1) as u8,
            }
        });
        Location::Registers(parts.collect())
    }

    /// Takes a vector register for each element.
    pub fn in_vectors(&mut self, element: usize, count: usize) -> Location {
        let parts = (0..count).map(|i| {
            self.vectors += 1;
            RegisterPart {
                offset: (i * element) as u8,
                size: element as u8,
                vector: true,
                register: (self.vectors - 1) as u8,
            }
        });
        Location::Registers(parts.collect())
    }
}
