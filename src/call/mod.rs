//! The one call engine: Lua arguments into a frame, the call, the result back. A signature is
//! compiled once (`lunaffi_core::signature`); a call allocates nothing, hashes nothing and compares
//! no strings, unless it is variadic, has a struct result or more arguments than usual. `general`
//! makes every call, through libffi; `registers` makes those that need no stack, faster.

mod bound;
pub mod fast;
mod libffi;
mod library;
mod object;
mod registers;
mod variadic;

pub use bound::{Binding, Bound, push_bound};
pub use library::LoadedLibrary;
pub use object::{function_object, push_function_object, raise as raise_of_object, wrong_count};
pub use variadic::{extra_by_value, invoke_variadic};

use crate::convert::PointerAs;
use crate::lua::{Error, Fault, Kind, Result, State};
use crate::runtime::frames::Running;
use crate::runtime::thread::{self, errno_location};
use crate::runtime::{Cx, Runtime, pending};
use lunaffi_core::abi::RESULT_SIZE;
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Region;
use lunaffi_core::signature::Signature;
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
pub struct Callee<'a> {
    pub code: *const c_void,
    pub owner: Owner<'a>,
    pub rules: &'static Rules,
}

/// Who can take a function away.
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    Nobody,
    /// The library that it was found in, which stays loaded during the call.
    Library(&'static LoadedLibrary),
    /// Whoever the memory belongs to that a pointer to it points to.
    Pointer(&'a Region),
}

impl Owner<'_> {
    #[inline(always)]
    fn library(self) -> Option<&'static LoadedLibrary> {
        match self {
            Owner::Library(library) => Some(library),
            Owner::Nobody | Owner::Pointer(_) => None,
        }
    }

    /// Fails when the function is gone: a finalizer may have seen to that while arguments were converted.
    #[inline]
    fn check(self) -> Result<()> {
        match self {
            Owner::Library(library) if library.is_closed() => Err(Error::call(Fault::Text("library is closed"))),
            Owner::Pointer(region) => region.check_life().map_err(Error::call),
            Owner::Library(_) | Owner::Nobody => Ok(()),
        }
    }
}

/// Leaves the runtime what earlier modules need of this one.
pub fn install(rt: &Runtime) {
    rt.function_code.set(bound::code_of);
}

/// Calls a C function with the arguments from the stack index `first` to the top; pushes its result
/// and then the values of its `Ref` cells. Errors count arguments by `cx.skip`.
#[inline]
pub fn invoke(cx: Cx, signature: &Signature, callee: Callee<'_>, first: c_int) -> Result<c_int> {
    let expected = signature.args.len();
    let got = (cx.lua.top() - first + 1) as usize;
    if got != expected {
        return Err(Error::alone(Fault::Count { expected, got, at_least: false }));
    }
    callee.owner.check()?;
    match &signature.registers {
        Some(plan) => {
            let Callee { code, owner, rules } = callee;
            registers::invoke(cx.lua, cx.rt, signature, plan, code, owner, rules, first)
        }
        None => libffi::invoke(cx, signature, callee, first),
    }
}

/// `invoke` when the number of arguments is right, and the library open.
#[inline(always)]
pub fn invoke_function(
    lua: State,
    rt: &'static Runtime,
    signature: &Signature,
    code: *const c_void,
    owner: Owner<'_>,
    rules: &'static Rules,
    first: c_int,
) -> Result<c_int> {
    match &signature.registers {
        Some(plan) => registers::invoke(lua, rt, signature, plan, code, owner, rules, first),
        None => {
            let cx = Cx { lua, rt, name: b"", skip: first as isize - 1 };
            libffi::invoke(cx, signature, Callee { code, owner, rules }, first)
        }
    }
}

/// Pushes a view with memory of its own for a struct result and gives the memory.
fn push_result_record(lua: State, rt: &Runtime, signature: &Signature, rules: &Rules) -> *mut u8 {
    let (size, align) = (signature.result_size, signature.result_align);
    // libffi may fill full registers.
    let header = rt.kinds.push_owner(lua, rules.values.records, signature.result, size.max(RESULT_SIZE), align);
    if size < RESULT_SIZE {
        header.region = header.region.bounded(size);
    }
    // SAFETY: the memory is the new object's own, which stays while it is on the stack.
    unsafe { header.region.granted(0) }
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
    let begun = begin(lua, rt, library)?;
    let result = call();
    end(lua, rt, begun, library, stay)?;
    Ok(result)
}

/// A call that has begun, and the place of its thread's `errno`.
#[derive(Clone, Copy)]
struct Begun {
    running: Running,
    errno: *mut c_int,
}

/// Begins a call: makes it known to callbacks and to the closing of libraries, and puts `errno` in.
#[inline(always)]
fn begin(lua: State, rt: &'static Runtime, library: Option<&LoadedLibrary>) -> Result<Begun> {
    let errno = errno_location();
    if rt.gate.thread.load(Ordering::Relaxed) != errno.addr() {
        thread::enter(&rt.gate);
    }
    let library = library.map_or(std::ptr::null(), LoadedLibrary::identity);
    let running = rt.frames.begin(rt, lua, library, errno.addr())?;
    // SAFETY: errno's place is this thread's.
    unsafe { errno.write(rt.errno.get()) };
    Ok(Begun { running, errno })
}

/// Ends a call: takes `errno` out, and sees to what happened meanwhile.
#[inline(always)]
fn end(lua: State, rt: &'static Runtime, begun: Begun, library: Option<&LoadedLibrary>, stay: bool) -> Result<()> {
    // SAFETY: errno's place is this thread's.
    rt.errno.set(unsafe { begun.errno.read() });
    if rt.pending() != 0 {
        return do_pending(lua, rt, begun.running, library, stay);
    }
    rt.frames.end(begun.running);
    if stay && let Some(library) = library {
        library.hold();
    }
    Ok(())
}

/// A call has returned, and something happened meanwhile.
#[cold]
#[inline(never)]
fn do_pending(lua: State, rt: &Runtime, running: Running, library: Option<&LoadedLibrary>, stay: bool) -> Result<()> {
    let error = rt.frames.failed(running);
    rt.frames.end(running);
    if stay && let Some(library) = library {
        library.hold();
    }
    if stay && error.is_some() {
        done(rt, library);
    } else if !stay {
        settle(rt, library);
    }
    if let Some(place) = error {
        if !rt.frames.any_failed() {
            rt.take_pending(pending::FAILED);
        }
        rt.push_error(lua, place);
        return Err(Error::alone(Fault::OnTop));
    }
    let to_tell = rt.pending() & (pending::MISSED | pending::FREED) != 0;
    if to_tell && !(rt.report_missed.get())(rt, lua) {
        if stay {
            done(rt, library);
        }
        return Err(Error::alone(BAD_CALLBACK));
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
    let bits = rt.pending();
    if bits & pending::MEMORY != 0 {
        rt.free_deferred();
    }
    if bits & pending::LIBRARY != 0 {
        if rt.frames.oldest().is_none() {
            rt.take_pending(pending::LIBRARY);
        }
        if let Some(library) = library {
            library.unload_if_idle(rt);
        }
    }
}
