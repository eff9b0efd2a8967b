//! From C into Lua: what libffi's closure calls. Everything that may raise runs inside one protected
//! call; nothing leaves the handler.

use super::CallbackRecord;
use crate::convert::{self, Destination};
use crate::lua::{At, Error, Result, State, Type, lua_State};
use crate::runtime::frames::Caller;
use crate::runtime::thread::errno_location;
use crate::runtime::{Cx, Runtime, pending};
use libffi::raw::ffi_cif;
use lunaffi_core::abi::store_result;
use lunaffi_core::abi::trampoline::Answer;
use lunaffi_core::ctype::{Mode, Slot};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use lunaffi_core::signature::{Op, Signature};
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

/// What `body` works on; lives in the handler's stack frame.
struct Job<'a> {
    record: &'a CallbackRecord,
    /// The record may be given another one meanwhile.
    signature: &'a Signature,
    result: *mut c_void,
    args: *const *mut c_void,
}

/// libffi's closures call this.
pub unsafe extern "C" fn handler(_: *mut ffi_cif, result: *mut c_void, args: *mut *mut c_void, context: *mut c_void) {
    // SAFETY: the context is the record, which is kept as long as its address may be called.
    let record = unsafe { &*context.cast::<CallbackRecord>() };
    let signature = record.signature();
    zero_result(signature, result);
    // SAFETY: libffi gives one readable value per argument.
    enter(&Job { record, signature, result, args }, |i| unsafe { (*args.add(i)).cast() });
}

/// Trampolines call this.
pub unsafe extern "C" fn by_registers(context: *mut c_void, registers: *mut u64, answer: *mut Answer) {
    // SAFETY: as above; the registers and the answer are the trampoline's, and every argument has its
    // register, in whose low bytes it lies.
    unsafe {
        let (record, answer) = (&*context.cast::<CallbackRecord>(), &mut *answer);
        *answer = Answer::default();
        let result = if record.gives_vector { &raw mut answer.vector } else { &raw mut answer.integer }.cast();
        let args = record.places.map(|place| registers.add(place as usize).cast::<c_void>());
        enter(&Job { record, signature: record.signature(), result, args: args.as_ptr() }, |i| {
            args[i].cast_const().cast()
        });
    }
}

/// Trampolines call this for a function of primitives. It does just what `by_registers` does.
pub unsafe extern "C" fn plain_by_registers(context: *mut c_void, registers: *mut u64, answer: *mut Answer) {
    // SAFETY: as in `by_registers`.
    let (record, answer) = unsafe { (&*context.cast::<CallbackRecord>(), &mut *answer) };
    *answer = Answer::default();
    let errno = errno_location();
    let foreign = record.gate.thread.load(Ordering::Relaxed) != errno as usize;
    if foreign || !record.is_live() {
        return turn_away(record, foreign);
    }
    // SAFETY: as in `enter`.
    let rt = unsafe { &*record.rt };
    let caller = rt.frames.caller(errno.addr());
    let state = match caller {
        Some(caller) if caller.failed => return,
        Some(caller) => caller.lua,
        None => rt.spare_thread.get(),
    };
    // SAFETY: as in `run`; errno's place is this thread's.
    let lua = unsafe {
        rt.errno.set(*errno);
        State::new(state)
    };
    if !rt.room.is_left() {
        return overflow(rt, lua, caller);
    }
    record.runs(1);
    let before = rt.frames.moment();
    lua.push_ref(record.function);
    for primitive in record.primitives.iter().take(record.count) {
        // SAFETY: as in `by_registers`.
        let register = unsafe { registers.add(primitive.place as usize) };
        match primitive.scalar {
            // SAFETY: as above.
            Scalar::I32 => lua.push_int(unsafe { register.cast::<i32>().read() } as i64),
            // SAFETY: as above.
            scalar => convert::push_scalar(lua, rt, unsafe { scalar.load(register.cast_const().cast()) }),
        }
    }
    let returns = record.returns;
    let done = 'done: {
        if !lua.protected_call(record.count as c_int, returns.is_some() as c_int) {
            break 'done false;
        }
        match returns {
            None => true,
            Some(scalar) => {
                if scalar == Scalar::I32
                    && let Some(value) = lua.plain_integer(-1)
                    && scalar.holds_signed(value)
                {
                    answer.integer = value as i32 as i64 as u64;
                    lua.pop(1);
                    break 'done true;
                }
                let result = if record.gives_vector { &raw mut answer.vector } else { &raw mut answer.integer };
                give_plain(
                    rt,
                    lua,
                    &Job { record, signature: record.signature(), result: result.cast(), args: std::ptr::null() },
                    scalar,
                )
            }
        }
    };
    rt.frames.returned(lua, before);
    if !done {
        failed(rt, lua, caller);
    }
    record.runs(-1);
    // SAFETY: errno's place is this thread's.
    unsafe { *errno = rt.errno.get() };
}

/// Runs the function, if that is allowed now. `place` tells where an argument's value lies.
#[inline(always)]
fn enter(job: &Job, place: impl Fn(usize) -> *const u8) {
    let record = job.record;
    let errno = errno_location();
    let gate = &record.gate;
    let foreign = gate.thread.load(Ordering::Relaxed) != errno as usize;
    if foreign || !record.is_live() {
        return turn_away(record, foreign);
    }
    // SAFETY: live, so the runtime is; and this is the thread that runs its Lua. The script finds
    // C's errno, and C what the calls of the script leave; not what Lua itself does meanwhile.
    unsafe {
        let rt = &*record.rt;
        rt.errno.set(*errno);
        record.runs(1);
        run(rt, job, errno.addr(), place);
        record.runs(-1);
        *errno = rt.errno.get();
    }
}

#[cold]
fn turn_away(record: &CallbackRecord, foreign: bool) {
    if record.is_live() {
        record.gate.set_pending(pending::MISSED);
    } else if record.loud && !foreign {
        record.gate.set_pending(pending::FREED);
    }
}

/// C gets zeros unless everything goes well.
fn zero_result(signature: &Signature, result: *mut c_void) {
    if signature.result == Slot::VOID {
        return;
    }
    // SAFETY: libffi gives room for the result, a full register for a primitive.
    unsafe {
        match signature.result_scalar {
            Some(scalar) => store_result(scalar, result, 0),
            None => result.cast::<u8>().write_bytes(0, signature.result_size),
        }
    }
}

#[inline(always)]
fn run(rt: &Runtime, job: &Job, thread: usize, place: impl Fn(usize) -> *const u8) {
    let caller = rt.frames.caller(thread);
    let state = match caller {
        // An earlier callback of this call failed: its error waits to be raised.
        Some(caller) if caller.failed => return,
        Some(caller) => caller.lua,
        None => rt.spare_thread.get(),
    };
    // SAFETY: a state that runs our C function, or our own spare one, with the slots that Lua grants.
    let lua = unsafe { State::new(state) };
    if !rt.room.is_left() {
        return overflow(rt, lua, caller);
    }
    let before = rt.frames.moment();
    let done = if job.record.plain.get() {
        run_plain(rt, lua, job, place)
    } else {
        lua.push_ref(rt.refs.callback_body.get());
        push_job(lua, job);
        lua.protected_call(1, 0)
    };
    rt.frames.returned(lua, before);
    if !done {
        failed(rt, lua, caller);
    }
}

/// Pushes the address of a job, as a number: LuaJIT may need memory for a light userdata, and no error may be raised
/// outside of the protected call.
fn push_job(lua: State, job: &Job) {
    lua.push_int((&raw const *job).expose_provenance() as i64);
}

fn job_at<'a>(lua: State, index: c_int) -> *const Job<'a> {
    std::ptr::with_exposed_provenance(lua.plain_integer(index).unwrap_or_default() as usize)
}

/// Pops the error of a callback for whoever is to be told.
#[cold]
fn failed(rt: &Runtime, lua: State, caller: Option<Caller>) {
    if !caller.is_some_and(|caller| rt.keep_error(lua, caller)) {
        report(rt, lua);
    }
}

/// There is no room on the C stack for the function.
#[cold]
fn overflow(rt: &Runtime, lua: State, caller: Option<Caller>) {
    lua.push_ref(rt.refs.stack_overflow.get());
    failed(rt, lua, caller);
}

/// Runs a function of primitives: nothing here but the function itself can raise, so one protected
/// call is enough. False leaves an error on the top.
#[inline(always)]
fn run_plain(rt: &Runtime, lua: State, job: &Job, place: impl Fn(usize) -> *const u8) -> bool {
    let signature = job.signature;
    lua.push_ref(job.record.function);
    for (i, arg) in signature.args.iter().enumerate() {
        if let Some(scalar) = arg.slot.ty.as_scalar() {
            // SAFETY: each argument's value lies at its place.
            let value = unsafe { scalar.load(place(i)) };
            convert::push_scalar(lua, rt, value);
        }
    }
    let count = signature.args.len() as c_int;
    let Some(scalar) = signature.result.ty.as_scalar() else { return lua.protected_call(count, 0) };
    lua.protected_call(count, 1) && give_plain(rt, lua, job, scalar)
}

/// Converts the result on the top, a primitive if all goes well, and pops it. False leaves an error.
fn give_plain(rt: &Runtime, lua: State, job: &Job, scalar: Scalar) -> bool {
    let signature = job.signature;
    let wraps = signature.result.mode == Mode::Cdata;
    let bits = match scalar {
        Scalar::F64 => lua.plain_float(-1).map(f64::to_bits),
        Scalar::F32 => lua.plain_float(-1).map(|value| (value as f32).to_bits() as u64),
        Scalar::Bool if wraps && lua.type_of(-1) != Type::Boolean => None,
        Scalar::Bool => Some(lua.truth(-1) as u64),
        _ if wraps => lua.plain_integer(-1).map(|value| value as u64),
        _ => lua.plain_integer(-1).filter(|&value| scalar.holds_signed(value)).map(|value| value as u64),
    };
    if let Some(bits) = bits {
        // SAFETY: the result is libffi's, for this type.
        unsafe { store_result(scalar, job.result, bits) };
        lua.pop(1);
        return true;
    }
    convert_result(rt, lua, job)
}

/// Converts, or refuses, the result on the top where that may raise.
#[cold]
fn convert_result(rt: &Runtime, lua: State, job: &Job) -> bool {
    lua.push_ref(rt.refs.callback_body.get());
    lua.insert(-2);
    push_job(lua, job);
    lua.insert(-2);
    lua.protected_call(2, 0)
}

/// Hands the error on the top to the script's handler, if there is one. Where the C stack has no room the
/// handler runs only when it does not run already.
pub fn report(rt: &Runtime, lua: State) {
    let room = rt.room.is_left();
    match rt.refs.callback_error_handler.get() {
        0 => lua.pop(1),
        _ if !room && rt.reporting.get() => lua.pop(1),
        handler => {
            let outer = rt.reporting.replace(true);
            lua.push_ref(handler);
            lua.insert(-2);
            if !lua.protected_call(1, 0) {
                lua.pop(1);
            }
            rt.reporting.set(outer);
        }
    }
}

/// Tells the script's handler of callbacks that foreign threads called; false when a freed one was
/// called and that is an error.
#[cold]
pub fn report_missed(rt: &Runtime, lua: State) -> bool {
    if rt.take_pending(pending::MISSED) {
        lua.reserve(4);
        lua.push_bytes(b"a callback was called on a foreign thread and answered zero");
        report(rt, lua);
    }
    !rt.take_pending(pending::FREED)
}

/// Runs in the protected call: arguments to Lua, the function, its result to C. With a second
/// argument the function has run and that is its result.
pub unsafe extern "C-unwind" fn body(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua, from `run`, with the job on the stack, which outlives the call.
    let (lua, rt, job) = unsafe {
        let lua = State::new(state);
        (lua, Runtime::at(lua, State::upvalue(1)), &*job_at(lua, 1))
    };
    let cx = Cx { lua, rt, name: b"callback", skip: 0 };
    let in_words = |error: Error| Error { fault: (job.record.values.words)(error.fault), ..error };
    if lua.top() == 1
        && let Err(error) = body_parts(cx, job)
    {
        cx.raise(in_words(error));
    }
    if job.signature.result != Slot::VOID
        && let Err(error) = put_result(cx, job, job.signature.result)
    {
        // The function has returned: what it is to blame for stands at its end. (Of a callback that has freed
        // itself it is gone.)
        match job.record.is_live() {
            true => cx.raise_at_end_of(job.record.function, in_words(error)),
            false => cx.raise(in_words(error)),
        }
    }
    0
}

/// Calls the function with what C gave; leaves its result, if there is to be one, on the top.
fn body_parts(cx: Cx, job: &Job) -> Result<()> {
    let (lua, rt) = (cx.lua, cx.rt);
    let signature = job.signature;
    lua.reserve(signature.args.len() as c_int + 8);
    let function = job.record.function;
    lua.push_ref(function);
    let mut given = 0;
    for (i, arg) in signature.args.iter().enumerate() {
        let place = if arg.size == 0 && signature.interface.is_absent(i) {
            NonNull::dangling().as_ptr()
        } else {
            given += 1;
            // SAFETY: libffi gives one readable value per argument that has bytes.
            unsafe { (*job.args.add(given - 1)).cast::<u8>() }
        };
        if arg.op == Op::Record {
            let align = rt.types.align_of(arg.slot.ty);
            let header = rt.kinds.push_owner(lua, job.record.values.records, arg.slot, arg.size, align);
            // SAFETY: both have the record's size.
            unsafe { header.region.granted(0).copy_from_nonoverlapping(place, arg.size) };
        } else {
            convert::push_value(lua, rt, arg.slot, place, job.record.values.pointers)?;
        }
    }
    lua.call(signature.args.len() as c_int, (signature.result != Slot::VOID) as c_int);
    Ok(())
}

/// Converts what the function returned. Nothing, or nil, is zero.
fn put_result(cx: Cx, job: &Job, slot: Slot) -> Result<()> {
    let lua = cx.lua;
    let value = lua.top();
    if slot.mode == Mode::Cdata {
        return put_cdata_result(cx, job, slot, value);
    }
    if lua.is_nil(value) {
        return Ok(());
    }
    let about = |fault| Error { at: At::Result, value, fault };
    if let Some(scalar) = slot.as_scalar() {
        let mut cell = [0u8; 8];
        convert::store(cx, value, Destination::one(slot), Region::of(&mut cell), At::Result)?;
        // Little- and big-endian alike: the bits of the type itself.
        // SAFETY: the cell holds a value of that type; the result is libffi's.
        unsafe { store_result(scalar, job.result, bits_of(scalar.size(), &cell)) };
        return Ok(());
    }
    let text = match slot.mode {
        Mode::CStr => lua.string(value).is_some(),
        Mode::Bytes => {
            matches!(lua.type_of(value), Type::String | Type::Userdata) && !convert::is_number(*lua, cx.rt, value)
        }
        _ => lua.string(value).is_some() && job.record.values.strings_as_pointers,
    };
    if text {
        // C reads it after Lua's function is gone: it is kept until the next one.
        let address = match slot.mode {
            Mode::CStr => convert::c_string(*lua, cx.rt, value, true),
            _ => convert::address(*lua, cx.rt, value, true),
        };
        let address = address.map_err(about)?;
        if !job.record.is_live() {
            // It has freed itself: nobody would drop the string.
            return Ok(());
        }
        lua.copy(value);
        lua.set_private(State::REGISTRY, std::ptr::from_ref(job.record).cast());
        // SAFETY: a pointer result has room for one.
        unsafe { job.result.cast::<usize>().write(address) };
        return Ok(());
    }
    let result = Region::block(job.result.cast(), job.signature.result_size);
    convert::store(cx, value, Destination::one(slot), result, At::Result)
}

/// The same, as `Mode::Cdata` has it: nil is no number there.
fn put_cdata_result(cx: Cx, job: &Job, slot: Slot, value: c_int) -> Result<()> {
    let Some(scalar) = job.signature.result_scalar else {
        let result = Region::block(job.result.cast(), job.signature.result_size);
        convert::store(cx, value, Destination::one(slot), result, At::Alone)?;
        // C reads what it points to after Lua's function is gone: it is kept until the next result.
        if matches!(cx.lua.type_of(value), Type::String | Type::Userdata) && job.record.is_live() {
            cx.lua.copy(value);
            cx.lua.set_private(State::REGISTRY, std::ptr::from_ref(job.record).cast());
        }
        return Ok(());
    };
    let mut cell = [0u8; 8];
    convert::store(cx, value, Destination::one(slot), Region::of(&mut cell), At::Alone)?;
    // SAFETY: the cell holds a value of that type; the result is libffi's.
    unsafe { store_result(scalar, job.result, bits_of(scalar.size(), &cell)) };
    Ok(())
}

fn bits_of(size: usize, cell: &[u8; 8]) -> u64 {
    match size {
        1 => cell[0] as u64,
        2 => u16::from_ne_bytes([cell[0], cell[1]]) as u64,
        4 => u32::from_ne_bytes([cell[0], cell[1], cell[2], cell[3]]) as u64,
        _ => u64::from_ne_bytes(*cell),
    }
}

/// Forgets the string that a callback returned last. May be called for any record.
pub fn forget_string(lua: State, record: *const c_void) {
    lua.push_nil();
    lua.set_private(State::REGISTRY, record);
}
