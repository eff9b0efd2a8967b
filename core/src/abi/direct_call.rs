//! Calls by the System V convention of x86-64 with what libffi has no description of: vectors of 8 and 16 bytes,
//! `__float128`, `_Float16`, and records of any layout. The registers and the stack are filled as `sysv` says, and a
//! few instructions make the call.

use super::location::{CallLocations, Location, Refusal, RegisterPart, ResultLocation};
use super::registers::extended;
use super::sysv::{self, INTEGERS, VECTORS};
use crate::ctype::{CType, TypeId, TypeTable};
use crate::scalar::{Class, Scalar};
use std::arch::asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

/// A signature whose calls are made here.
pub struct DirectCall {
    locations: CallLocations,
    /// The integer that an argument is, if it is one smaller than a register: it fills that.
    narrow: Box<[Option<Scalar>]>,
}

/// The registers and the stack that the instructions load, and the results that they leave. They know this layout.
#[repr(C)]
struct Block {
    vectors: [[u64; 2]; VECTORS],
    integers: [u64; INTEGERS],
    code: *const c_void,
    /// The arguments on the stack.
    stack: *const u64,
    /// Eight bytes each.
    stack_words: usize,
    /// The alignment, negated: a mask.
    align_mask: usize,
    /// Not 0: the result is on the x87 stack.
    x87: usize,
    /// `rax` and `rdx`.
    integer_results: [u64; 2],
    /// `xmm0` and `xmm1`.
    vector_results: [[u64; 2]; 2],
    x87_result: [u64; 2],
}

impl DirectCall {
    /// Prepares the calls of a signature.
    pub fn new(types: &TypeTable, result: TypeId, args: &[TypeId]) -> Result<DirectCall, Refusal> {
        let narrow = |&ty: &TypeId| match types.passed(ty) {
            CType::Scalar(scalar) if scalar.class() != Class::Float && scalar.size() < 8 => Some(scalar),
            _ => None,
        };
        Ok(DirectCall { locations: sysv::classify(types, result, args)?, narrow: args.iter().map(narrow).collect() })
    }

    /// Calls `code`.
    ///
    /// # Safety
    /// `code` is a function of this signature; `args` has one readable value for each argument, `result`
    /// room for the result.
    pub unsafe fn call(&self, code: *const c_void, result: *mut c_void, args: *mut *mut c_void) {
        const SMALL: usize = 1024;
        let mut small = MaybeUninit::<[u64; SMALL / 8]>::uninit();
        let mut large = Vec::<u64>::new();
        let size = self.locations.stack_size;
        let stack = if size <= SMALL {
            small.as_mut_ptr().cast::<u64>()
        } else {
            large.reserve_exact(size / 8);
            large.as_mut_ptr()
        };
        let mut block = Block {
            vectors: [[0; 2]; VECTORS],
            integers: [0; INTEGERS],
            code,
            stack,
            stack_words: size / 8,
            align_mask: self.locations.stack_align.wrapping_neg(),
            x87: (self.locations.result == ResultLocation::X87) as usize,
            integer_results: [0; 2],
            vector_results: [[0; 2]; 2],
            x87_result: [0; 2],
        };
        if self.locations.result == ResultLocation::Memory {
            block.integers[0] = result.addr() as u64;
        }
        // SAFETY: `stack` has room for all that lies on it.
        unsafe { stack.write_bytes(0, size / 8) };
        for (i, (arg, narrow)) in self.locations.args.iter().zip(&self.narrow).enumerate() {
            // SAFETY: the caller's values; the locations are in the block and on the stack.
            unsafe {
                let value = (*args.add(i)).cast_const().cast::<u8>();
                let fill = |place: *mut u8| {
                    if let &Some(scalar) = narrow {
                        let place = place.cast::<u64>();
                        place.write_unaligned(extended(scalar, place.read_unaligned()));
                    }
                };
                match &arg.location {
                    Location::Registers(parts) => {
                        for part in parts {
                            let register = block.register(part);
                            register.copy_from_nonoverlapping(value.add(part.offset as usize), part.size as usize);
                            fill(register);
                        }
                    }
                    &Location::Stack { offset, size } => {
                        let place = stack.cast::<u8>().add(offset);
                        place.copy_from_nonoverlapping(value, size);
                        fill(place);
                    }
                }
            }
        }
        // SAFETY: the block is filled as the convention wants it for a function of this signature.
        unsafe { run(&mut block) };
        let parts = match &self.locations.result {
            ResultLocation::Registers(parts) => parts,
            ResultLocation::X87 => {
                // SAFETY: the result has room for 16 bytes.
                unsafe { result.cast::<u8>().copy_from_nonoverlapping((&raw const block.x87_result).cast(), 16) };
                return;
            }
            ResultLocation::Void | ResultLocation::Memory => return,
        };
        for part in parts {
            let from: *const u8 = if part.vector {
                (&raw const block.vector_results[part.register as usize]).cast()
            } else {
                (&raw const block.integer_results[part.register as usize]).cast()
            };
            // SAFETY: the part lies in the result.
            unsafe {
                result.cast::<u8>().add(part.offset as usize).copy_from_nonoverlapping(from, part.size as usize);
            }
        }
    }
}

impl Block {
    fn register(&mut self, part: &RegisterPart) -> *mut u8 {
        if part.vector {
            (&raw mut self.vectors[part.register as usize]).cast()
        } else {
            (&raw mut self.integers[part.register as usize]).cast()
        }
    }
}

/// Makes the call that the block describes.
///
/// # Safety
/// The code is a function that takes its arguments from these registers and this stack.
unsafe fn run(block: &mut Block) {
    // SAFETY: the caller's promise. The stack pointer is back where it was behind the call; what it was
    // is in a register that the callee keeps. Nothing of the frame is used by way of it in between.
    unsafe {
        asm!(
            "mov r13, rsp",
            "mov rcx, [r12 + {stack_words}]",
            "lea rax, [rcx * 8]",
            "sub rsp, rax",
            "and rsp, [r12 + {align_mask}]",
            "mov rsi, [r12 + {stack}]",
            "mov rdi, rsp",
            "cld",
            "rep movsq",
            "movups xmm0, [r12 + {vectors}]",
            "movups xmm1, [r12 + {vectors} + 16]",
            "movups xmm2, [r12 + {vectors} + 32]",
            "movups xmm3, [r12 + {vectors} + 48]",
            "movups xmm4, [r12 + {vectors} + 64]",
            "movups xmm5, [r12 + {vectors} + 80]",
            "movups xmm6, [r12 + {vectors} + 96]",
            "movups xmm7, [r12 + {vectors} + 112]",
            "mov rdi, [r12 + {integers}]",
            "mov rsi, [r12 + {integers} + 8]",
            "mov rdx, [r12 + {integers} + 16]",
            "mov rcx, [r12 + {integers} + 24]",
            "mov r8, [r12 + {integers} + 32]",
            "mov r9, [r12 + {integers} + 40]",
            // What a variadic function asks: how many vector registers there may be.
            "mov eax, 8",
            "call qword ptr [r12 + {code}]",
            "mov rsp, r13",
            "mov [r12 + {integer_results}], rax",
            "mov [r12 + {integer_results} + 8], rdx",
            "movups [r12 + {vector_results}], xmm0",
            "movups [r12 + {vector_results} + 16], xmm1",
            "cmp qword ptr [r12 + {x87}], 0",
            "je 2f",
            "fstp tbyte ptr [r12 + {x87_result}]",
            "2:",
            vectors = const std::mem::offset_of!(Block, vectors),
            integers = const std::mem::offset_of!(Block, integers),
            code = const std::mem::offset_of!(Block, code),
            stack = const std::mem::offset_of!(Block, stack),
            stack_words = const std::mem::offset_of!(Block, stack_words),
            align_mask = const std::mem::offset_of!(Block, align_mask),
            x87 = const std::mem::offset_of!(Block, x87),
            integer_results = const std::mem::offset_of!(Block, integer_results),
            vector_results = const std::mem::offset_of!(Block, vector_results),
            x87_result = const std::mem::offset_of!(Block, x87_result),
            in("r12") std::ptr::from_mut(block),
            out("r13") _,
            clobber_abi("sysv64"),
        );
    }
}
