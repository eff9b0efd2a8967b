//! Any call, through libffi: each argument's value lies in a frame, and libffi moves it to where the
//! convention wants it.

use super::{Callee, check_open, done, push_result_record, transfer};
use crate::convert::{self, Target};
use crate::lua::{At, Error, Result, Type};
use crate::runtime::Cx;
use lunaffi_core::abi::{RESULT_SIZE, load_result};
use lunaffi_core::ctype::{CType, Slot};
use lunaffi_core::signature::{Op, Signature};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// Bytes of argument values, and number of arguments, that fit on the stack; more go to a userdata.
const FRAME: usize = 384;
const ARGS: usize = 32;

/// `super::invoke`, when its checks are done.
pub fn invoke(cx: Cx, signature: &Signature, callee: Callee, first: c_int) -> Result<c_int> {
    let lua = cx.lua;
    let expected = signature.args.len();
    let mut small_frame = MaybeUninit::<[u128; FRAME / 16]>::uninit();
    let mut small_args = [const { MaybeUninit::<*mut c_void>::uninit() }; ARGS];
    let (frame, args) = if signature.frame <= FRAME && expected <= ARGS {
        (small_frame.as_mut_ptr().cast::<u8>(), small_args.as_mut_ptr().cast::<*mut c_void>())
    } else {
        let block = lua.new_userdata(signature.frame + 16 + expected * size_of::<usize>(), false).cast::<u8>();
        let frame = block.wrapping_add(block.align_offset(16));
        (frame, frame.wrapping_add(signature.frame).cast())
    };
    let mut small_result = MaybeUninit::<[u128; RESULT_SIZE / 16]>::uninit();
    let record = signature.aggregate;
    let result = if record {
        push_result_record(lua, cx.rt, signature, callee.rules).cast()
    } else {
        small_result.as_mut_ptr().cast::<c_void>()
    };
    let result_at = lua.top();
    // What may allocate comes first: a finalizer that runs then may release what a pointer among the
    // arguments points to, and the conversion of that pointer has to see it.
    for records in [true, false] {
        for (i, arg) in signature.args.iter().enumerate().filter(|(_, arg)| (arg.op == Op::Record) == records) {
            // SAFETY: the frame holds every argument at its offset, the array one address for each.
            unsafe {
                let place = frame.add(arg.offset);
                args.add(i).write(place.cast());
                put_argument(cx, first + i as c_int, arg.op, arg.slot, place)?;
            }
        }
    }
    // A finalizer may have closed it while the arguments were converted.
    check_open(callee.library)?;
    let stay = signature.result.mode.is_text();
    let call = || {
        // SAFETY: the frame is filled, the result has room; that the code is a function of this
        // signature is the script's word, and what FFI cannot check.
        unsafe { signature.interface.call(callee.code, result, args) }
    };
    transfer(lua, cx.rt, callee.library, stay, call)?;

    let mut count = 1;
    if record {
        lua.copy(result_at);
    } else {
        let slot = signature.result;
        match slot.as_scalar() {
            Some(scalar) => {
                // SAFETY: the call wrote a result of this type.
                convert::push_scalar(lua, cx.rt, unsafe { load_result(scalar, result.cast()) });
            }
            _ if signature.result_size == 0 => count = 0,
            _ => convert::push_value(lua, cx.rt, slot, result.cast(), callee.rules.values.pointers)?,
        }
    }
    if stay {
        done(cx.rt, callee.library);
    }
    if signature.refs {
        lua.reserve(expected as c_int);
        for arg in signature.args.iter().filter(|arg| arg.op == Op::Ref) {
            // SAFETY: the cell follows the address in the frame.
            let cell = unsafe { frame.add(arg.offset + size_of::<u64>()) };
            convert::push_value(lua, cx.rt, Slot::value(arg.slot.ty), cell, callee.rules.values.pointers)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Converts the arguments from `first` to the top for what may be wrong with them, when there are too many
/// or too few for a call. (A function for a pointer would become a callback for nothing.)
pub fn try_arguments(cx: Cx, signature: &Signature, first: c_int) -> Result<()> {
    let last = cx.lua.top();
    let block = cx.lua.new_userdata(signature.frame + 16, false).cast::<u8>();
    let frame = block.wrapping_add(block.align_offset(16));
    for (arg, index) in signature.args.iter().zip(first..=last) {
        let callback =
            matches!(cx.rt.types.kind(arg.slot.ty), CType::Pointer(_)) && cx.lua.type_of(index) == Type::Function;
        if !callback {
            // SAFETY: the frame, which the stack keeps, holds every argument at its offset.
            unsafe { put_argument(cx, index, arg.op, arg.slot, frame.add(arg.offset))? };
        }
    }
    Ok(())
}

/// Converts one argument into its place.
///
/// # Safety
/// `place` has room for the argument (and a `Ref`'s cell), aligned for its type.
#[inline]
unsafe fn put_argument(cx: Cx, index: c_int, op: Op, slot: Slot, place: *mut u8) -> Result<()> {
    let (lua, rt) = (cx.lua, cx.rt);
    let fault = |fault| Error::arg(index, fault);
    // SAFETY: the caller's room.
    unsafe {
        match op {
            Op::Integer(scalar) => {
                scalar.store_bits(place, convert::integer(lua, rt, index, scalar).map_err(fault)?);
            }
            Op::Pointer => {
                place.cast::<*mut c_void>().write(convert::address(lua, rt, index, true).map_err(fault)?);
            }
            Op::CStr => {
                place.cast::<*mut c_void>().write(convert::c_string(lua, rt, index, true).map_err(fault)?);
            }
            Op::Bool | Op::Float(_) | Op::Number | Op::Record | Op::Cdata => {
                convert::store(cx, index, Target::one(slot), place, At::Arg(index))?;
            }
            Op::Ref => {
                let cell = place.add(size_of::<u64>());
                cell.cast::<u64>().write(0);
                if !lua.is_nil(index) {
                    convert::store(cx, index, Target::one(Slot::value(slot.ty)), cell, At::Arg(index))?;
                }
                place.cast::<*mut u8>().write(cell);
            }
        }
    }
    Ok(())
}
