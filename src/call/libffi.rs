//! Any call, through libffi: each argument's value lies in a frame, and libffi moves it to where the
//! convention wants it.

use super::{Callee, done, push_result_record, transfer};
use crate::convert::{self, Destination, cdata};
use crate::lua::{At, Error, Result, Type};
use crate::runtime::{Cx, Look};
use lunaffi_core::abi::{RESULT_SIZE, load_result};
use lunaffi_core::ctype::{CType, Slot, TypeTable};
use lunaffi_core::mem::Region;
use lunaffi_core::signature::{Arg, Op, Signature};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// Bytes of argument values, and number of arguments, that fit on the stack; more go to a userdata.
const FRAME: usize = 384;
const ARGS: usize = 32;

/// `super::invoke`, when its checks are done.
pub fn invoke(cx: Cx, signature: &Signature, callee: Callee<'_>, first: c_int) -> Result<c_int> {
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
    for (i, arg) in signature.args.iter().enumerate() {
        // SAFETY: the frame holds every argument at its offset, the array one address for each.
        unsafe {
            args.add(i).write(frame.add(arg.offset).cast());
            prepare_argument(cx, first + i as c_int, arg, frame)?;
        }
    }
    for (i, arg) in signature.args.iter().enumerate() {
        // SAFETY: as above.
        unsafe { put_argument(cx.look(), first + i as c_int, arg, frame)? };
    }
    callee.owner.check()?;
    let library = callee.owner.library();
    let stay = signature.result.mode.is_text();
    let call = || {
        // SAFETY: the frame is filled, the result has room; that the code is a function of this
        // signature is the script's word, and what FFI cannot check.
        unsafe { signature.interface.call(callee.code, result, args) }
    };
    transfer(lua, cx.rt, library, stay, call)?;

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
        done(cx.rt, library);
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
            unsafe {
                prepare_argument(cx, index, arg, frame)?;
                put_argument(cx.look(), index, arg, frame)?;
            }
        }
    }
    Ok(())
}

/// Whether an argument is converted whole beforehand: a struct, or what else needs more than a look.
fn is_prepared(types: &TypeTable, arg: &Arg) -> bool {
    match arg.op {
        Op::Record => true,
        Op::Cdata => !cdata::is_plain(types, arg.slot.ty),
        _ => false,
    }
}

/// Does what allocates of the conversion of an argument. A function for a pointer gives way to the callback
/// that it becomes.
///
/// # Safety
/// The frame has room for the argument at its offset.
unsafe fn prepare_argument(cx: Cx, index: c_int, arg: &Arg, frame: *mut u8) -> Result<()> {
    if is_prepared(&cx.rt.types, arg) {
        let place = Region::block(frame.wrapping_add(arg.offset), arg.size);
        return convert::store(cx, index, Destination::one(arg.slot), place, At::Arg(index));
    }
    if arg.op == Op::Cdata { cdata::settle_function(cx, index, arg.slot.ty) } else { Ok(()) }
}

/// Converts an argument that needs no more than a look into its place.
///
/// # Safety
/// The frame has room for the argument (and a `Ref`'s cell) at its offset, aligned for its type.
#[inline]
unsafe fn put_argument(look: Look, index: c_int, arg: &Arg, frame: *mut u8) -> Result<()> {
    let Look { lua, rt } = look;
    let fault = |fault| Error::arg(index, fault);
    let place = frame.wrapping_add(arg.offset);
    // SAFETY: the caller's room.
    unsafe {
        match arg.op {
            Op::Integer(scalar) => {
                scalar.store_bits(place, convert::integer(lua, rt, index, scalar).map_err(fault)?);
            }
            Op::Pointer => {
                place.cast::<usize>().write(convert::address(lua, rt, index, true).map_err(fault)?);
            }
            Op::CStr => {
                place.cast::<usize>().write(convert::c_string(lua, rt, index, true).map_err(fault)?);
            }
            Op::Bool | Op::Float(_) | Op::Number | Op::Record | Op::Cdata => {
                if !is_prepared(&rt.types, arg) {
                    let place = Region::block(place, arg.size);
                    convert::store_plain(look, index, arg.slot, place, At::Arg(index))?;
                }
            }
            Op::Ref => {
                let cell = place.add(size_of::<u64>());
                cell.cast::<u64>().write(0);
                if !lua.is_nil(index) {
                    let room = Region::block(cell, size_of::<u64>());
                    convert::store_plain(look, index, Slot::value(arg.slot.ty), room, At::Arg(index))?;
                }
                place.cast::<*mut u8>().write(cell);
            }
        }
    }
    Ok(())
}
