//! A callback's record and its life: alive, freed or closed. A record whose address C may hold is
//! never given back while that may be: what is freed waits in quarantine, what outlives its state
//! stays for good, and both answer zero.

use super::enter;
use crate::call::Values;
use crate::lua::payload::CallbackHandle;
use crate::runtime::{Runtime, ThreadGate};
use lunaffi_core::abi::Closure;
use lunaffi_core::abi::registers::{INTEGERS, VECTORS};
use lunaffi_core::abi::trampoline::Trampoline;
use lunaffi_core::ctype::{Mode, Slot};
use lunaffi_core::scalar::{Class, Scalar};
use lunaffi_core::signature::Signature;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// What the closure or trampoline is given. It may be looked at by foreign threads: only `state`, `gate` and
/// `signature` then. (The last changes only when a script gives the callback other types; all
/// signatures stay.)
pub struct CallbackRecord {
    state: AtomicU8,
    pub gate: Arc<ThreadGate>,
    /// Valid while `LIVE`.
    pub rt: *const Runtime,
    signature: AtomicPtr<Signature>,
    /// The signature that it was made with.
    first: Arc<Signature>,
    /// The others that it has had.
    others: RefCell<Vec<Arc<Signature>>>,
    /// Takes and gives what Lua holds without memory.
    pub plain: Cell<bool>,
    /// When a trampoline calls a plain one: the parameters, and what it returns.
    pub primitives: [Primitive; MAX_PLAIN],
    pub count: usize,
    pub returns: Option<Scalar>,
    /// What its arguments become in Lua.
    pub values: &'static Values,
    /// A call of it when it has been freed is an error.
    pub loud: bool,
    /// The Lua function, in the registry.
    pub function: c_int,
    code: Option<Code>,
    /// Where each argument lies when a trampoline calls.
    pub places: [u8; INTEGERS + VECTORS],
    /// A trampoline gives the result in a vector register.
    pub gives_vector: bool,
    /// Runs of it that have not returned. Changed by the thread that runs Lua alone.
    running: AtomicU32,
}

/// A parameter that is a primitive, and the register in which it comes.
#[derive(Clone, Copy)]
pub struct Primitive {
    pub scalar: Scalar,
    pub place: u8,
}

/// What C calls.
enum Code {
    Trampoline(Trampoline),
    Closure(Closure),
}

const LIVE: u8 = 0;
const DEAD: u8 = 1;

impl CallbackRecord {
    #[inline]
    pub fn is_live(&self) -> bool {
        self.state.load(Ordering::Acquire) == LIVE
    }

    #[inline]
    pub fn signature(&self) -> &Signature {
        // SAFETY: it is `first` or one of `others`, which the record keeps.
        unsafe { &*self.signature.load(Ordering::Acquire) }
    }

    /// One more run of it, or one less.
    #[inline]
    pub fn runs(&self, change: i32) {
        self.running.store(self.running.load(Ordering::Relaxed).wrapping_add_signed(change), Ordering::Relaxed);
    }
}

/// So many freed callbacks wait before the oldest one's address may become another's.
const QUARANTINE: usize = 4096;

/// Dead records.
#[derive(Default)]
struct Retired {
    /// Freed by the script, oldest first: C may still call them.
    quarantine: VecDeque<Box<CallbackRecord>>,
    /// Alive when their state closed, oldest first. Their code answers without them, but may have been called
    /// just before: so many others are closed before they are dropped.
    closed: VecDeque<Box<CallbackRecord>>,
}

// SAFETY: a retired record is dead: nothing but its atomic state is looked at, until it is dropped by
// one thread, which drops only counted references and gives the code back.
unsafe impl Send for Retired {}

static RETIRED: Mutex<Option<Retired>> = Mutex::new(None);

/// Lets a dead record wait in one of the queues, and releases the oldest one there if it is full.
fn put_aside(record: Box<CallbackRecord>, queue: fn(&mut Retired) -> &mut VecDeque<Box<CallbackRecord>>) {
    let over = {
        let mut guard = RETIRED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let queue = queue(guard.get_or_insert_default());
        queue.push_back(record);
        if queue.len() > QUARANTINE { queue.pop_front() } else { None }
    };
    if let Some(oldest) = over {
        release(oldest);
    }
}

/// Makes a C function that calls the Lua function at `function` in the registry; `None` when the
/// system gives no memory for it.
pub fn create(
    rt: &'static Runtime,
    signature: Arc<Signature>,
    function: c_int,
    handle: &CallbackHandle,
    values: &'static Values,
    loud: bool,
) -> Option<()> {
    let plan = signature.registers.as_ref().filter(|_| !values.retyped);
    let places = plan.and_then(|plan| plan.places());
    let plain = is_plain(&signature);
    let mut record = CallbackRecord {
        state: AtomicU8::new(LIVE),
        gate: rt.gate.clone(),
        plain: Cell::new(plain),
        primitives: [Primitive { scalar: Scalar::I32, place: 0 }; MAX_PLAIN],
        count: signature.args.len(),
        returns: signature.result.ty.as_scalar(),
        values,
        loud,
        rt,
        gives_vector: plan.is_some_and(|plan| plan.gives_vector()),
        signature: AtomicPtr::new(Arc::as_ptr(&signature).cast_mut()),
        others: RefCell::default(),
        first: signature,
        function,
        code: None,
        places: Default::default(),
        running: AtomicU32::new(0),
    };
    if let Some(places) = &places {
        record.places[..places.len()].copy_from_slice(places);
        for ((primitive, arg), &place) in record.primitives.iter_mut().zip(&record.first.args).zip(places) {
            *primitive = Primitive { scalar: arg.slot.ty.as_scalar().unwrap_or(Scalar::USize), place };
        }
    }
    let trampoline_handler = if plain { enter::plain_by_registers } else { enter::by_registers };
    let record = Box::into_raw(Box::new(record));
    // SAFETY: the record was just made; the code and all it refers to go together with it.
    let code = unsafe {
        let trampoline = places.and_then(|_| Trampoline::take(trampoline_handler, record.cast()));
        match trampoline {
            Some(trampoline) => Some(Code::Trampoline(trampoline)),
            None => {
                let signature = (*record).signature();
                Closure::new(&signature.interface, enter::handler, record.cast()).map(Code::Closure)
            }
        }
    };
    let address = match &code {
        Some(Code::Trampoline(trampoline)) => trampoline.code(),
        Some(Code::Closure(closure)) => closure.code(),
        None => {
            // SAFETY: nobody else has seen it.
            drop(unsafe { Box::from_raw(record) });
            return None;
        }
    };
    handle.code.set(address);
    // SAFETY: as above; C cannot have called it yet.
    unsafe { (*record).code = code };
    handle.record.set(record.cast());
    rt.callbacks.borrow_mut().insert(record.cast());
    Some(())
}

/// Why a callback keeps the types that it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetypeError {
    /// It was freed.
    Freed,
    /// libffi has no closure of that signature.
    Refused,
}

/// Gives a callback another signature; its address stays.
pub fn retype(handle: &CallbackHandle, signature: Arc<Signature>) -> Result<(), RetypeError> {
    let record = handle.record.get().cast::<CallbackRecord>();
    if record.is_null() || handle.code.get().is_null() {
        return Err(RetypeError::Freed);
    }
    // SAFETY: a handle that is not freed has its record.
    let kept = unsafe { &*record };
    let prepared = match &kept.code {
        // SAFETY: the record keeps the signature from here on. A call that is running has its own,
        // which is kept as well.
        Some(Code::Closure(closure)) => unsafe {
            closure.prepare_again(&signature.interface, enter::handler, record.cast())
        },
        // Callbacks that may be given other types have none.
        Some(Code::Trampoline(_)) | None => false,
    };
    if !prepared {
        return Err(RetypeError::Refused);
    }
    kept.plain.set(is_plain(&signature));
    kept.signature.store(Arc::as_ptr(&signature).cast_mut(), Ordering::Release);
    handle.signature.set(Arc::as_ptr(&signature));
    let mut others = kept.others.borrow_mut();
    if !std::iter::once(&kept.first).chain(&*others).any(|known| Arc::ptr_eq(known, &signature)) {
        others.push(signature);
    }
    Ok(())
}

/// As many arguments find room on Lua's stack without asking.
const MAX_PLAIN: usize = 8;

/// Few primitives, which Lua holds without memory: of those of 64 bits, a Lua without integers boxes
/// some, and every Lua a large unsigned one.
fn is_plain(signature: &Signature) -> bool {
    let unboxed = |slot: Slot, scalar: Scalar| match scalar.class() {
        Class::Float | Class::Bool => true,
        Class::Signed => cfg!(lua_integers) && slot.mode != Mode::Cdata || scalar.size() < 8,
        Class::Unsigned => scalar.size() < 8,
    };
    // A primitive as it is, in a mode that shows it so.
    let scalar = |slot: Slot| match slot.mode {
        Mode::Value | Mode::Cdata => slot.ty.as_scalar(),
        Mode::CStr | Mode::Bytes | Mode::Function | Mode::Ref => None,
    };
    signature.args.len() <= MAX_PLAIN
        && (signature.result == Slot::VOID || scalar(signature.result).is_some())
        && signature.args.iter().all(|arg| scalar(arg.slot).is_some_and(|s| unboxed(arg.slot, s)))
}

/// Takes a live record out of its runtime: dead, but still at its address.
fn retire(rt: &Runtime, record: *mut c_void) -> Option<Box<CallbackRecord>> {
    if !rt.callbacks.borrow_mut().remove(&record) {
        return None;
    }
    // SAFETY: what is in the set was made by `create` and leaves the set once.
    let record = unsafe { Box::from_raw(record.cast::<CallbackRecord>()) };
    record.state.store(DEAD, Ordering::Release);
    Some(record)
}

fn release(mut record: Box<CallbackRecord>) {
    if record.running.load(Ordering::Relaxed) > 0 {
        // It ends itself while it runs, and so many others that its quarantine is over as well.
        std::mem::forget(record);
        return;
    }
    // SAFETY: called for records whose address never left, or left so long ago that the documented
    // quarantine is over.
    unsafe {
        match record.code.take() {
            Some(Code::Trampoline(trampoline)) => trampoline.release(),
            Some(Code::Closure(closure)) => closure.release(),
            None => {}
        }
    }
}

/// Ends a callback at the script's wish; gives the reference to its function, to be dropped.
pub fn free(rt: &Runtime, handle: &CallbackHandle) -> Option<c_int> {
    handle.code.set(std::ptr::null_mut());
    end(rt, handle.record.replace(std::ptr::null_mut()), handle.escaped.get())
}

/// The same by its record; C may have the address if it has `escaped`.
pub fn end(rt: &Runtime, record: *mut c_void, escaped: bool) -> Option<c_int> {
    let record = retire(rt, record)?;
    let function = record.function;
    if escaped {
        put_aside(record, |retired| &mut retired.quarantine);
    } else {
        release(record);
    }
    Some(function)
}

/// The function of a live record, in the registry; none for null.
pub fn function_of(record: *mut c_void) -> Option<c_int> {
    // SAFETY: a handle's record is live or null.
    Some(unsafe { record.cast::<CallbackRecord>().as_ref() }?.function)
}

/// Lua collected the callback's object: ends it unless C may have its address.
pub fn collected(rt: &Runtime, handle: &CallbackHandle) -> Option<c_int> {
    if handle.escaped.get() { None } else { free(rt, handle) }
}

/// The state closes: every callback answers zero from now on, for good. (Those whose address C cannot have
/// were collected before.)
pub fn close_all(rt: &Runtime) {
    let records: Vec<*mut c_void> = rt.callbacks.borrow().iter().copied().collect();
    for mut record in records.into_iter().filter_map(|record| retire(rt, record)) {
        if !retire_code(&mut record) {
            // Its code needs all of it.
            std::mem::forget(record);
            continue;
        }
        put_aside(record, |retired| &mut retired.closed);
    }
}

/// Makes a record's code answer zero without the record; false where that cannot be.
fn retire_code(record: &mut CallbackRecord) -> bool {
    match record.code.take() {
        Some(Code::Trampoline(trampoline)) => trampoline.retire(),
        Some(Code::Closure(closure)) => return closure.retire(&record.signature().interface),
        None => {}
    }
    true
}
