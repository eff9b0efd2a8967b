//! A C function made at run time: libffi's closure. The memory that is written differs from the
//! address that is called, and either may fail to be had.

use super::CallInterface;
use libffi::raw;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard};

/// Held while libffi's own records of closures may be read or written: it walks and changes lists of its
/// segments without a lock.
static CLOSURES: Mutex<()> = Mutex::new(());

fn lock() -> MutexGuard<'static, ()> {
    CLOSURES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What a closure calls: the cif, where the result goes, one pointer per argument, the context.
/// Nothing may unwind out of it.
pub type Handler = unsafe extern "C" fn(*mut raw::ffi_cif, *mut c_void, *mut *mut c_void, *mut c_void);

/// A closure. It is released only by `release`: C may hold its address longer than we do.
#[derive(Debug)]
pub struct Closure {
    writable: NonNull<raw::ffi_closure>,
    code: NonNull<c_void>,
}

impl Closure {
    /// Makes a C function of that signature which calls `handler(.., context)`; `None` when the
    /// system gives no memory for it.
    ///
    /// # Safety
    /// The interface and whatever `context` points to stay as long as the closure may be called.
    pub unsafe fn new(interface: &CallInterface, handler: Handler, context: *mut c_void) -> Option<Closure> {
        let cif = interface.as_ptr()?;
        let mut code = std::ptr::null_mut();
        let _lock = lock();
        // SAFETY: libffi allocates; both addresses are checked below.
        let writable = unsafe { raw::ffi_closure_alloc(size_of::<raw::ffi_closure>(), &mut code) };
        let writable = NonNull::new(writable.cast::<raw::ffi_closure>())?;
        let code = NonNull::new(code)?;
        // SAFETY: a fresh closure; interface and context stay by the caller's promise.
        let status =
            unsafe { raw::ffi_prep_closure_loc(writable.as_ptr(), cif, Some(handler), context, code.as_ptr()) };
        if status == raw::ffi_status_FFI_OK {
            return Some(Closure { writable, code });
        }
        // SAFETY: nobody has seen the address; the lock is held.
        unsafe { raw::ffi_closure_free(writable.as_ptr().cast()) };
        None
    }

    /// Makes it a C function of another signature, at the same address; false, and nothing changed,
    /// when libffi refuses.
    ///
    /// # Safety
    /// As `new`; and a call of it that is running does not need the closure any more.
    pub unsafe fn prepare_again(&self, interface: &CallInterface, handler: Handler, context: *mut c_void) -> bool {
        let Some(cif) = interface.as_ptr() else { return false };
        let (writable, code) = (self.writable.as_ptr(), self.code.as_ptr());
        let _lock = lock();
        // SAFETY: our own closure; interface and context stay by the caller's promise.
        let status = unsafe { raw::ffi_prep_closure_loc(writable, cif, Some(handler), context, code) };
        status == raw::ffi_status_FFI_OK
    }

    /// The address to call.
    #[inline]
    pub fn code(&self) -> *mut c_void {
        self.code.as_ptr()
    }

    /// Gives the memory back; the address may become another function's.
    ///
    /// # Safety
    /// Nobody calls the address any more.
    pub unsafe fn release(self) {
        let _lock = lock();
        // SAFETY: allocated by `ffi_closure_alloc`, released once because `self` is consumed.
        unsafe { raw::ffi_closure_free(self.writable.as_ptr().cast()) };
    }
}
