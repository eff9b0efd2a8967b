//! A call whose arguments and result lie in registers: they are converted straight into an array of
//! the register files, and the call loads them. Takes and gives exactly what `general` does.

use super::{Callee, push_result_record, transfer};
use crate::convert::{self, Target};
use crate::lua::{At, Error, Result};
use crate::runtime::Cx;
use lunaffi_core::abi::registers::{
    INTEGERS, Outcome, Place, RegisterPlan, Registers, VECTORS, call_integer, call_pieces, call_vector, extended,
    load_pieces,
};
use lunaffi_core::ctype::{Mode, Slot};
use lunaffi_core::scalar::{Loaded, Scalar};
use lunaffi_core::signature::{Op, Signature};
use std::ffi::c_int;

/// The largest struct that registers hold.
const STRUCT: usize = 32;

/// `super::invoke`, when its checks are done.
#[inline]
pub fn invoke(cx: Cx, signature: &Signature, plan: &RegisterPlan, callee: Callee, first: c_int) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let mut registers: Registers = [0; INTEGERS + VECTORS];
    let mut index = first;
    for (arg, place) in signature.args.iter().zip(&plan.places) {
        let fault = |fault| Error::arg(index, fault);
        let bits = match arg.op {
            Op::Integer(scalar) => extended(scalar, convert::integer(lua, rt, index, scalar).map_err(fault)?),
            Op::Float(Scalar::F32) => {
                (convert::float(lua, rt, index, Scalar::F32).map_err(fault)? as f32).to_bits() as u64
            }
            Op::Float(scalar) => convert::float(lua, rt, index, scalar).map_err(fault)?.to_bits(),
            Op::Bool => lua.truth(index) as u64,
            Op::Pointer => convert::address(lua, rt, index, true).map_err(fault)?.expose_provenance() as u64,
            Op::CStr => convert::c_string(lua, rt, index, true).map_err(fault)?.expose_provenance() as u64,
            // A `Ref` has no plan.
            Op::Record | Op::Ref => {
                put_record(cx, index, arg.slot, place, &mut registers)?;
                index += 1;
                continue;
            }
        };
        if let Place::Register(at) = place {
            registers[*at as usize] = bits;
        }
        index += 1;
    }

    let (code, load) = (callee.code, plan.load);
    // SAFETY (of the three calls): the registers hold the arguments by the signature's plan; that the
    // code is a function of this signature is the script's word, and what FFI cannot check.
    match &plan.outcome {
        Outcome::Integer => {
            // SAFETY: see above.
            let bits = transfer(cx, callee, || unsafe { call_integer(code, load, &registers) })?;
            push_integer(cx, signature.result, bits, callee)
        }
        Outcome::Vector => {
            // SAFETY: see above.
            let bits = transfer(cx, callee, || unsafe { call_vector(code, load, &registers) })?;
            let single = signature.result.ty == lunaffi_core::ctype::TypeId::scalar(Scalar::F32);
            lua.push_float(if single { f32::from_bits(bits as u32) as f64 } else { f64::from_bits(bits) });
            Ok(1)
        }
        Outcome::Pieces(pieces) => {
            let result = push_result_record(cx, signature);
            // SAFETY: see above; the result has room for the struct.
            transfer(cx, callee, || unsafe { call_pieces(code, pieces, &registers, result) })?;
            Ok(1)
        }
    }
}

/// Converts a struct argument and loads its pieces.
fn put_record(cx: Cx, index: c_int, slot: Slot, place: &Place, registers: &mut Registers) -> Result<()> {
    let mut bytes = [0u64; STRUCT / 8];
    convert::store(cx, index, Target::one(slot), bytes.as_mut_ptr().cast(), At::Arg(index))?;
    if let Place::Pieces(pieces) = place {
        // SAFETY: a struct with a plan is no larger than the bytes.
        unsafe { load_pieces(pieces, bytes.as_ptr().cast(), registers) };
    }
    Ok(())
}

/// Pushes a result that came in the first integer register.
#[inline]
fn push_integer(cx: Cx, slot: Slot, bits: u64, callee: Callee) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    if slot.mode == Mode::Value
        && let Some(scalar) = slot.ty.as_scalar()
    {
        match scalar {
            Scalar::Bool => lua.push_bool(bits as u8 != 0),
            Scalar::I8 | Scalar::I16 | Scalar::I32 | Scalar::U8 | Scalar::U16 | Scalar::U32 => {
                lua.push_int(extended(scalar, bits) as i64);
            }
            Scalar::I64 | Scalar::ISize => convert::push_scalar(lua, rt, Loaded::Signed(bits as i64)),
            _ => convert::push_scalar(lua, rt, Loaded::Unsigned(bits)),
        }
        return Ok(1);
    }
    if slot == Slot::VOID {
        return Ok(0);
    }
    let address = (bits as usize).to_ne_bytes();
    convert::push_value(lua, rt, slot, address.as_ptr(), callee.rules.pointers)?;
    Ok(1)
}
