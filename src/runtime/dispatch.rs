//! How a C function that Lua calls finds what it needs without asking Lua, which takes as long as
//! a small call. A state's runtime is looked up by the address of its main thread; a bound function
//! is one of a pool of entry points, each of which has a place for one function. What is not found so
//! (a coroutine calls, the places are taken) is the closure's first upvalue, as for any C function.
//!
//! A place is read by whoever calls: it names the main thread that it is for, which is the caller's own
//! or not. While a state lives no other has a main thread at that address, so what is found is right.

use super::Runtime;
use crate::lua::{State, lua_CFunction, lua_State};
use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Something that belongs to the state with this main thread.
struct StateSlot<T> {
    main: AtomicPtr<lua_State>,
    what: AtomicPtr<T>,
}

impl<T> StateSlot<T> {
    #[allow(clippy::declare_interior_mutable_const, reason = "each use of it is a new place")]
    const FREE: StateSlot<T> = StateSlot { main: AtomicPtr::new(null_mut()), what: AtomicPtr::new(null_mut()) };

    /// What is here for the running state, if that is its main thread. Nobody else's is looked at.
    #[inline(always)]
    fn find(&self, running: *mut lua_State) -> Option<*mut T> {
        if self.main.load(Ordering::Relaxed) == running { Some(self.what.load(Ordering::Relaxed)) } else { None }
    }

    /// Written by the thread that runs the state, before anything is called that looks for it.
    fn fill(&self, main: *mut lua_State, what: *mut T) {
        self.what.store(what, Ordering::Relaxed);
        self.main.store(main, Ordering::Release);
    }

    fn clear(&self) {
        self.main.store(null_mut(), Ordering::Release);
    }

    fn is_of(&self, main: *mut lua_State) -> bool {
        self.main.load(Ordering::Relaxed) == main
    }
}

/// Guards the giving and taking of places, not the looking.
static PLACES: Mutex<()> = Mutex::new(());

fn guarded<T>(change: impl FnOnce() -> T) -> T {
    let _guard = PLACES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    change()
}

// --- runtimes

/// So many states are found at once.
const STATES: usize = 64;

static RUNTIMES: [StateSlot<Runtime>; STATES] = [const { StateSlot::FREE }; STATES];

/// Where a state's runtime is, if anywhere.
#[inline(always)]
fn runtime_place(main: *mut lua_State) -> &'static StateSlot<Runtime> {
    // States are some hundred bytes long, and far from each other.
    &RUNTIMES[(main.addr() >> 8) % STATES]
}

/// The runtime of the running state: found if that is a main thread, and the state is open.
#[inline(always)]
pub fn runtime(running: *mut lua_State) -> Option<&'static Runtime> {
    // SAFETY: the state's own runtime stays until it is closed, and then is found no more.
    runtime_place(running).find(running).map(|rt| unsafe { &*rt })
}

/// Makes the state's functions and its runtime findable, as far as there is room.
pub fn publish(lua: State, rt: &'static Runtime) {
    let main = lua.main_thread();
    rt.main.set(main);
    let place = runtime_place(main);
    guarded(|| {
        if !main.is_null() && (place.is_of(null_mut()) || place.is_of(main)) {
            place.fill(main, std::ptr::from_ref(rt).cast_mut());
        }
    });
}

/// The state is closing: nothing of it is found any more.
pub fn withdraw(rt: &Runtime) {
    let main = rt.main.get();
    if main.is_null() {
        return;
    }
    guarded(|| {
        let place = runtime_place(main);
        if place.is_of(main) {
            place.clear();
        }
        FUNCTIONS.iter().filter(|place| place.is_of(main)).for_each(StateSlot::clear);
    });
}

// --- functions

/// What a pooled function does. The first part of a userdata that is the closure's first upvalue.
#[repr(C)]
pub struct CallTarget {
    /// Called with the running state and this very target.
    pub run: unsafe extern "C-unwind" fn(*mut lua_State, &'static CallTarget) -> c_int,
    /// The same when the state is closing.
    pub refuse: unsafe extern "C-unwind" fn(*mut lua_State, &'static CallTarget) -> c_int,
    pub rt: &'static Runtime,
}

const ROWS: usize = 64;
const ROW: usize = 16;

static FUNCTIONS: [StateSlot<CallTarget>; ROWS * ROW] = [const { StateSlot::FREE }; ROWS * ROW];

/// The entry point of one place.
unsafe extern "C-unwind" fn entry<const PLACE: usize>(running: *mut lua_State) -> c_int {
    match FUNCTIONS[PLACE].find(running) {
        // SAFETY: Lua calls this with its running state, in a closure that keeps the target; it is
        // found only while the state is open.
        Some(target) => unsafe { ((*target).run)(running, &*target) },
        // SAFETY: as above.
        None => unsafe { by_upvalue(running) },
    }
}

/// The entry point without a place.
#[inline(never)]
unsafe extern "C-unwind" fn by_upvalue(running: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state; the upvalue is what `push_function` was given.
    unsafe {
        let target = &*State::new(running).userdata(State::upvalue(1)).cast::<CallTarget>();
        let run = if target.rt.is_open() { target.run } else { target.refuse };
        run(running, target)
    }
}

macro_rules! rows {
    ($($row:literal)*) => {
        /// Every entry point of the pool, in the order of the places.
        static ENTRIES: [[lua_CFunction; ROW]; ROWS] = [$([
            entry::<{ $row * ROW }>, entry::<{ $row * ROW + 1 }>, entry::<{ $row * ROW + 2 }>,
            entry::<{ $row * ROW + 3 }>, entry::<{ $row * ROW + 4 }>, entry::<{ $row * ROW + 5 }>,
            entry::<{ $row * ROW + 6 }>, entry::<{ $row * ROW + 7 }>, entry::<{ $row * ROW + 8 }>,
            entry::<{ $row * ROW + 9 }>, entry::<{ $row * ROW + 10 }>, entry::<{ $row * ROW + 11 }>,
            entry::<{ $row * ROW + 12 }>, entry::<{ $row * ROW + 13 }>, entry::<{ $row * ROW + 14 }>,
            entry::<{ $row * ROW + 15 }>,
        ]),*];
    };
}

rows! {
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
}

/// Pops `upvalues` values, of which the first is a userdata that begins with this target, and pushes a
/// closure over them that runs it. It has its place until the state closes.
pub fn push_function(lua: State, target: &'static CallTarget, upvalues: c_int) {
    let main = target.rt.main.get();
    let place = guarded(|| {
        let free = FUNCTIONS.iter().position(|place| place.is_of(null_mut())).filter(|_| !main.is_null());
        if let Some(free) = free {
            FUNCTIONS[free].fill(main, std::ptr::from_ref(target).cast_mut());
        }
        free
    });
    let function = place.map_or(by_upvalue as lua_CFunction, |place| ENTRIES[place / ROW][place % ROW]);
    lua.push_closure(function, upvalues);
}

/// True for the C function of what `push_function` pushed.
pub fn is_entry(function: lua_CFunction) -> bool {
    let same = |other: lua_CFunction| std::ptr::fn_addr_eq(function, other);
    same(by_upvalue) || ENTRIES.iter().flatten().copied().any(same)
}
