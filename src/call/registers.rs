//! A call whose arguments and result lie in registers: they are converted straight into an array of
//! the register files, and the call loads them. Takes and gives exactly what `general` does.

use super::{Owner, Rules, done, push_result_record, transfer};
use crate::convert::{self, Destination, cdata};
use crate::lua::{At, Error, Kind, Result, State, Type};
use crate::runtime::{Cx, Look, Runtime};
use lunaffi_core::abi::location::RegisterPart;
use lunaffi_core::abi::registers::{
    INTEGERS, Outcome, RegisterLoad, RegisterPlan, Registers, Step, VECTORS, call_integer, call_parts, call_vector,
    extended, load_parts,
};
use lunaffi_core::ctype::TypeId;
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_core::signature::Signature;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// The largest struct that registers hold.
const STRUCT: usize = 32;

/// `super::invoke`, when its checks are done. (State and runtime come one by one: a `Cx` copied on
/// the way of every call costs more than the call.)
#[allow(clippy::too_many_arguments, reason = "each in a register of its own")]
#[inline(always)]
pub fn invoke(
    lua: State,
    rt: &'static Runtime,
    signature: &Signature,
    plan: &RegisterPlan,
    code: *const c_void,
    owner: Owner<'_>,
    rules: &Rules,
    first: c_int,
) -> Result<c_int> {
    let load = plan.load;
    let mut registers = MaybeUninit::<Registers>::uninit();
    if load == RegisterLoad::All {
        registers.write([0; INTEGERS + VECTORS]);
    }
    // SAFETY: integers need no initialisation to be written, and only those that are written (or all
    // of them, zeroed above) are read.
    let registers = unsafe { &mut *registers.as_mut_ptr() };
    // What may allocate comes first: a finalizer that runs then may release what a pointer among the
    // arguments points to, and the conversion of that pointer has to see it.
    let result = match plan.outcome {
        Outcome::Parts(_) => push_result_record(lua, rt, signature, rules),
        _ => std::ptr::null_mut(),
    };
    if plan.records {
        put_records(lua, rt, &plan.steps, first, registers)?;
    }
    let mut settled = false;
    for (index, step) in (first..).zip(&plan.steps) {
        if let &Step::Cdata(ty, ..) = step
            && lua.type_of(index) == Type::Function
        {
            let cx = Cx { lua, rt, name: b"", skip: 0 };
            cdata::settle_function(cx, index, ty)?;
            settled = true;
        }
    }
    if plan.records || settled || !result.is_null() {
        owner.check()?;
    }
    let library = owner.library();
    put_plain(Look { lua: *lua, rt }, plan, first, registers)?;

    // SAFETY (of all calls): the registers hold the arguments by the signature's plan; that the
    // code is a function of this signature is the script's word, and what FFI cannot check.
    match &plan.outcome {
        Outcome::Void => {
            // SAFETY: see above.
            transfer(lua, rt, library, false, || unsafe { call_integer(code, load, registers) })?;
            Ok(0)
        }
        &Outcome::Integer(scalar) => {
            // SAFETY: see above.
            let bits = transfer(lua, rt, library, false, || unsafe { call_integer(code, load, registers) })?;
            push_integer(lua, rt, scalar, bits);
            Ok(1)
        }
        Outcome::F64 => {
            // SAFETY: see above.
            let bits = transfer(lua, rt, library, false, || unsafe { call_vector(code, load, registers) })?;
            lua.push_float(f64::from_bits(bits));
            Ok(1)
        }
        Outcome::F32 => {
            // SAFETY: see above.
            let bits = transfer(lua, rt, library, false, || unsafe { call_vector(code, load, registers) })?;
            lua.push_float(f32::from_bits(bits as u32) as f64);
            Ok(1)
        }
        Outcome::Address => {
            // A string result may lie in the library: that stays until the bytes are copied.
            let stay = signature.result.mode.is_text();
            // SAFETY: see above.
            let bits = transfer(lua, rt, library, stay, || unsafe { call_integer(code, load, registers) })?;
            let address = (bits as usize).to_ne_bytes();
            let pushed = convert::push_value(lua, rt, signature.result, address.as_ptr(), rules.values.pointers);
            if stay {
                done(rt, library);
            }
            pushed.map(|()| 1)
        }
        Outcome::Parts(parts) => {
            // SAFETY: see above; the result has room for the struct.
            transfer(lua, rt, library, false, || unsafe { call_parts(code, load, parts, registers, result) })?;
            Ok(1)
        }
    }
}

/// Converts the arguments that need no more than a look.
#[inline(always)]
fn put_plain(look: Look, plan: &RegisterPlan, first: c_int, registers: &mut Registers) -> Result<()> {
    let Look { lua, rt } = look;
    let mut index = first;
    for step in &plan.steps {
        let fault = |fault| Error::arg(index, fault);
        let (at, bits) = match step {
            &Step::Integer(scalar, at) => {
                (at, extended(scalar, convert::integer(lua, rt, index, scalar).map_err(fault)?))
            }
            &Step::F64(at) => (at, convert::float(lua, rt, index, Scalar::F64).map_err(fault)?.to_bits()),
            &Step::F32(at) => {
                (at, (convert::float(lua, rt, index, Scalar::F32).map_err(fault)? as f32).to_bits() as u64)
            }
            &Step::Pointer(at) => (at, convert::address(lua, rt, index, true).map_err(fault)? as u64),
            &Step::CStr(at) => (at, convert::c_string(lua, rt, index, true).map_err(fault)? as u64),
            &Step::Bool(at) => (at, lua.truth(index) as u64),
            &Step::CdataInteger(ty, scalar, at) => match lua.plain_integer(index) {
                Some(value) => (at, extended(scalar, value as u64)),
                None => (at, cdata_bits(look, index, ty, scalar)?),
            },
            &Step::CdataFloat(ty, Scalar::F64, at) => match lua.plain_float(index) {
                Some(value) => (at, value.to_bits()),
                None => (at, cdata_bits(look, index, ty, Scalar::U64)?),
            },
            // The cell is as wide as the value, whatever it is.
            &Step::CdataFloat(ty, _, at) => (at, cdata_bits(look, index, ty, Scalar::U32)?),
            &Step::Cdata(ty, scalar, at) => match cdata::known_pointer(lua, rt, index, ty) {
                Some(region) => (at, region.address() as u64),
                None => (at, cdata_bits(look, index, ty, scalar)?),
            },
            Step::Record(..) => {
                index += 1;
                continue;
            }
        };
        registers[at as usize] = bits;
        index += 1;
    }
    Ok(())
}

/// The bits of an argument that is converted as `Mode::Cdata` says, extended to a register.
#[inline(never)]
fn cdata_bits(look: Look, index: c_int, ty: TypeId, scalar: Scalar) -> Result<u64> {
    let mut cell = [0u8; 8];
    cdata::store_plain(look, index, ty, Region::of(&mut cell), At::Arg(index))?;
    Ok(extended(scalar, u64::from_ne_bytes(cell)))
}

/// Loads the pieces of an object that is a struct of exactly that type, and is there.
#[inline]
fn put_record(look: Look, index: c_int, ty: TypeId, parts: &[RegisterPart], registers: &mut Registers) -> Option<()> {
    let (kind, header) = look.rt.kinds.header(look.lua, index)?;
    if header.ty() != ty || !(kind == Kind::Cdata || kind.is_view()) {
        return None;
    }
    let size = look.rt.types.size_of(ty)?;
    // SAFETY: the struct's own memory.
    header.region.plain_with(0, size, |place| unsafe { load_parts(parts, place, registers) })
}

/// Converts the struct arguments and loads their parts.
fn put_records(
    lua: State,
    rt: &'static Runtime,
    steps: &[Step],
    first: c_int,
    registers: &mut Registers,
) -> Result<()> {
    let cx = Cx { lua, rt, name: b"", skip: 0 };
    for (index, step) in (first..).zip(steps) {
        if let Step::Record(slot, parts) = step {
            if put_record(cx.look(), index, slot.ty, parts, registers).is_some() {
                continue;
            }
            let mut bytes = [0u64; STRUCT / 8];
            let place = Region::block(bytes.as_mut_ptr().cast(), STRUCT);
            convert::store(cx, index, Destination::one(*slot), place, At::Arg(index))?;
            // SAFETY: a struct with a plan is no larger than the bytes.
            unsafe { load_parts(parts, bytes.as_ptr().cast(), registers) };
        }
    }
    Ok(())
}

/// Pushes a primitive that came in the first integer register.
#[inline(always)]
pub fn push_integer(lua: State, rt: &Runtime, scalar: Scalar, bits: u64) {
    match scalar {
        Scalar::Bool => lua.push_bool(bits as u8 != 0),
        Scalar::I8 | Scalar::I16 | Scalar::I32 | Scalar::U8 | Scalar::U16 | Scalar::U32 => {
            lua.push_int(extended(scalar, bits) as i64);
        }
        Scalar::I64 | Scalar::ISize => convert::push_scalar(lua, rt, ScalarValue::Signed(bits as i64)),
        _ => convert::push_scalar(lua, rt, ScalarValue::Unsigned(bits)),
    }
}
