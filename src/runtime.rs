//! What one Lua state has of lunaffi: the type table, the signatures, the metatables, the innermost
//! running call, errno. It lives in a userdata in the registry and ends with the state.

pub mod cache;
pub mod dispatch;
pub mod frames;
mod text;
pub mod thread;

use self::frames::{Caller, Frames, MAX_DEPTH};
use crate::lua::error::ErrorContext;
use crate::lua::payload::OwnedValue;
use crate::lua::{Error, Fault, Kind, Kinds, Result, STACK_OVERFLOW, State, Still, Tagged, lua_State};
use crate::memory;
use lunaffi_core::ctype::{Slot, TypeId, TypeTable};
use lunaffi_core::mem::Blocks;
use lunaffi_core::signature::Signatures;
use lunaffi_core::stack::Room;
use lunaffi_cparse::{self as cparse, Declarations, Param, ParseError};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// The names that a text of C declarations declares, in order.
type DeclaredNames = Vec<Rc<str>>;

/// The per-state root.
pub struct Runtime {
    /// Cleared when the state closes. Finalizers of objects older than the module may still call it
    /// after that; they are told so.
    open: Cell<bool>,
    /// The state's main thread, if known.
    main: Cell<*mut lua_State>,
    pub kinds: Kinds,
    pub types: TypeTable<'static>,
    pub signatures: Signatures,
    /// What names of C mean.
    pub declarations: Declarations,
    /// How many texts of types `refs.type_texts` has.
    pub known_texts: Cell<u32>,
    /// What C types are to an API without cdata, by their names.
    pub c_slots: RefCell<HashMap<Box<[u8]>, Slot>>,
    /// The names that each text, which a library was bound by, declares.
    pub declared_texts: RefCell<HashMap<Box<[u8]>, DeclaredNames>>,
    /// The text of the last `Fault::Noted`.
    note: RefCell<Vec<u8>>,
    /// The running calls of C functions.
    pub frames: Frames,
    /// `errno` as the last call left it.
    pub errno: Cell<c_int>,
    /// The C stack of the thread that ran Lua last: what runs Lua, and is run by it, needs room there.
    pub room: Room,
    /// The handler of errors in callbacks is running.
    pub reporting: Cell<bool>,
    pub gate: Arc<ThreadGate>,
    /// Runs callbacks that no call of ours is waiting for. Anchored in the registry.
    pub spare_thread: Cell<*mut lua_State>,
    /// Memory that was given up while calls were running, with the number of the last of them: C may still
    /// use it until they return.
    deferred_frees: RefCell<Vec<(u64, Blocks)>>,
    /// References into the registry.
    pub refs: Refs,
    /// What was found before.
    pub known: cache::Caches,
    /// The bytes that `refs.push_long_text` makes a string of.
    #[cfg(collects_first)]
    long_text: Cell<*const [u8]>,
    /// Bytes taken outside of Lua since the collector was last told.
    untold: Cell<usize>,
    /// The number of the next arena.
    pub next_arena: Cell<i64>,
    /// The callbacks that are alive, by address; `callback` owns them.
    pub callbacks: RefCell<HashSet<*mut c_void>>,
    /// The records of callbacks that were made by converting a function to a C type, by their code.
    pub converted: RefCell<HashMap<usize, *mut c_void>>,
    /// How `callback` makes one of the function at an index, for a function type or a pointer to one;
    /// `None` when C cannot call it by that type.
    pub make_callback: Cell<MakeCallback>,
    /// What `callback` does when the state closes.
    pub at_close: Cell<Option<fn(&Runtime)>>,
    /// What `callback` does when callbacks were turned away; false when the call has to fail for it.
    pub report_missed: Cell<fn(&Runtime, State) -> bool>,
    /// What an address of a function becomes; `api::alien` says.
    pub push_function: Cell<fn(State, &Runtime, *mut c_void)>,
    /// The code of a Lua function that is a C function; `call` knows.
    pub function_code: Cell<fn(State, c_int) -> Option<*mut c_void>>,
    /// Accesses through cdata are checked.
    pub bounds: Cell<bool>,
    /// A 64-bit integer that C gives is a plain integer of Lua's where that can hold it.
    pub native_int64: Cell<bool>,
    /// A variadic function gets Lua's integers as integers.
    pub integer_varargs: Cell<bool>,
    /// A variadic function gets structs by value.
    pub struct_varargs: Cell<bool>,
    /// Some type has a metatable.
    pub metatypes: Cell<u32>,
}

/// Makes a callback by conversion.
pub type MakeCallback = fn(Cx, c_int, TypeId) -> std::result::Result<Option<*mut c_void>, Fault>;

/// Registry references that are made once.
#[derive(Default)]
pub struct Refs {
    /// Object -> its finalizer, weak keys (where a userdata has no user value of its own).
    pub finalizers: Cell<c_int>,
    /// `FILE*`, by which Lua's registry keeps the metatable of files.
    pub file_name: Cell<c_int>,
    /// The function that makes a string of `Runtime::long_text`.
    #[cfg(collects_first)]
    push_long_text: Cell<c_int>,
    /// The function that runs a callback's Lua function.
    pub callback_body: Cell<c_int>,
    /// The errors of failed callbacks, by the depth of the call that has to raise them. All places
    /// are made beforehand: keeping an error takes no memory.
    pub errors: Cell<c_int>,
    /// Object -> what its memory points to, weak keys (where a userdata has no table of its own).
    pub pins: Cell<c_int>,
    /// Strings and definitions that are known by their identity: kept for good.
    pub names: Cell<c_int>,
    /// A dictionary of a string buffer -> the number of each of its entries, weak keys.
    pub string_dictionaries: Cell<c_int>,
    pub metatable_dictionaries: Cell<c_int>,
    /// The metatable of `OwnedValue`s.
    pub owned_values: Cell<c_int>,
    /// A C type's text -> its number.
    pub type_texts: Cell<c_int>,
    /// A C type's number -> its ctype object.
    pub ctypes: Cell<c_int>,
    /// A C type's number -> its metatable.
    pub metatypes: Cell<c_int>,
    /// What pointers to functions have as members.
    pub function_methods: Cell<c_int>,
    /// Functions of Lua's own that the LuaJIT API extends.
    pub former: Cell<c_int>,
    /// The error of a callback that the C stack has no room for.
    pub stack_overflow: Cell<c_int>,
    /// What is told of errors in callbacks that no call waits for; 0 for none.
    pub callback_error_handler: Cell<c_int>,
}

/// What has to be done when a call returns, as bits: nearly always nothing.
pub mod pending {
    /// The innermost call's callback failed.
    pub const FAILED: u32 = 1;
    /// Foreign threads were turned away.
    pub const MISSED: u32 = 2;
    /// Memory was given up while a call was running.
    pub const MEMORY: u32 = 4;
    /// A library was closed while a call was inside.
    pub const LIBRARY: u32 = 8;
    /// A freed callback was called that has to be an error then.
    pub const FREED: u32 = 16;
}

/// What a callback on a foreign thread may look at.
#[derive(Default)]
pub struct ThreadGate {
    /// The thread that ran Lua last: where its errno is; 0 when it has ended.
    pub thread: AtomicUsize,
    /// What the next call that returns has to see to, from `pending`.
    pub pending: AtomicU32,
}

impl ThreadGate {
    /// A call that returns shall see to something.
    pub fn set_pending(&self, to: u32) {
        self.pending.fetch_or(to, Ordering::Relaxed);
    }
}

static REGISTRY_KEY: u8 = 0;

impl Runtime {
    /// Pushes the state's runtime userdata, made by the first caller; true when it is new, with
    /// everything in it still to be registered.
    pub fn push(lua: State) -> bool {
        let key = (&raw const REGISTRY_KEY).cast();
        lua.get_private(State::REGISTRY, key);
        if !lua.is_nil(-1) {
            return false;
        }
        lua.pop(1);
        // With its metatable, so that what fails behind this leaks nothing.
        lua.new_table(0, 1);
        let place = lua.new_userdata(size_of::<Runtime>(), false).cast::<Runtime>();
        lua.copy(-1);
        lua.push_closure(close_runtime, 1);
        lua.set_field(-3, b"__gc");
        lua.insert(-2);
        let types = TypeTable::new();
        // SAFETY: fresh memory of that size; Lua aligns it for any of the runtime's members.
        unsafe {
            place.write(Runtime {
                open: Cell::new(true),
                main: Cell::new(std::ptr::null_mut()),
                kinds: Kinds::default(),
                declarations: Declarations::new(&types),
                types,
                known_texts: Cell::new(0),
                c_slots: RefCell::default(),
                declared_texts: RefCell::default(),
                signatures: signatures(),
                note: RefCell::default(),
                frames: Frames::default(),
                errno: Cell::new(0),
                room: Room::new(),
                reporting: Cell::new(false),
                gate: Arc::default(),
                spare_thread: Cell::new(std::ptr::null_mut()),
                deferred_frees: RefCell::default(),
                refs: Refs::default(),
                known: cache::Caches::default(),
                #[cfg(collects_first)]
                long_text: Cell::new(&[]),
                untold: Cell::new(0),
                next_arena: Cell::new(1),
                callbacks: RefCell::default(),
                converted: RefCell::default(),
                make_callback: Cell::new(|_, _, _| Ok(None)),
                at_close: Cell::new(None),
                push_function: Cell::new(|lua, _, _| lua.push_nil()),
                function_code: Cell::new(|_, _| None),
                report_missed: Cell::new(|_, _| true),
                bounds: Cell::new(true),
                native_int64: Cell::new(false),
                integer_varargs: Cell::new(false),
                struct_varargs: Cell::new(false),
                metatypes: Cell::new(0),
            });
        }
        lua.set_metatable(-2);
        // SAFETY: written above.
        let rt = unsafe { &*place };
        thread::enter(&rt.gate);
        rt.spare_thread.set(lua.new_thread().as_ptr());
        lua.make_ref();
        let dictionaries = [&rt.refs.string_dictionaries, &rt.refs.metatable_dictionaries];
        for weak in [&rt.refs.finalizers, &rt.refs.pins, &rt.kinds.kept].into_iter().chain(dictionaries) {
            lua.new_table(0, 0);
            lua.new_table(0, 1);
            lua.push_bytes(b"k");
            lua.set_field(-2, b"__mode");
            lua.set_metatable(-2);
            weak.set(lua.make_ref());
        }
        lua.new_table(MAX_DEPTH as c_int + 1, 0);
        for depth in 0..=MAX_DEPTH {
            lua.push_bool(false);
            lua.raw_set_index(-2, depth as c_int + 1);
        }
        rt.refs.errors.set(lua.make_ref());
        lua.new_table(0, 0);
        rt.refs.names.set(lua.make_ref());
        for table in [&rt.refs.type_texts, &rt.refs.ctypes] {
            lua.new_table(0, 0);
            table.set(lua.make_ref());
        }
        rt.refs.owned_values.set(OwnedValue::install(lua));
        lua.push_bytes(b"FILE*");
        rt.refs.file_name.set(lua.make_ref());
        text::install(lua, rt);
        true
    }

    /// Makes the runtime at `index` the state's own, when all of it is there: what fails before leaves
    /// nothing half made behind.
    pub fn publish(lua: State, index: c_int) {
        lua.copy(index);
        lua.set_private(State::REGISTRY, (&raw const REGISTRY_KEY).cast());
        // SAFETY: by the callers the runtime's userdata, which the registry keeps now.
        dispatch::publish(lua, unsafe { Runtime::at(lua, index) });
    }

    /// The runtime in the userdata at `index`.
    ///
    /// # Safety
    /// The userdata was made by `push`.
    #[inline]
    pub unsafe fn at(lua: State, index: c_int) -> &'static Runtime {
        // SAFETY: by the caller; the registry keeps the userdata as long as the state.
        unsafe { &*lua.userdata(index).cast::<Runtime>() }
    }

    /// The state is not closing.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.open.get()
    }

    /// Declares what a text of C says; gives the ordinary names in it.
    pub fn declare(&self, text: &[u8], params: &[Param]) -> std::result::Result<Vec<Rc<str>>, ParseError> {
        let names = cparse::declare(&self.types, &self.declarations, text, params)?;
        // What was incomplete may not be so any more.
        self.c_slots.borrow_mut().clear();
        Ok(names)
    }

    /// Keeps a text for a `Fault::Noted`.
    pub fn note(&self, text: impl Into<Vec<u8>>) -> Fault {
        *self.note.borrow_mut() = text.into();
        Fault::Noted
    }

    /// A call that returns shall see to something.
    pub fn set_pending(&self, to: u32) {
        self.gate.set_pending(to);
    }

    /// What calls that return have to see to.
    #[inline(always)]
    pub fn pending(&self) -> u32 {
        self.gate.pending.load(Ordering::Relaxed)
    }

    /// It has been seen to; true if there was something.
    pub fn take_pending(&self, to: u32) -> bool {
        self.gate.pending.fetch_and(!to, Ordering::Relaxed) & to != 0
    }

    /// Pops the error of a callback and keeps it for the call that has to raise it; false when that is over.
    /// Needs no memory.
    pub fn keep_error(&self, lua: State, caller: Caller) -> bool {
        let Some(place) = self.frames.fail(caller) else { return false };
        self.set_pending(pending::FAILED);
        lua.push_ref(self.refs.errors.get());
        lua.insert(-2);
        lua.raw_set_index(-2, place);
        lua.pop(1);
        true
    }

    /// Pushes the error that was kept at a place. Needs no memory.
    #[cold]
    pub fn push_error(&self, lua: State, place: c_int) {
        lua.push_ref(self.refs.errors.get());
        lua.raw_get_index(-1, place);
        lua.push_bool(false);
        lua.raw_set_index(-3, place);
        lua.remove(-2);
    }

    /// Releases memory that a script gave up, at once or when the calls that run now have returned.
    pub fn release(&self, blocks: Blocks) {
        let Some(last) = self.frames.newest() else { return };
        let mut deferred_frees = self.deferred_frees.borrow_mut();
        if deferred_frees.try_reserve(1).is_err() {
            // There is no memory to remember it by: it stays.
            std::mem::forget(blocks);
            return;
        }
        deferred_frees.push((last, blocks));
        self.set_pending(pending::MEMORY);
    }

    /// A call has returned: releases what was given up, as far as no call that was running then still is.
    #[cold]
    pub fn free_deferred(&self) {
        let oldest = self.frames.oldest().unwrap_or(u64::MAX);
        let mut deferred_frees = self.deferred_frees.borrow_mut();
        deferred_frees.retain(|(last, _)| *last >= oldest);
        if deferred_frees.is_empty() {
            self.take_pending(pending::MEMORY);
        }
    }

    /// Counts memory taken outside of Lua, so that the collector keeps up with it. May run finalizers.
    pub fn took(&self, lua: State, bytes: usize) {
        const STEP: usize = 1 << 20;
        let untold = self.untold.get().saturating_add(bytes);
        if untold < STEP {
            self.untold.set(untold);
        } else {
            self.untold.set(0);
            lua.external_memory(untold);
        }
    }
}

/// The switch between the two ways of calling: `LUNAFFI_CALLS=libffi` in the environment leaves only
/// the general one.
fn signatures() -> Signatures {
    if std::env::var_os("LUNAFFI_CALLS").is_some_and(|way| way == "libffi") {
        Signatures::without_registers()
    } else {
        Signatures::default()
    }
}

/// `__gc` of the runtime.
unsafe extern "C-unwind" fn close_runtime(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    let place = lua.userdata(State::upvalue(1)).cast::<Runtime>();
    // SAFETY: the upvalue is the runtime. What is dropped here is dropped once (`open` tells); its
    // memory stays, and `open` and the identities of kinds stay readable in it.
    unsafe {
        if (*place).open.replace(false) {
            dispatch::withdraw(&*place);
            if let Some(end) = (*place).at_close.get() {
                end(&*place);
            }
            // A finalizer that runs while the state closes may collect garbage, which runs this one in the middle of
            // whatever the other does: a function of ours may be under way, and still needs what is here. Nothing
            // runs later than that could, so it stays.
            if !lua.is_called_by_any() {
                (*place).kinds.forget();
                std::ptr::drop_in_place(place);
            }
        }
    }
    0
}

/// What a function that Lua calls works with.
#[derive(Clone, Copy)]
pub struct Cx {
    pub lua: State,
    pub rt: &'static Runtime,
    /// The function's name, for errors.
    pub name: &'static [u8],
    /// Leading arguments that errors do not count (1 for a method's receiver). As wide as the other
    /// members: copying padding costs a stall on the way of every call.
    pub skip: isize,
}

/// `Cx::guard` of what uses none of the Lua API.
#[inline]
pub fn guard<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    const { assert!(!std::mem::needs_drop::<T>(), "what leaves the guard must not need a drop") };
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(Error::alone(Fault::Bug)))
}

/// What code works with that neither raises nor collects garbage.
#[derive(Clone, Copy)]
pub struct Look {
    pub lua: Still,
    pub rt: &'static Runtime,
}

impl Cx {
    /// The part of it that allocates nothing.
    #[inline(always)]
    pub fn look(self) -> Look {
        Look { lua: *self.lua, rt: self.rt }
    }

    /// The context of a running function whose first upvalue is the runtime.
    ///
    /// # Safety
    /// Called by Lua in a closure made with `register` functions of this crate.
    #[inline]
    pub unsafe fn enter(state: *mut lua_State, name: &'static str, skip: isize) -> Cx {
        // SAFETY: by the caller.
        let lua = unsafe { State::new(state) };
        let rt = match dispatch::runtime(state) {
            Some(rt) => rt,
            // SAFETY: by the caller.
            None => unsafe { open_runtime(lua) },
        };
        Cx { lua, rt, name: name.as_bytes(), skip }
    }

    /// Raises the error. Nothing that needs to be dropped may be alive in the callers.
    #[cold]
    pub fn raise(self, error: Error) -> ! {
        self.error_context().raise(error)
    }

    /// Raises an error at the last line of the function of that reference.
    #[cold]
    pub fn raise_at_end_of(self, function: c_int, error: Error) -> ! {
        self.error_context().raise_at(error, |lua| {
            lua.push_ref(function);
            lua.push_end_of_function();
        })
    }

    fn error_context(&self) -> ErrorContext<'_> {
        // SAFETY: the note is written only by code that runs before its fault is raised; rendering
        // calls nothing that writes it.
        let note = unsafe { (*self.rt.note.as_ptr()).as_slice() };
        ErrorContext { lua: self.lua, name: self.name, skip: self.skip, types: &self.rt.types, note }
    }

    /// The fault of a value in which a part is wrong.
    #[cold]
    pub fn nested(self, inner: Error) -> Fault {
        if matches!(inner.fault, Fault::OnTop) {
            return inner.fault;
        }
        self.error_context().describe(inner, |text| self.rt.note(text))
    }

    /// Fails when the C stack has no room for one more level of a value.
    pub fn descend(self) -> Result<()> {
        if self.rt.room.is_left() { Ok(()) } else { Err(Error::alone(Fault::Text(STACK_OVERFLOW))) }
    }

    /// Runs code that owns what must be dropped, if there is memory. It may use only those parts of the Lua
    /// API that cannot raise; a panic becomes `Fault::Bug`.
    #[inline]
    pub fn guard<T>(self, body: impl FnOnce() -> Result<T>) -> Result<T> {
        if !memory::is_there() {
            return Err(Error::alone(Fault::Memory));
        }
        guard(body)
    }

    /// `guard` for code that makes what the state keeps, or that reads a text of C of so many bytes.
    pub fn grow<T>(self, text: usize, body: impl FnOnce() -> Result<T>) -> Result<T> {
        // Most texts take less than half of this; a short one may ask for copies of many members. Tables
        // that are full are moved to larger ones.
        const TEXT: usize = 16 << 20;
        const BYTE: usize = 64;
        const ENTRY: usize = 160;
        let rt = self.rt;
        let kept = rt.types.count() + rt.declarations.count() + rt.signatures.count() + rt.callbacks.borrow().len();
        let read = if text == 0 { 0 } else { TEXT.saturating_add(text.saturating_mul(BYTE)) };
        if !memory::is_there_for(read.saturating_add(kept.saturating_mul(ENTRY))) {
            return Err(Error::alone(Fault::Memory));
        }
        guard(body)
    }

    /// The payload of an argument of that kind.
    #[inline]
    pub fn argument<T>(self, index: c_int, kind: Kind) -> Result<&'static T> {
        match self.rt.kinds.get(*self.lua, index, kind) {
            // SAFETY: the metatable's identity says that the payload is the kind's, which the caller
            // names with `T`; it stays while it is on the stack.
            Some(payload) => Ok(unsafe { &*payload.cast::<T>() }),
            None => Err(Error::arg(index, Fault::Expected(kind.name()))),
        }
    }

    /// The payload of a method's receiver.
    #[inline]
    pub fn receiver<T>(self, kind: Kind) -> Result<&'static T> {
        self.argument(1, kind).map_err(|e| Error { at: crate::lua::At::This, ..e })
    }

    /// The same of a hot metamethod: `Kinds::receiver` says how it is told.
    #[inline(always)]
    pub fn quick_receiver<T: Tagged>(self, kind: Kind) -> Result<&'static T> {
        self.rt.kinds.receiver(*self.lua, kind).map_or_else(|| self.receiver(kind), Ok)
    }
}

/// The runtime of the running function, if its state is open.
///
/// # Safety
/// As `Cx::enter`.
#[inline(never)]
unsafe fn open_runtime(lua: State) -> &'static Runtime {
    // SAFETY: by the caller.
    let rt = unsafe { Runtime::at(lua, State::upvalue(1)) };
    if rt.open.get() {
        return rt;
    }
    lua.push_position();
    lua.push_bytes(b"lunaffi is closed: its Lua state is closing");
    lua.concat(2);
    lua.error()
}

/// Runs a function of lunaffi that Lua calls as `name`; errors do not count its first `skip` arguments.
///
/// # Safety
/// Called by Lua with its running state, in a closure that is registered with the runtime.
#[inline(always)]
pub unsafe fn run(
    state: *mut lua_State,
    name: &'static str,
    skip: isize,
    function: impl FnOnce(Cx) -> Result<c_int>,
) -> c_int {
    // SAFETY: by the caller.
    let cx = unsafe { Cx::enter(state, name, skip) };
    match function(cx) {
        Ok(count) => count,
        Err(error) => cx.raise(error),
    }
}

/// The name that errors give a function: that of a metamethod is said without its underscores.
pub const fn said(name: &str) -> &str {
    match name.as_bytes() {
        [b'_', b'_', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Makes the C function that Lua calls from a `fn(Cx) -> Result<c_int>` and the name that errors give it. The
/// function may call the raising parts of the Lua API as long as no local of it needs to be dropped; what owns
/// memory goes into `cx.guard`. `method` leaves the receiver out of argument numbers.
macro_rules! c_function {
    (method $name:expr => $function:expr) => { crate::runtime::c_function!(@ 1, $name, $function) };
    (@ $skip:literal, $name:expr, $function:expr) => {{
        unsafe extern "C-unwind" fn called_by_lua(state: *mut crate::lua::lua_State) -> std::ffi::c_int {
            // SAFETY: Lua calls this with its running state; it is registered with the runtime.
            unsafe { crate::runtime::run(state, const { $name }, $skip, $function) }
        }
        called_by_lua as crate::lua::lua_CFunction
    }};
    ($name:expr => $function:expr) => { crate::runtime::c_function!(@ 0, $name, $function) };
}
pub(crate) use c_function;

/// Makes a table of named functions: `entries!["open" => open, method "read" => read]`. `raw` names a C function
/// as it is; `as` gives the name for errors where it is another.
macro_rules! entries {
    (@ [$($done:expr,)*]) => { &[$($done),*] };
    (@ [$($done:expr,)*] raw $name:literal => $function:expr $(, $($rest:tt)*)?) => {
        crate::runtime::entries!(@ [$($done,)* ($name, $function),] $($($rest)*)?)
    };
    (@ [$($done:expr,)*] method $name:literal as $says:literal => $function:expr $(, $($rest:tt)*)?) => {
        crate::runtime::entries!(@ [$($done,)* ($name, crate::runtime::c_function!(method $says => $function)),] $($($rest)*)?)
    };
    (@ [$($done:expr,)*] method $name:literal => $function:expr $(, $($rest:tt)*)?) => {
        crate::runtime::entries!(@ [$($done,)* ($name, crate::runtime::c_function!(method crate::runtime::said($name) => $function)),] $($($rest)*)?)
    };
    (@ [$($done:expr,)*] $name:literal as $says:literal => $function:expr $(, $($rest:tt)*)?) => {
        crate::runtime::entries!(@ [$($done,)* ($name, crate::runtime::c_function!($says => $function)),] $($($rest)*)?)
    };
    (@ [$($done:expr,)*] $name:literal => $function:expr $(, $($rest:tt)*)?) => {
        crate::runtime::entries!(@ [$($done,)* ($name, crate::runtime::c_function!(crate::runtime::said($name) => $function)),] $($($rest)*)?)
    };
    (@ $($other:tt)*) => { compile_error!(stringify!($($other)*)) };
    ($($all:tt)*) => { crate::runtime::entries!(@ [] $($all)*) };
}
pub(crate) use entries;

/// A named function to be registered.
pub type FunctionEntry = (&'static str, crate::lua::lua_CFunction);

/// Sets closures over the runtime (at the stack index `runtime`) as fields of the table on the top.
pub fn set_functions(lua: State, runtime: c_int, entries: &[FunctionEntry]) {
    let runtime = lua.abs(runtime);
    for &(name, function) in entries {
        lua.copy(runtime);
        lua.push_closure(function, 1);
        lua.set_field(-2, name.as_bytes());
    }
}
