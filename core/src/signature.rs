//! A function's signature compiled once: the prepared call interface, what each argument takes and
//! where it lies in a call's frame. Equal signatures are one object, whatever asks for them.
#![forbid(unsafe_code)]

use crate::abi::registers::{self, RegisterPlan};
use crate::abi::{AbiError, AbiTypes, CallInterface, Convention};
use crate::ctype::{CType, Mode, Slot, TypeId, TypeTable};
use crate::scalar::{Class, Scalar};
use elsa::FrozenVec;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// How an argument is converted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// One byte, 0 or 1.
    Bool,
    /// An integer of that width.
    Integer(Scalar),
    /// `f32` or `f64`.
    Float(Scalar),
    /// A number that is no primitive.
    Number,
    /// An address.
    Pointer,
    /// The address of bytes that end with a NUL.
    CStr,
    /// The address of a cell with one value.
    Ref,
    /// A struct or union by value.
    Record,
    /// Any value, as LuaJIT's `ffi` converts it.
    Cdata,
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its type and what Lua sees of it.
    pub slot: Slot,
    /// How it is converted.
    pub op: Op,
    /// Bytes.
    pub size: usize,
    /// Where its value lies in the frame. A `Ref`'s cell follows its address.
    pub offset: usize,
}

/// Everything a call needs to know but the address.
pub struct Signature {
    /// What comes back.
    pub result: Slot,
    /// The result's size; 0 for void.
    pub result_size: usize,
    /// The result's alignment.
    pub result_align: usize,
    /// The primitive that the result is when it is passed.
    pub result_scalar: Option<Scalar>,
    /// The result is a struct, a union or a complex number: it has memory of its own.
    pub aggregate: bool,
    /// In order.
    pub args: Box<[Arg]>,
    /// Bytes of all argument values together, a multiple of 16.
    pub frame: usize,
    /// Has `Ref` arguments.
    pub refs: bool,
    /// How it is called without the stack, if it can be.
    pub registers: Option<RegisterPlan>,
    /// Prepared for calls.
    pub interface: CallInterface,
    /// What `interface` refers to.
    _abi: Arc<AbiTypes>,
}

/// What a signature is asked for by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SignatureKey {
    /// The calling convention.
    pub convention: Convention,
    /// The result.
    pub result: Slot,
    /// The arguments of this very call.
    pub args: Vec<Slot>,
    /// For a variadic function the number of named parameters.
    pub fixed: Option<usize>,
}

/// The most arguments a call may have. C promises 127.
pub const MAX_ARGS: usize = 1023;

/// The most bytes that all arguments together may have: they are copied to the C stack.
const MAX_FRAME: usize = 256 << 10;

/// Why a signature cannot be had, and the argument that is to blame (from 0).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureError {
    /// `None` for the result or the signature as a whole.
    pub arg: Option<usize>,
    /// Why.
    pub why: AbiError,
}

/// What a function type's values are called by.
pub struct Callable {
    /// Of a variadic function: of its named parameters.
    pub signature: Arc<Signature>,
    /// Takes more arguments after the named ones.
    pub variadic: bool,
}

/// All signatures that a Lua state uses.
#[derive(Default)]
pub struct Signatures {
    known: RefCell<HashMap<SignatureKey, Arc<Signature>>>,
    abi: Arc<AbiTypes>,
    /// Every call goes through libffi.
    no_registers: bool,
    /// What C function types were called, or made callbacks of, so far.
    callables: FrozenVec<Box<Callable>>,
    /// By the number of a function type or of a pointer to one: 1 + the position in `callables`.
    by_type: RefCell<Vec<u32>>,
}

impl Signatures {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.borrow().len() + self.callables.len()
    }

    /// Signatures none of which is called by registers alone: for comparing both ways.
    pub fn without_registers() -> Signatures {
        Signatures { no_registers: true, ..Signatures::default() }
    }

    /// What the values of a function type, or of a pointer to one, are called by, if that is known
    /// already.
    #[inline]
    pub fn known_callable(&self, ty: TypeId) -> Option<&Callable> {
        let position = *self.by_type.borrow().get(ty.0 as usize)?;
        self.callables.get((position as usize).checked_sub(1)?)
    }

    /// The same, compiled when it is new; `None` for any other type. Every slot is [`Mode::Cdata`].
    pub fn callable(&self, types: &TypeTable, ty: TypeId) -> Option<Result<&Callable, SignatureError>> {
        if let Some(known) = self.known_callable(ty) {
            return Some(Ok(known));
        }
        let function = match types.kind(ty) {
            CType::Pointer(to) => types.function(to)?,
            _ => types.function(ty)?,
        };
        let slot = |ty: TypeId| match types.bare(ty) {
            TypeId::VOID => Slot::VOID,
            ty => Slot { ty, mode: Mode::Cdata },
        };
        let key = SignatureKey {
            convention: Convention::DEFAULT,
            result: slot(function.result),
            args: function.params.iter().copied().map(slot).collect(),
            fixed: None,
        };
        let signature = match self.find(types, &key) {
            Ok(signature) => signature,
            Err(e) => return Some(Err(e)),
        };
        let callable = self.callables.push_get(Box::new(Callable { signature, variadic: function.variadic }));
        let mut by_type = self.by_type.borrow_mut();
        let at = ty.0 as usize;
        if by_type.len() <= at {
            by_type.resize(at + 1, 0);
        }
        by_type[at] = self.callables.len() as u32;
        Some(Ok(callable))
    }

    /// The signature of that key, compiled when it is new.
    pub fn find(&self, types: &TypeTable, key: &SignatureKey) -> Result<Arc<Signature>, SignatureError> {
        if let Some(known) = self.known.borrow().get(key) {
            return Ok(known.clone());
        }
        let mut made = compile(types, &self.abi, key)?;
        if self.no_registers {
            made.registers = None;
        }
        #[allow(
            clippy::arc_with_non_send_sync,
            reason = "a freed callback's record is dropped by whichever thread ends its quarantine: the counts are atomic"
        )]
        let made = Arc::new(made);
        self.known.borrow_mut().insert(key.clone(), made.clone());
        Ok(made)
    }
}

fn compile(types: &TypeTable, abi: &Arc<AbiTypes>, key: &SignatureKey) -> Result<Signature, SignatureError> {
    if key.args.len() > MAX_ARGS {
        return Err(SignatureError { arg: None, why: AbiError::TooMany });
    }
    let c_types: Vec<TypeId> = key.args.iter().map(|slot| slot.c_type()).collect();
    let interface = CallInterface::new(types, abi, key.convention, key.result.c_type(), &c_types, key.fixed)
        .map_err(|(arg, why)| SignatureError { arg, why })?;
    let mut frame = 0;
    let mut args = Vec::with_capacity(key.args.len());
    for (i, &slot) in key.args.iter().enumerate() {
        let missing = SignatureError { arg: Some(i), why: AbiError::Void };
        let op = op_of(types, slot).ok_or(missing)?;
        let size = types.size_of(slot.c_type()).ok_or(missing)?;
        frame = round_up(frame, types.align_of(slot.c_type()).max(8));
        args.push(Arg { slot, op, size, offset: frame });
        frame += round_up(size, 8);
        if frame > MAX_FRAME {
            return Err(SignatureError { arg: Some(i), why: AbiError::TooLarge });
        }
        if op == Op::Ref {
            // The cell behind the address; no scalar is larger.
            frame += 8;
        }
    }
    Ok(Signature {
        result: key.result,
        result_align: types.align_of(key.result.c_type()),
        result_size: types.size_of(key.result.c_type()).unwrap_or(0),
        result_scalar: match types.passed(key.result.c_type()) {
            CType::Scalar(scalar) => Some(scalar),
            _ => None,
        },
        aggregate: matches!(types.passed(key.result.c_type()), CType::Record(_) | CType::Complex(_)),
        registers: match (key.fixed, key.convention) {
            (None, Convention::DEFAULT) if interface.as_ptr().is_some() => {
                registers::plan(types, key.result, &key.args)
            }
            _ => None,
        },
        refs: args.iter().any(|a| a.op == Op::Ref),
        args: args.into(),
        frame: round_up(frame, 16),
        interface,
        _abi: abi.clone(),
    })
}

fn round_up(value: usize, align: usize) -> usize {
    (value + align - 1) & !(align - 1)
}

fn op_of(types: &TypeTable, slot: Slot) -> Option<Op> {
    match slot.mode {
        Mode::CStr => return Some(Op::CStr),
        Mode::Ref => return Some(Op::Ref),
        Mode::Bytes | Mode::Function => return Some(Op::Pointer),
        Mode::Cdata => return (types.passed(slot.ty) != CType::Void).then_some(Op::Cdata),
        Mode::Value => {}
    }
    Some(match types.passed(slot.ty) {
        CType::Void => return None,
        CType::Scalar(s) => match s.class() {
            Class::Bool => Op::Bool,
            Class::Float => Op::Float(s),
            _ => Op::Integer(s),
        },
        CType::Record(_) => Op::Record,
        CType::ExtendedNumber(_) => Op::Number,
        _ => Op::Pointer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_signatures_are_one() {
        let (types, signatures) = (TypeTable::new(), Signatures::default());
        let int = Slot::value(TypeId::scalar(Scalar::I32));
        let key = |args: &[Slot]| SignatureKey {
            convention: Convention::DEFAULT,
            result: int,
            args: args.into(),
            fixed: None,
        };
        let a = signatures.find(&types, &key(&[int, Slot::STRING])).unwrap();
        let b = signatures.find(&types, &key(&[int, Slot::STRING])).unwrap();
        assert!(Arc::ptr_eq(&a, &b));
        assert!(!Arc::ptr_eq(&a, &signatures.find(&types, &key(&[int])).unwrap()));
        let void = signatures.find(&types, &key(&[int, Slot::VOID])).err();
        assert_eq!(void, Some(SignatureError { arg: Some(1), why: AbiError::Void }));
        let many = vec![int; MAX_ARGS + 1];
        assert!(signatures.find(&types, &key(&many)).is_err());
        assert!(signatures.find(&types, &key(&many[1..])).is_ok());
    }

    #[test]
    fn values_do_not_overlap() {
        let (types, signatures) = (TypeTable::new(), Signatures::default());
        let byte = Slot::value(TypeId::scalar(Scalar::U8));
        let cell = Slot { ty: TypeId::scalar(Scalar::F64), mode: Mode::Ref };
        let key = SignatureKey {
            convention: Convention::DEFAULT,
            result: Slot::VOID,
            args: vec![byte, cell, byte],
            fixed: None,
        };
        let s = signatures.find(&types, &key).unwrap();
        let offsets: Vec<_> = s.args.iter().map(|a| a.offset).collect();
        assert_eq!((offsets, s.frame, s.refs), (vec![0, 8, 24], 32, true));
    }
}
