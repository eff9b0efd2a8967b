//! The calls of C functions that are running. A call is known by its number, which no other call of the
//! state ever has: calls run on any thread and any C stack, and end in any order.
//!
//! A call that a jump (C's `longjmp`, or an error of Lua's that C raises) has left never ends. That is found
//! out when
//!
//! * a call of the same coroutine that is around it ends, or a callback of that call returns: what a
//!   coroutine runs is nested;
//! * another call begins, or ends, on the thread's own C stack, at the same place or farther out.
//!
//! Until then, and on C stacks that a coroutine library made, it counts as running.

use super::{Runtime, thread};
use crate::lua::{Error, Fault, Result, STACK_OVERFLOW, State, lua_State};
use lunaffi_core::stack::stack_pointer;
use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::ops::Range;

/// So many calls may be inside of each other, through callbacks. Lua's own limit is below that on
/// all but LuaJIT, which has none.
pub const MAX_DEPTH: u32 = 200;

/// What is known of a running call.
struct Frame {
    /// The call's number; 0 for none.
    serial: Cell<u64>,
    /// The state that made it: a coroutine's, if a coroutine did.
    lua: Cell<*mut lua_State>,
    /// The library that it runs in, by identity; null for none.
    library: Cell<*const c_void>,
    /// Its place on the C stack. (Stacks grow down.)
    stack: Cell<usize>,
    /// The thread that it runs on.
    thread: Cell<usize>,
    /// How many calls are around this one.
    depth: Cell<u32>,
    /// A callback of this call failed; the error value is in the table of errors, at the frame's place.
    failed: Cell<bool>,
}

impl Frame {
    fn free() -> Frame {
        Frame {
            serial: Cell::new(0),
            lua: Cell::new(std::ptr::null_mut()),
            library: Cell::new(std::ptr::null()),
            stack: Cell::new(0),
            thread: Cell::new(0),
            depth: Cell::new(0),
            failed: Cell::new(false),
        }
    }

    #[inline(always)]
    fn fill(&self, serial: u64, lua: State, library: *const c_void, stack: usize, thread: usize, depth: u32) {
        self.serial.set(serial);
        self.lua.set(lua.as_ptr());
        self.library.set(library);
        self.stack.set(stack);
        self.thread.set(thread);
        self.depth.set(depth);
        self.failed.set(false);
    }

    /// A free place is on no stack.
    fn clear(&self) {
        self.serial.set(0);
        self.stack.set(0);
    }

    fn is_free(&self) -> bool {
        self.serial.get() == 0
    }

    /// The C code that runs now, at the place `here` of the stack, took the place of this call's.
    fn is_left(&self, own: &Range<usize>, here: usize) -> bool {
        self.stack.get() <= here && own.contains(&here) && own.contains(&self.stack.get())
    }
}

/// A call that has begun.
#[derive(Clone, Copy)]
pub struct Running {
    serial: u64,
    place: usize,
}

/// The call that a callback belongs to.
#[derive(Clone, Copy)]
pub struct Caller {
    running: Running,
    pub lua: *mut lua_State,
    /// An earlier callback of it failed.
    pub failed: bool,
}

/// The calls at a moment: how many had begun, and how many places were taken.
#[derive(Clone, Copy)]
pub struct Moment {
    last: u64,
    end: usize,
}

/// The running calls of a state.
pub struct Frames {
    /// The number of the last call that began.
    last: Cell<u64>,
    /// Behind the last place that is taken.
    end: Cell<usize>,
    first: Frame,
    /// The places from 1 on.
    others: UnsafeCell<Vec<Frame>>,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { last: Cell::new(0), end: Cell::new(0), first: Frame::free(), others: UnsafeCell::default() }
    }
}

impl Frames {
    #[inline]
    fn at(&self, place: usize) -> &Frame {
        match place.checked_sub(1) {
            None => &self.first,
            // SAFETY: nobody has a reference to a frame while `grow` adds one.
            Some(place) => unsafe { &(&*self.others.get())[place] },
        }
    }

    fn all(&self) -> impl Iterator<Item = (usize, &Frame)> {
        (0..self.end.get()).map(|place| (place, self.at(place))).filter(|(_, frame)| !frame.is_free())
    }

    /// The last frame, where nothing but nesting has happened: where all others are around it, and around
    /// the code that runs now at that place of the C stack.
    #[inline(always)]
    fn innermost(&self, thread: usize, stack: usize) -> Option<&Frame> {
        let last = self.end.get().checked_sub(1)?;
        let frame = self.at(last);
        let around = frame.stack.get() > stack && frame.thread.get() == thread;
        (around && frame.depth.get() as usize == last).then_some(frame)
    }

    /// A call begins.
    #[inline(always)]
    pub fn begin(&self, rt: &Runtime, lua: State, library: *const c_void, thread: usize) -> Result<Running> {
        let stack = stack_pointer();
        let serial = self.last.get() + 1;
        self.last.set(serial);
        if self.end.get() != 0 {
            return self.nest(rt, lua, library, thread, stack);
        }
        self.first.fill(serial, lua, library, stack, thread, 0);
        self.end.set(1);
        Ok(Running { serial, place: 0 })
    }

    /// A call begins while others run.
    #[cold]
    #[inline(never)]
    fn nest(&self, rt: &Runtime, lua: State, library: *const c_void, thread: usize, stack: usize) -> Result<Running> {
        let (depth, place) = match self.innermost(thread, stack).filter(|frame| frame.lua.get() == lua.as_ptr()) {
            Some(around) => (around.depth.get() + 1, self.end.get()),
            None => self.find_place(lua, thread, stack),
        };
        if depth > MAX_DEPTH {
            return Err(Error::call(Fault::Text(STACK_OVERFLOW)));
        }
        // SAFETY: as in `at`.
        if place > unsafe { (*self.others.get()).len() } {
            self.grow(rt, lua, place)?;
        }
        let serial = self.last.get();
        self.at(place).fill(serial, lua, library, stack, thread, depth);
        self.end.set(self.end.get().max(place + 1));
        Ok(Running { serial, place })
    }

    /// How many calls are around one that begins, and a free place for it.
    #[cold]
    #[inline(never)]
    fn find_place(&self, lua: State, thread: usize, stack: usize) -> (u32, usize) {
        let own = thread::own_stack();
        self.forget(|frame| frame.is_left(&own, stack));
        let depth = match self.around(thread, stack) {
            // On another stack the next one need not be around this one, but for its coroutine.
            Some((_, around))
                if around.lua.get() == lua.as_ptr() || own.contains(&stack) && own.contains(&around.stack.get()) =>
            {
                around.depth.get() + 1
            }
            _ => 0,
        };
        let end = self.end.get();
        (depth, (0..end).find(|&place| self.at(place).is_free()).unwrap_or(end))
    }

    /// Makes one more place, and one for its error.
    #[cold]
    fn grow(&self, rt: &Runtime, lua: State, place: usize) -> Result<()> {
        if place > MAX_DEPTH as usize {
            lua.reserve(2);
            lua.push_ref(rt.refs.errors.get());
            lua.push_bool(false);
            lua.raw_set_index(-2, place as c_int + 1);
            lua.pop(1);
        }
        // SAFETY: as in `at`.
        let others = unsafe { &mut *self.others.get() };
        others.try_reserve(1).map_err(|_| Error::alone(Fault::Memory))?;
        others.push(Frame::free());
        Ok(())
    }

    /// A call ends. (If it was taken for left it is none any more.)
    #[inline(always)]
    pub fn end(&self, running: Running) {
        if self.last.get() == running.serial && self.end.get() == running.place + 1 {
            self.end.set(running.place);
        } else {
            self.end_in_between(running);
        }
    }

    /// A call ends, after or before others that began later.
    #[cold]
    #[inline(never)]
    fn end_in_between(&self, running: Running) {
        let frame = self.at(running.place);
        if frame.serial.get() != running.serial {
            return;
        }
        if self.end.get() != running.place + 1 {
            let (lua, stack, own) = (frame.lua.get(), frame.stack.get(), thread::own_stack());
            self.forget(|other| other.is_inside(lua, running.serial) || other.is_left(&own, stack));
        }
        frame.clear();
        self.trim();
    }

    fn forget(&self, is_over: impl Fn(&Frame) -> bool) {
        for (_, frame) in self.all().filter(|(_, frame)| is_over(frame)) {
            frame.clear();
        }
        self.trim();
    }

    fn trim(&self) {
        let mut end = self.end.get();
        while end > 0 && self.at(end - 1).is_free() {
            end -= 1;
        }
        self.end.set(end);
    }

    /// The innermost call on the C stack that has this place, on which calls have higher places.
    #[inline(never)]
    fn around(&self, thread: usize, stack: usize) -> Option<(usize, &Frame)> {
        self.all()
            .filter(|(_, frame)| frame.stack.get() > stack && frame.thread.get() == thread)
            .min_by_key(|(_, frame)| frame.stack.get())
    }

    /// The call that led to the callback that runs here.
    #[inline(always)]
    pub fn caller(&self, thread: usize) -> Option<Caller> {
        let stack = stack_pointer();
        let (place, frame) = match self.innermost(thread, stack) {
            Some(frame) => (self.end.get() - 1, frame),
            None => self.around(thread, stack)?,
        };
        let running = Running { serial: frame.serial.get(), place };
        Some(Caller { running, lua: frame.lua.get(), failed: frame.failed.get() })
    }

    /// What `returned` wants to know of the moment before a callback runs.
    #[inline(always)]
    pub fn moment(&self) -> Moment {
        Moment { last: self.last.get(), end: self.end.get() }
    }

    /// A callback, which ran in the state `lua`, has returned: what it called in there is over.
    #[inline(always)]
    pub fn returned(&self, lua: State, before: Moment) {
        if self.end.get() != before.end {
            self.forget_inside(lua, before.last);
        }
    }

    #[cold]
    #[inline(never)]
    fn forget_inside(&self, lua: State, last: u64) {
        self.forget(|frame| frame.is_inside(lua.as_ptr(), last));
    }

    /// The number of the call that began first of those that run; `None` when none runs.
    pub fn oldest(&self) -> Option<u64> {
        self.all().map(|(_, frame)| frame.serial.get()).min()
    }

    /// The number of the call that began last of those that run; `None` when none runs.
    pub fn newest(&self) -> Option<u64> {
        self.all().map(|(_, frame)| frame.serial.get()).max()
    }

    /// Whether a call that has not returned runs in the library.
    pub fn runs_in(&self, library: *const c_void) -> bool {
        self.all().any(|(_, frame)| frame.library.get() == library)
    }

    /// A callback of the call failed: where its error has its place. `None` when the call is over.
    pub fn fail(&self, caller: Caller) -> Option<c_int> {
        let frame = self.at(caller.running.place);
        let runs = frame.serial.get() == caller.running.serial;
        runs.then(|| {
            frame.failed.set(true);
            caller.running.place as c_int + 1
        })
    }

    /// The same for who has to raise the error, if a callback of the call failed.
    pub fn failed(&self, running: Running) -> Option<c_int> {
        let frame = self.at(running.place);
        (frame.serial.get() == running.serial && frame.failed.get()).then_some(running.place as c_int + 1)
    }

    /// Callbacks of a call that runs failed.
    pub fn any_failed(&self) -> bool {
        self.all().any(|(_, frame)| frame.failed.get())
    }
}

impl Frame {
    /// It began later than that call of its coroutine: within it.
    fn is_inside(&self, lua: *mut lua_State, serial: u64) -> bool {
        self.lua.get() == lua && self.serial.get() > serial
    }
}
