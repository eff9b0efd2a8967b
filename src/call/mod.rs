//! The one call engine: Lua arguments into a frame, the call, the result back. A signature is
//! compiled once (`lunaffi_core::signature`); a call allocates nothing, hashes nothing and compares
//! no strings, unless it is variadic, has a struct result or more arguments than usual. `general`
//! makes every call, through libffi; `registers` makes those that need no stack, faster.

mod bound;
mod general;
mod library;
mod registers;
mod variadic;

pub use bound::{Binding, push_bound};
pub use library::LoadedLibrary;
pub use variadic::{extra_by_value, invoke_variadic};

use crate::convert::PointerAs;
use crate::lua::{Error, Fault, Kind, Result, State};
use crate::runtime::{Cx, Frame, MAX_DEPTH, Runtime, errno_location};
use lunaffi_core::abi::RESULT_SIZE;
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Region;
use lunaffi_core::signature::Signature;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::Ordering;

/// What a callback answers that is none, or none any more, where that is an error.
pub const BAD_CALLBACK: Fault = Fault::Text("bad callback");

/// What the front ends differ in.
pub struct Rules {
    /// What an untyped pointer result becomes.
    pub pointers: PointerAs,
    /// Reads a type out of the value at an index, by the front end's own names.
    pub slot_at: fn(Cx, c_int) -> Result<Slot>,
    /// The type as which the value at an index goes to a variadic function, promoted as C does. It may
    /// put another value in its place.
    pub extra: fn(Cx, &'static Rules, c_int) -> Result<Slot>,
}

/// What is called.
#[derive(Clone, Copy)]
pub struct Callee {
    pub code: *const c_void,
    /// The library it belongs to, if any: it stays loaded during the call.
    pub library: Option<&'static LoadedLibrary>,
    pub rules: &'static Rules,
}

/// Calls a C function with the arguments from the stack index `first` to the top; pushes its result
/// and then the values of its `Ref` cells. Errors count arguments by `cx.skip`.
#[inline]
pub fn invoke(cx: Cx, signature: &Signature, callee: Callee, first: c_int) -> Result<c_int> {
    let expected = signature.args.len();
    let got = (cx.lua.top() - first + 1) as usize;
    if got != expected {
        return Err(Error::alone(Fault::Count { expected, got, at_least: false }));
    }
    check_open(callee.library)?;
    match &signature.registers {
        Some(plan) => {
            let Callee { code, library, rules } = callee;
            registers::invoke(cx.lua, cx.rt, signature, plan, code, library, rules, first)
        }
        None => general::invoke(cx, signature, callee, first),
    }
}

/// Fails when the library is closed.
#[inline]
fn check_open(library: Option<&LoadedLibrary>) -> Result<()> {
    match library {
        Some(library) if library.is_closed() => Err(Error::call(Fault::Text("library is closed"))),
        _ => Ok(()),
    }
}

/// Pushes a view with memory of its own for a struct result and gives the memory.
fn push_result_record(lua: State, rt: &Runtime, signature: &Signature) -> *mut u8 {
    let align = rt.types.align_of(signature.result.ty);
    let size = signature.result_size;
    // libffi may fill full registers.
    let header = rt.kinds.push_owner(lua, Kind::StructView, signature.result, size.max(RESULT_SIZE), align);
    header.region = Region::block(header.region.addr, size).with_flags(header.region.flags);
    header.region.addr
}

/// Makes the call that `call` makes, with what surrounds it: errno in and out, the frame that
/// callbacks look for, and the library that must stay. With `stay` the caller says when it is done
/// with the library.
#[inline(always)]
fn transfer<T>(
    lua: State,
    rt: &'static Runtime,
    library: Option<&LoadedLibrary>,
    stay: bool,
    call: impl FnOnce() -> T,
) -> Result<T> {
    let errno = errno_location();
    if rt.thread.get() != errno.addr() {
        rt.thread.set(errno.addr());
        rt.gate.thread.store(errno.addr(), Ordering::Relaxed);
    }
    let mut frame = Frame { lua: lua.as_ptr(), previous: rt.frame.get(), depth: 0, failed: Cell::new(false) };
    if !frame.previous.is_null() {
        nest(&mut frame)?;
    }
    rt.frame.set(&raw const frame);
    if let Some(library) = library {
        library.enter();
    }
    // SAFETY: errno's place is this thread's.
    unsafe { errno.write(rt.errno.get()) };
    let result = call();
    // SAFETY: as above.
    rt.errno.set(unsafe { errno.read() });
    rt.frame.set(frame.previous);
    let failed = frame.failed.get();
    if failed || !stay {
        done(rt, library);
    }
    if failed {
        rt.push_error(lua, &frame);
        return Err(Error::alone(Fault::OnTop));
    }
    if rt.gate.noticed.load(Ordering::Relaxed) && !(rt.report_missed.get())(rt, lua) {
        if stay {
            done(rt, library);
        }
        return Err(Error::alone(BAD_CALLBACK));
    }
    Ok(result)
}

/// Links a frame to the call that is around it.
fn nest(frame: &mut Frame) -> Result<()> {
    // A C function that jumped out of an earlier call left that call's frame behind: an inner frame
    // of a call that is over. The stack grows down, so a live outer frame has a higher address.
    while !frame.previous.is_null() && frame.previous.addr() < std::ptr::from_mut(frame).addr() {
        // SAFETY: the chain of such frames lies in stack memory below an outer live one; it is read,
        // at worst, as stale bytes of ours.
        frame.previous = unsafe { (*frame.previous).previous };
    }
    // SAFETY: what is left of the chain is live.
    if let Some(outer) = unsafe { frame.previous.as_ref() } {
        frame.depth = outer.depth + 1;
        if frame.depth > MAX_DEPTH {
            return Err(Error::call(Fault::Text("C stack overflow: calls and callbacks are nested too deeply")));
        }
    }
    Ok(())
}

/// Ends a call: nothing of the library or of given-up memory is read any more.
#[inline(always)]
fn done(rt: &Runtime, library: Option<&LoadedLibrary>) {
    if let Some(library) = library {
        library.leave();
    }
    if rt.holds_memory.get() {
        rt.release_given_up();
    }
}
