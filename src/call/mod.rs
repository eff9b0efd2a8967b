//! The one call engine: Lua arguments into a frame, the call, the result back. A signature is
//! compiled once (`lunaffi_core::signature`); a call allocates nothing, hashes nothing and compares
//! no strings, unless it is variadic, has a struct result or more arguments than usual. `general`
//! makes every call, through libffi; `registers` makes those that need no stack, faster.

mod bound;
mod general;
mod library;
mod object;
pub mod plain;
mod registers;
mod variadic;

pub use bound::{Binding, Bound, push_bound};
pub use library::LoadedLibrary;
pub use object::{function_object, push_function_object, raise as raise_of_object, wrong_count};
pub use variadic::{extra_by_value, invoke_variadic};

use crate::convert::PointerAs;
use crate::lua::{Error, Fault, Kind, Result, STACK_OVERFLOW, State};
use crate::runtime::{Cx, Frame, MAX_DEPTH, Runtime, attention, errno_location};
use lunaffi_core::abi::RESULT_SIZE;
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Region;
use lunaffi_core::signature::Signature;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::Ordering;

/// What a callback answers that is none, or none any more, where that is an error.
pub const BAD_CALLBACK: Fault = Fault::Text("bad callback");

/// How values pass.
#[derive(Clone, Copy)]
pub struct Values {
    /// What an untyped pointer becomes.
    pub pointers: PointerAs,
    /// What a struct by value becomes.
    pub records: Kind,
    /// A callback may give a Lua string where C expects any pointer.
    pub strings_as_pointers: bool,
    /// A callback may be given other types later, at the same address.
    pub retyped: bool,
    /// A fault in the front end's own words.
    pub words: fn(Fault) -> Fault,
}

impl Values {
    /// Pointers and structs as objects.
    pub const OBJECTS: Values = Values {
        pointers: PointerAs::Raw,
        records: Kind::StructView,
        strings_as_pointers: false,
        retyped: false,
        words: |fault| fault,
    };
    /// Structs as `cdata`.
    pub const CDATA: Values = Values { records: Kind::Cdata, ..Values::OBJECTS };
}

/// What the front ends differ in.
pub struct Rules {
    pub values: Values,
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

/// Leaves the runtime what earlier modules need of this one.
pub fn install(rt: &Runtime) {
    rt.function_code.set(bound::code_of);
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

/// `invoke` when the number of arguments is right, and the library open.
#[inline(always)]
pub fn invoke_function(
    lua: State,
    rt: &'static Runtime,
    signature: &Signature,
    code: *const c_void,
    library: Option<&'static LoadedLibrary>,
    rules: &'static Rules,
    first: c_int,
) -> Result<c_int> {
    match &signature.registers {
        Some(plan) => registers::invoke(lua, rt, signature, plan, code, library, rules, first),
        None => {
            let cx = Cx { lua, rt, name: b"", skip: first as isize - 1 };
            general::invoke(cx, signature, Callee { code, library, rules }, first)
        }
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
fn push_result_record(lua: State, rt: &Runtime, signature: &Signature, rules: &Rules) -> *mut u8 {
    let (size, align) = (signature.result_size, signature.result_align);
    // libffi may fill full registers.
    let header = rt.kinds.push_owner(lua, rules.values.records, signature.result, size.max(RESULT_SIZE), align);
    if size < RESULT_SIZE {
        header.region = Region::block(header.region.addr, size).with_flags(header.region.flags);
    }
    header.region.addr
}

/// Makes the call that `call` makes, with what surrounds it. With `stay` the library stays until `done`.
#[inline(always)]
fn transfer<T>(
    lua: State,
    rt: &'static Runtime,
    library: Option<&LoadedLibrary>,
    stay: bool,
    call: impl FnOnce() -> T,
) -> Result<T> {
    let mut frame = new_frame(lua, rt, library);
    let errno = begin(rt, &mut frame)?;
    let result = call();
    end(lua, rt, &frame, errno, library, stay)?;
    Ok(result)
}

/// What callbacks and the closing of libraries look for, before it is linked.
#[inline(always)]
fn new_frame(lua: State, rt: &Runtime, library: Option<&LoadedLibrary>) -> Frame {
    Frame {
        lua: lua.as_ptr(),
        previous: rt.frame.get(),
        library: library.map_or(std::ptr::null(), LoadedLibrary::identity),
        depth: 0,
        failed: Cell::new(false),
    }
}

/// Begins a call: links its frame, and puts `errno`, whose place it gives, in.
#[inline(always)]
fn begin(rt: &'static Runtime, frame: &mut Frame) -> Result<*mut c_int> {
    let errno = errno_location();
    if rt.thread.get() != errno.addr() {
        enter_thread(rt, errno.addr());
    }
    if !frame.previous.is_null() {
        nest(frame)?;
    }
    rt.frame.set(frame);
    // SAFETY: errno's place is this thread's.
    unsafe { errno.write(rt.errno.get()) };
    Ok(errno)
}

/// Ends a call: takes `errno` out, and sees to what happened meanwhile.
#[inline(always)]
fn end(
    lua: State,
    rt: &'static Runtime,
    frame: &Frame,
    errno: *mut c_int,
    library: Option<&LoadedLibrary>,
    stay: bool,
) -> Result<()> {
    // SAFETY: errno's place is this thread's.
    rt.errno.set(unsafe { errno.read() });
    rt.frame.set(frame.previous);
    if stay && let Some(library) = library {
        library.hold();
    }
    if rt.attention() != 0 { attend(lua, rt, frame, library, stay) } else { Ok(()) }
}

/// Lua runs on another thread than before.
#[cold]
fn enter_thread(rt: &Runtime, thread: usize) {
    rt.thread.set(thread);
    rt.gate.thread.store(thread, Ordering::Relaxed);
}

/// A call has returned, and something happened meanwhile.
#[cold]
#[inline(never)]
fn attend(lua: State, rt: &Runtime, frame: &Frame, library: Option<&LoadedLibrary>, stay: bool) -> Result<()> {
    let failed = frame.failed.get();
    if stay && failed {
        done(rt, library);
    } else if !stay {
        settle(rt, library);
    }
    if failed {
        rt.attended(attention::FAILED);
        rt.push_error(lua, frame);
        return Err(Error::alone(Fault::OnTop));
    }
    let to_tell = rt.attention() & (attention::MISSED | attention::FREED) != 0;
    if to_tell && !(rt.report_missed.get())(rt, lua) {
        if stay {
            done(rt, library);
        }
        return Err(Error::alone(BAD_CALLBACK));
    }
    Ok(())
}

/// Links a frame to the call that is around it.
#[cold]
#[inline(never)]
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
            return Err(Error::call(Fault::Text(STACK_OVERFLOW)));
        }
    }
    Ok(())
}

/// Ends a call that asked its library to stay: nothing of that or of given-up memory is read any more.
fn done(rt: &Runtime, library: Option<&LoadedLibrary>) {
    if let Some(library) = library {
        library.release(rt);
    }
    settle(rt, library);
}

/// Releases what waited for a call to return.
fn settle(rt: &Runtime, library: Option<&LoadedLibrary>) {
    let attention = rt.attention();
    if attention & attention::MEMORY != 0 {
        rt.release_given_up();
    }
    if attention & attention::LIBRARY != 0 {
        if rt.frame.get().is_null() {
            rt.attended(attention::LIBRARY);
        }
        if let Some(library) = library {
            library.unload_if_idle(rt);
        }
    }
}
