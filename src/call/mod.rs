//! The one call engine: Lua arguments into a frame, the call, the result back. A signature is
//! compiled once (`lunaffi_core::signature`); a call allocates nothing, hashes nothing and compares
//! no strings, unless it is variadic, has a struct result or more arguments than usual.

mod bound;
mod library;
mod variadic;

pub use bound::{Binding, push_bound};
pub use library::LoadedLibrary;
pub use variadic::invoke_variadic;

use crate::convert::{self, PointerAs, Target};
use crate::lua::{At, Error, Fault, Kind, Result};
use crate::runtime::{Cx, Frame, errno_location};
use lunaffi_core::abi::{RESULT_SIZE, load_result};
use lunaffi_core::ctype::{CType, Mode, Slot};
use lunaffi_core::mem::Region;
use lunaffi_core::signature::{Op, Signature};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

/// What the front ends differ in.
pub struct Rules {
    /// What an untyped pointer result becomes.
    pub pointers: PointerAs,
    /// Reads a type out of the value at an index, by the front end's own names.
    pub slot_at: fn(Cx, c_int) -> Result<Slot>,
}

/// What is called.
#[derive(Clone, Copy)]
pub struct Callee {
    pub code: *const c_void,
    /// The library it belongs to, if any: it stays loaded during the call.
    pub library: Option<&'static LoadedLibrary>,
    pub rules: &'static Rules,
}

/// Bytes of argument values, and number of arguments, that fit on the stack; more go to a userdata.
const FRAME: usize = 384;
const ARGS: usize = 32;

/// Calls a C function with the arguments from the stack index `first` to the top; pushes its result
/// and then the values of its `Ref` cells. Errors count arguments by `cx.skip`.
pub fn invoke(cx: Cx, signature: &Signature, callee: Callee, first: c_int) -> Result<c_int> {
    let lua = cx.lua;
    let expected = signature.args.len();
    let got = (lua.top() - first + 1) as usize;
    if got != expected {
        return Err(Error::alone(Fault::Count { expected, got, at_least: false }));
    }
    if callee.library.is_some_and(|library| library.is_closed()) {
        return Err(Error::call(Fault::Text("library is closed")));
    }

    let mut small_frame = MaybeUninit::<[u128; FRAME / 16]>::uninit();
    let mut small_args = [const { MaybeUninit::<*mut c_void>::uninit() }; ARGS];
    let (frame, args) = if signature.frame <= FRAME && expected <= ARGS {
        (small_frame.as_mut_ptr().cast::<u8>(), small_args.as_mut_ptr().cast::<*mut c_void>())
    } else {
        let block = lua.new_userdata(signature.frame + 16 + expected * size_of::<usize>(), false).cast::<u8>();
        let frame = block.wrapping_add(block.align_offset(16));
        (frame, frame.wrapping_add(signature.frame).cast())
    };
    for (i, arg) in signature.args.iter().enumerate() {
        // SAFETY: the frame holds every argument at its offset, the array one address for each.
        unsafe {
            let place = frame.add(arg.offset);
            args.add(i).write(place.cast());
            put_argument(cx, first + i as c_int, arg.op, arg.slot, place)?;
        }
    }

    let mut small_result = MaybeUninit::<[u128; RESULT_SIZE / 16]>::uninit();
    let record =
        signature.result.mode == Mode::Value && matches!(cx.rt.types.get(signature.result.ty), CType::Record(_));
    let result = if record { push_result_record(cx, signature) } else { small_result.as_mut_ptr().cast() };
    // SAFETY: the frame is filled, the result has room; that the code is a function of this
    // signature is the script's word, and what FFI cannot check.
    unsafe { transfer(cx, signature, callee, result, args)? };

    let mut count = 1;
    if !record {
        let slot = signature.result;
        match slot.ty.as_scalar() {
            Some(scalar) if slot.mode == Mode::Value => {
                // SAFETY: the call wrote a result of this type.
                convert::push_scalar(lua, cx.rt, unsafe { load_result(scalar, result.cast()) });
            }
            _ if slot == Slot::VOID => count = 0,
            _ => convert::push_value(lua, cx.rt, slot, result.cast(), callee.rules.pointers)?,
        }
    }
    if signature.refs {
        lua.reserve(expected as c_int);
        for arg in signature.args.iter().filter(|arg| arg.op == Op::Ref) {
            // SAFETY: the cell follows the address in the frame.
            let cell = unsafe { frame.add(arg.offset + size_of::<u64>()) };
            convert::push_value(lua, cx.rt, Slot::value(arg.slot.ty), cell, callee.rules.pointers)?;
            count += 1;
        }
    }
    Ok(count)
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
            Op::Bool | Op::Float(_) | Op::Record => {
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

/// Pushes a view with memory of its own for a struct result and gives the memory.
fn push_result_record(cx: Cx, signature: &Signature) -> *mut c_void {
    let align = cx.rt.types.align_of(signature.result.ty);
    let size = signature.result_size;
    // libffi may fill full registers.
    let header = cx.rt.kinds.push_owner(cx.lua, Kind::StructView, signature.result, size.max(RESULT_SIZE), align);
    header.region = Region::block(header.region.addr, size).with_flags(header.region.flags);
    header.region.addr.cast()
}

/// The call itself, with what surrounds it: errno in and out, the frame that callbacks look for, and
/// the library that must stay.
///
/// # Safety
/// As `CallInterface::call`.
unsafe fn transfer(
    cx: Cx,
    signature: &Signature,
    callee: Callee,
    result: *mut c_void,
    args: *mut *mut c_void,
) -> Result<()> {
    let rt = cx.rt;
    let errno = errno_location();
    if rt.gate.thread.load(Ordering::Relaxed) != errno as usize {
        rt.gate.thread.store(errno as usize, Ordering::Relaxed);
    }
    let mut frame = Frame { lua: cx.lua.as_ptr(), previous: rt.frame.get(), failed: Cell::new(false) };
    // A C function that jumped out of an earlier call left that call's frame behind: an inner frame
    // of a call that is over. The stack grows down, so a live outer frame has a higher address.
    while !frame.previous.is_null() && (frame.previous as usize) < (&raw const frame as usize) {
        // SAFETY: the chain of such frames lies in stack memory below an outer live one; it is read,
        // at worst, as stale bytes of ours.
        frame.previous = unsafe { (*frame.previous).previous };
    }
    rt.frame.set(&raw const frame);
    if let Some(library) = callee.library {
        library.enter();
    }
    // SAFETY: errno's place is this thread's; the call is the caller's word.
    unsafe {
        *errno = rt.errno.get();
        signature.interface.call(callee.code, result, args);
        rt.errno.set(*errno);
    }
    rt.frame.set(frame.previous);
    if let Some(library) = callee.library {
        library.leave();
    }
    if rt.gate.missed.load(Ordering::Relaxed) != 0 {
        (rt.report_missed.get())(cx);
    }
    if frame.failed.get() { Err(Error::alone(Fault::OnTop)) } else { Ok(()) }
}
