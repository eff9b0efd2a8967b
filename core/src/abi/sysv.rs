//! Calls by the System V convention of x86-64 with what libffi has no description of: vectors of 8 and
//! 16 bytes, `__float128`, `_Float16`, and records of any layout, packed, over-aligned or with such
//! members. Each argument is classified as the ABI says, the registers and the stack are filled, and a
//! few instructions make the call. Vectors of 32 bytes and more are left out: whether they go in registers
//! depends on how the library was compiled.

use super::AbiError;
use super::registers::extended;
use crate::ctype::{CType, Opaque, TypeId, TypeTable};
use crate::scalar::{Class as ScalarClass, Scalar};
use std::arch::asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

/// How eight bytes of a value are passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    /// Padding.
    None,
    Integer,
    /// The low half of a vector register.
    Sse,
    /// The upper half of the register of the eight bytes before.
    SseUp,
    /// Of an 80-bit float.
    X87,
    X87Up,
}

/// Why a value has no classes.
enum Unclassed {
    /// It goes in memory.
    Memory,
    /// No rule here says how it goes.
    Unknown,
}

type Classes = [Class; 2];

/// What is passed in registers is no larger.
const IN_REGISTERS: usize = 16;
/// The most bytes of a value, as for libffi.
const MAX_BY_VALUE: usize = 64 << 10;
/// A stack is not aligned to more than this for a call.
const MAX_ALIGN: usize = 4096;

const INTEGERS: usize = 6;
const VECTORS: usize = 8;

/// A piece of a value in one register.
#[derive(Clone, Copy, Debug)]
struct Piece {
    offset: u8,
    size: u8,
    vector: bool,
    register: u8,
}

type Pieces = [Option<Piece>; 2];

/// Where an argument goes.
#[derive(Clone, Copy, Debug)]
enum Place {
    Registers(Pieces),
    /// So many bytes at that offset of the stack.
    Stack(usize, usize),
}

/// What becomes of a result.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Void,
    Registers(Pieces),
    /// On the x87 stack, as 16 bytes.
    X87,
    /// Written by the callee.
    Memory,
}

/// A signature whose calls are made here.
pub struct Plan {
    /// With the primitive that an argument is: one that is small fills its register.
    args: Box<[(Place, Option<Scalar>)]>,
    result: Outcome,
    /// Bytes of arguments on the stack, and their alignment.
    stack: usize,
    align: usize,
}

/// What the instructions load and leave. They know this layout.
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

impl Plan {
    /// The plan of a signature, or why there is none, and the argument that is to blame.
    pub fn new(types: &TypeTable, result: TypeId, args: &[TypeId]) -> Result<Plan, (Option<usize>, AbiError)> {
        let (mut integers, mut vectors) = (0, 0);
        let outcome = match types.passed(result) {
            CType::Void => Outcome::Void,
            _ => match classes_of(types, result) {
                Ok([Class::X87, Class::X87Up]) => Outcome::X87,
                Ok(classes) => Outcome::Registers(pieces(types, result, classes, &mut 0, &mut 0)),
                Err(Unclassed::Memory) => {
                    integers += 1;
                    Outcome::Memory
                }
                Err(Unclassed::Unknown) => return Err((None, AbiError::Layout)),
            },
        };
        let (mut stack, mut align) = (0usize, 16);
        let mut places = Vec::with_capacity(args.len());
        for (i, &ty) in args.iter().enumerate() {
            let fail = |why| (Some(i), why);
            let classes = match classes_of(types, ty) {
                Err(Unclassed::Unknown) => return Err(fail(AbiError::Layout)),
                Err(Unclassed::Memory) | Ok([Class::X87, _]) => None,
                Ok(classes) => Some(classes),
            };
            let size = types.size_of(ty).ok_or(fail(AbiError::Void))?;
            if size > MAX_BY_VALUE {
                return Err(fail(AbiError::TooLarge));
            }
            let in_registers = classes.and_then(|classes| {
                let (mut i, mut v) = (integers, vectors);
                let pieces = pieces(types, ty, classes, &mut i, &mut v);
                (i <= INTEGERS && v <= VECTORS).then(|| (integers, vectors) = (i, v))?;
                Some(Place::Registers(pieces))
            });
            let place = in_registers.unwrap_or_else(|| {
                let own = types.align_of(ty).max(8);
                align = align.max(own);
                let at = stack.next_multiple_of(own);
                stack = at + size.next_multiple_of(8);
                Place::Stack(at, size)
            });
            let scalar = match types.passed(ty) {
                CType::Scalar(scalar) => Some(scalar),
                _ => None,
            };
            places.push((place, scalar));
        }
        if align > MAX_ALIGN {
            return Err((None, AbiError::Layout));
        }
        Ok(Plan { args: places.into(), result: outcome, stack: stack.next_multiple_of(16), align })
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
        let stack = if self.stack <= SMALL {
            small.as_mut_ptr().cast::<u64>()
        } else {
            large.reserve_exact(self.stack / 8);
            large.as_mut_ptr()
        };
        let mut block = Block {
            vectors: [[0; 2]; VECTORS],
            integers: [0; INTEGERS],
            code,
            stack,
            stack_words: self.stack / 8,
            align_mask: self.align.wrapping_neg(),
            x87: matches!(self.result, Outcome::X87) as usize,
            integer_results: [0; 2],
            vector_results: [[0; 2]; 2],
            x87_result: [0; 2],
        };
        if matches!(self.result, Outcome::Memory) {
            block.integers[0] = result.addr() as u64;
        }
        // SAFETY: `stack` has room for all that lies on it.
        unsafe { stack.write_bytes(0, self.stack / 8) };
        for (i, &(place, scalar)) in self.args.iter().enumerate() {
            // SAFETY: the caller's values; the plan's places are in the block and on the stack.
            unsafe {
                let value = (*args.add(i)).cast_const().cast::<u8>();
                let (pieces, single) = match place {
                    Place::Registers(pieces) => (pieces, [None, None]),
                    Place::Stack(at, size) => {
                        stack.cast::<u8>().add(at).copy_from_nonoverlapping(value, size);
                        ([None, None], [Some(stack.cast::<u8>().add(at)), None])
                    }
                };
                for piece in pieces.into_iter().flatten() {
                    block
                        .register(piece)
                        .copy_from_nonoverlapping(value.add(piece.offset as usize), piece.size as usize);
                }
                if let Some(scalar) = scalar.filter(|scalar| scalar.class() != ScalarClass::Float && scalar.size() < 8)
                {
                    let registers = pieces.into_iter().flatten().map(|piece| block.register(piece));
                    for place in registers.chain(single.into_iter().flatten()) {
                        let place = place.cast::<u64>();
                        place.write_unaligned(extended(scalar, place.read_unaligned()));
                    }
                }
            }
        }
        // SAFETY: the block is filled as the convention wants it for a function of this signature.
        unsafe { run(&mut block) };
        let pieces = match self.result {
            Outcome::Registers(pieces) => pieces,
            Outcome::X87 => {
                // SAFETY: the result has room for 16 bytes.
                unsafe { result.cast::<u8>().copy_from_nonoverlapping((&raw const block.x87_result).cast(), 16) };
                return;
            }
            Outcome::Void | Outcome::Memory => return,
        };
        for piece in pieces.into_iter().flatten() {
            let from: *const u8 = if piece.vector {
                (&raw const block.vector_results[piece.register as usize]).cast()
            } else {
                (&raw const block.integer_results[piece.register as usize]).cast()
            };
            // SAFETY: a piece is a part of the result.
            unsafe {
                result.cast::<u8>().add(piece.offset as usize).copy_from_nonoverlapping(from, piece.size as usize);
            }
        }
    }
}

impl Block {
    fn register(&mut self, piece: Piece) -> *mut u8 {
        if piece.vector {
            (&raw mut self.vectors[piece.register as usize]).cast()
        } else {
            (&raw mut self.integers[piece.register as usize]).cast()
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

/// The registers of a value's pieces, counted on.
fn pieces(types: &TypeTable, ty: TypeId, classes: Classes, integers: &mut usize, vectors: &mut usize) -> Pieces {
    let size = types.size_of(ty).unwrap_or(0);
    let mut pieces = [None; 2];
    for (i, class) in classes.into_iter().enumerate() {
        let offset = i * 8;
        let (vector, count) = match class {
            Class::Integer => (false, &mut *integers),
            Class::Sse => (true, &mut *vectors),
            _ => continue,
        };
        let whole = vector && classes.get(i + 1) == Some(&Class::SseUp);
        let bytes = (size - offset).min(if whole { 16 } else { 8 });
        pieces[i] = Some(Piece { offset: offset as u8, size: bytes as u8, vector, register: *count as u8 });
        *count += 1;
    }
    pieces
}

/// How a value is passed.
fn classes_of(types: &TypeTable, ty: TypeId) -> Result<Classes, Unclassed> {
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
        _ => classify(types, ty, 0, &mut classes)?,
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
        CType::Opaque(opaque) => opaque.is_integer() || opaque.is_float(),
        CType::Record(_) => match types.record(ty) {
            Some(record) => record.fields.iter().all(|field| known(types, field.ty)),
            None => false,
        },
        CType::Void | CType::Function(_) => false,
        _ => true,
    }
}

/// Adds the classes of a value that lies `at` so many bytes into the whole.
fn classify(types: &TypeTable, ty: TypeId, at: usize, classes: &mut Classes) -> Result<(), Unclassed> {
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
        CType::Qualified(inner, _) => classify(types, inner, at, classes),
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
        CType::Opaque(opaque) => match opaque {
            Opaque::Int128 | Opaque::UInt128 => add(at, 16, &[Class::Integer, Class::Integer]),
            Opaque::Float128 => add(at, 16, &[Class::Sse, Class::SseUp]),
            Opaque::LongDouble => add(at, 16, &[Class::X87, Class::X87Up]),
            _ => add(at, opaque.align(), &[Class::Sse]),
        },
        CType::Array { elem, len } => {
            let size = types.size_of(elem).unwrap_or(0);
            // What has no size has no class, however many there are.
            let count = if size == 0 { 0 } else { len };
            (0..count).try_for_each(|i| classify(types, elem, at + i * size, classes))
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
                    None => classify(types, field.ty, at, classes)?,
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
