//! Which thread runs Lua, and where its C stack lies.
//!
//! A thread is told by the address of its `errno`, which every call needs anyway. The address is given to
//! a new thread when the old one has ended; so a thread that ends gives up all states that it ran last.

use super::ThreadGate;
use lunaffi_core::stack;
use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

/// Where the C library keeps this thread's errno; also a cheap identity of the thread while it runs.
#[inline]
pub fn errno_location() -> *mut c_int {
    // SAFETY: these functions have no preconditions.
    unsafe {
        #[cfg(target_os = "linux")]
        return libc::__errno_location();
        #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
        return libc::__error();
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        return libc::__errno();
        #[cfg(windows)]
        {
            unsafe extern "C" {
                fn _errno() -> *mut c_int;
            }
            return _errno();
        }
    }
}

/// The states that this thread ran, and may still be the last to have run.
#[derive(Default)]
struct States(RefCell<Vec<Weak<ThreadGate>>>);

impl States {
    /// False when there is no memory to remember it.
    fn add(&self, gate: &Arc<ThreadGate>) -> bool {
        let mut gates = self.0.borrow_mut();
        if gates.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(gate))) {
            return true;
        }
        if gates.len() == gates.capacity() {
            gates.retain(|known| known.strong_count() > 0);
        }
        let room = gates.try_reserve(1).is_ok();
        if room {
            gates.push(Arc::downgrade(gate));
        }
        room
    }
}

impl Drop for States {
    fn drop(&mut self) {
        let thread = errno_location().addr();
        for gate in self.0.get_mut().iter().filter_map(Weak::upgrade) {
            // It may have gone to another thread at any moment.
            let _ = gate.thread.compare_exchange(thread, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

thread_local! {
    static STATES: States = States::default();
    static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Lua runs on this thread, which did not run it last.
#[cold]
#[inline(never)]
pub fn enter(gate: &Arc<ThreadGate>) {
    // The main thread keeps its `errno` to the end of the process, and C may call back from `exit`.
    let known = is_main() || STATES.try_with(|states| states.add(gate)).unwrap_or(false);
    // A thread that is ending already, or of which nothing can be remembered, has no callbacks.
    let thread = if known { errno_location().addr() } else { 0 };
    gate.thread.store(thread, Ordering::Relaxed);
}

/// This is the process's first thread, where that can be told.
fn is_main() -> bool {
    let ask = || {
        // SAFETY: these functions have no preconditions.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            return libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid());
            #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
            return libc::pthread_main_np() != 0;
            #[allow(unreachable_code, reason = "the systems above have returned")]
            false
        }
    };
    IS_MAIN.try_with(|known| *known.get().get_or_insert_with(ask)).unwrap_or(false)
}

/// More of a stack is not relied on: where the limit of the main thread's is high, something else may come
/// to lie far below.
const TRUSTED: usize = 64 << 20;

/// The addresses of this thread's own C stack; empty when the system does not tell. A coroutine library may
/// have switched to another stack.
pub fn own_stack() -> Range<usize> {
    let (low, size) = stack::bounds().unwrap_or_default();
    low + size.saturating_sub(TRUSTED)..low + size
}
