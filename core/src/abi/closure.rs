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

    /// Makes it answer zero for good, without the interface and the context that it had; false, and nothing
    /// changed, where it cannot.
    pub fn retire(&self, interface: &CallInterface) -> bool {
        let Some(cif) = interface.as_ptr().and_then(without_arguments) else { return false };
        let (writable, code) = (self.writable.as_ptr(), self.code.as_ptr());
        let _lock = lock();
        // SAFETY: our own closure; the interface is never released, and there is no context.
        let status =
            unsafe { raw::ffi_prep_closure_loc(writable, cif.0, Some(answer_zero), std::ptr::null_mut(), code) };
        status == raw::ffi_status_FFI_OK
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

/// An interface that is never released.
#[derive(Clone, Copy)]
struct Kept(*mut raw::ffi_cif);

// SAFETY: nobody writes it.
unsafe impl Send for Kept {}

/// The interfaces without arguments that were needed so far: one for each kind of result.
static RESULTS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// An interface of a function with that result, which takes nothing. `None` where the called function removes
/// its arguments, and for results with a description of their own, which does not stay.
fn without_arguments(cif: *mut raw::ffi_cif) -> Option<Kept> {
    // SAFETY: the caller's interface is prepared, so its result is described.
    let (abi, result) = unsafe { ((*cif).abi, (*cif).rtype) };
    // SAFETY: as above.
    let own = matches!(unsafe { (*result).type_ }, raw::FFI_TYPE_STRUCT | raw::ffi_type_enum_COMPLEX);
    if own || cfg!(target_arch = "x86") {
        return None;
    }
    let mut known = RESULTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // SAFETY: those that are kept stay.
    let found = known.iter().find(|kept| unsafe { (*kept.0).abi == abi && (*kept.0).rtype == result });
    if let Some(&kept) = found {
        return Some(kept);
    }
    known.try_reserve(1).ok()?;
    // SAFETY: an all-zero cif is a valid value for libffi to fill.
    let fresh = Box::into_raw(Box::new(unsafe { std::mem::zeroed::<raw::ffi_cif>() }));
    // SAFETY: the result is one of libffi's own descriptions, which are static.
    let status = unsafe { raw::ffi_prep_cif(fresh, abi, 0, result, std::ptr::null_mut()) };
    if status != raw::ffi_status_FFI_OK {
        // SAFETY: made above, and nobody else's.
        drop(unsafe { Box::from_raw(fresh) });
        return None;
    }
    known.push(Kept(fresh));
    Some(Kept(fresh))
}

/// Answers a call of a retired closure: zeros for the result.
unsafe extern "C" fn answer_zero(cif: *mut raw::ffi_cif, result: *mut c_void, _: *mut *mut c_void, _: *mut c_void) {
    // SAFETY: libffi gives a prepared interface, and room for the result: a full register for an integer.
    unsafe {
        let ty = &*(*cif).rtype;
        let size = match ty.type_ {
            raw::FFI_TYPE_VOID => 0,
            raw::FFI_TYPE_FLOAT | raw::FFI_TYPE_DOUBLE | raw::FFI_TYPE_LONGDOUBLE | raw::FFI_TYPE_STRUCT => ty.size,
            _ => ty.size.max(size_of::<raw::ffi_arg>()),
        };
        result.cast::<u8>().write_bytes(0, size);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AbiTypes, Convention};
    use super::*;
    use crate::ctype::{TypeId, TypeTable};
    use crate::scalar::Scalar;

    unsafe extern "C" fn answer(_: *mut raw::ffi_cif, result: *mut c_void, args: *mut *mut c_void, add: *mut c_void) {
        // SAFETY: the test's interface takes and gives one `long`.
        unsafe { result.cast::<i64>().write((*args).cast::<i64>().read() + add.addr() as i64) };
    }

    #[test]
    fn a_retired_closure_answers_zero_at_its_address() {
        let (types, abi) = (TypeTable::new(), AbiTypes::default());
        let long = TypeId::scalar(Scalar::I64);
        let interface = CallInterface::new(&types, &abi, Convention::DEFAULT, long, &[long], None).ok().unwrap();
        // SAFETY: the interface outlives the calls; the context is a number.
        let closure = unsafe { Closure::new(&interface, answer, std::ptr::without_provenance_mut(5)) }.unwrap();
        // SAFETY: a function of that signature.
        let call = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(i64) -> i64>(closure.code()) };
        assert_eq!(call(37), 42);
        assert!(closure.retire(&interface));
        drop(interface);
        assert_eq!(call(37), 0);
    }

    #[test]
    fn closures_are_made_and_released_in_many_threads() {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(|| {
                    let (types, abi) = (TypeTable::new(), AbiTypes::default());
                    let long = TypeId::scalar(Scalar::I64);
                    let interface =
                        CallInterface::new(&types, &abi, Convention::DEFAULT, long, &[long], None).ok().unwrap();
                    for round in 0..20 {
                        let number = std::ptr::without_provenance_mut(round);
                        let closures: Vec<Closure> = (0..500)
                            // SAFETY: the interface outlives the calls; the context is a number.
                            .map(|_| unsafe { Closure::new(&interface, answer, number) }.unwrap())
                            .collect();
                        for closure in closures {
                            // SAFETY: a function of that signature, which nobody calls later.
                            unsafe {
                                let call =
                                    std::mem::transmute::<*mut c_void, extern "C" fn(i64) -> i64>(closure.code());
                                assert_eq!(call(1), round as i64 + 1);
                                closure.release();
                            }
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
