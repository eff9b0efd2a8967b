//! A library while it may be called into: open or closed, and unloaded only when nothing runs
//! inside of it.

use crate::runtime::{Runtime, pending};
use lunaffi_core::dylib::Library;
use lunaffi_core::mem::{Ended, Life};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;

/// An opened library. Lives in a userdata; after `close` it stays as a shell that says so.
pub struct LoadedLibrary {
    handle: RefCell<Option<Library>>,
    /// Ends when the library is closed: what points into it carries the stamp.
    life: Life,
    closed: Cell<bool>,
    /// Calls that have returned and still read its memory.
    view: Cell<u32>,
    /// A bare address of it is about.
    stays: Cell<bool>,
}

impl Default for LoadedLibrary {
    /// A library that is not open (yet).
    fn default() -> Self {
        LoadedLibrary {
            handle: RefCell::new(None),
            life: Life::new(),
            closed: Cell::new(true),
            view: Cell::new(0),
            stays: Cell::new(false),
        }
    }
}

impl LoadedLibrary {
    pub fn open(&self, library: Library) {
        *self.handle.borrow_mut() = Some(library);
        self.closed.set(false);
    }

    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    pub fn life(&self) -> &Life {
        &self.life
    }

    /// Looks at the library; `None` once closed.
    pub fn with<T>(&self, look: impl FnOnce(&Library) -> T) -> Option<T> {
        if self.closed.get() {
            return None;
        }
        self.handle.borrow().as_ref().map(look)
    }

    /// Closes it: nothing new gets in. It is unloaded at once, or when the last call inside returns.
    pub fn close(&self, rt: &Runtime) {
        if !self.closed.replace(true) {
            self.life.end(Ended::Closed);
            self.unload_if_idle(rt);
        }
    }

    /// A bare address is given out: only `close` may unload the library now.
    pub fn stay(&self) {
        self.stays.set(true);
    }

    /// Nothing refers to it any more, but perhaps a bare address.
    pub fn abandon(&self, rt: &Runtime) {
        if self.stays.get()
            && let Some(library) = self.handle.borrow_mut().take()
        {
            library.leak();
        }
        self.close(rt);
    }

    /// It stays loaded until `release`, though no call is inside.
    pub(super) fn hold(&self) {
        self.view.set(self.view.get() + 1);
    }

    pub(super) fn release(&self, rt: &Runtime) {
        self.view.set(self.view.get() - 1);
        self.unload_if_idle(rt);
    }

    /// Unloads it if it is closed and nobody needs it; else the call that does sees to it.
    #[cold]
    pub(super) fn unload_if_idle(&self, rt: &Runtime) {
        if !self.closed.get() || self.view.get() != 0 {
            return;
        }
        if rt.frames.runs_in(self.identity()) {
            if rt.is_open() {
                rt.set_pending(pending::LIBRARY);
            }
        } else if let Some(library) = self.handle.borrow_mut().take() {
            library.close();
        }
    }

    /// What a frame knows it by.
    #[inline(always)]
    pub(super) fn identity(&self) -> *const c_void {
        std::ptr::from_ref(self).cast()
    }
}
