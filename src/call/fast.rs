//! Calls whose arguments are converted at first sight: straight code for every number of integers and
//! of doubles, one loop for a mixture of all that needs no memory of Lua's. Whatever is not as expected
//! (the count, a value, the library) is left to `call_registers`, which begins again and says what is
//! wrong.

use super::bound::{Binding, Bound};
use super::{Owner, begin, end, push_result_record, registers};
use crate::convert::{self, cdata};
use crate::lua::{Error, Result, State, Still, lua_State};
use crate::runtime::Runtime;
use crate::runtime::dispatch::CallTarget;
use lunaffi_core::abi::registers::{
    INTEGERS, Outcome, RegisterLoad, RegisterPlan, Registers, Step, VECTORS, call_integer, call_parts, call_vector,
    extended,
};
use lunaffi_core::ctype::{CType, Mode, TypeId};
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_core::signature::Signature;
use std::ffi::c_int;
use std::mem::MaybeUninit;

/// The values that an integer parameter takes: those of both readings of its width.
#[derive(Clone, Copy, Default)]
struct Range {
    bias: i64,
    limit: u64,
}

impl Range {
    const ALL: Range = Range { bias: 0, limit: u64::MAX };

    fn of(scalar: Scalar) -> Range {
        match scalar.size() {
            8 => Range::ALL,
            size => {
                let bias = 1i64 << (size * 8 - 1);
                Range { bias, limit: bias as u64 * 3 - 1 }
            }
        }
    }

    #[inline(always)]
    fn holds(self, value: i64) -> bool {
        value.wrapping_add(self.bias) as u64 <= self.limit
    }
}

/// What is done with an argument.
#[derive(Clone, Copy, Default)]
enum ArgClass {
    /// An integer of at least 32 bits.
    #[default]
    Integer,
    Double,
    /// An integer that has to be extended.
    Narrow(Scalar),
    Single,
    Truth,
    Pointer,
    Text,
    /// A Lua string, whatever bytes it has.
    Bytes,
    /// A cdata that is known to be taken for a pointer of that type, or nil.
    Typed(TypeId),
    /// The same, or a Lua string.
    TypedText(TypeId),
}

impl ArgClass {
    /// The argument may be an object whose memory can be released.
    fn is_object(self) -> bool {
        matches!(self, ArgClass::Pointer | ArgClass::Typed(_) | ArgClass::TypedText(_))
    }
}

/// A parameter.
#[derive(Clone, Copy, Default)]
struct Parameter {
    /// Of an integer.
    range: Range,
    way: ArgClass,
    /// These two say of numbers once more what the way is: what is likely is asked for first.
    integer: bool,
    double: bool,
    /// Where it goes in the register files.
    place: u8,
}

/// The parameters of a function that is called here.
#[derive(Clone, Copy, Default)]
pub struct Parameters {
    count: usize,
    all: [Parameter; INTEGERS + VECTORS],
}

/// What becomes of a result.
trait ReturnKind {
    /// In a vector register.
    const VECTOR: bool = false;
    /// In parts, which make a struct.
    const PARTS: bool = false;
    /// Pushes the register; gives the number of values.
    fn push(lua: State, binding: &Binding, bits: u64) -> Result<c_int>;
}

macro_rules! return_kind {
    ($($name:ident $(= $vector:literal)? |$lua:ident, $binding:ident, $bits:ident| $push:expr;)*) => {$(
        struct $name;
        impl ReturnKind for $name {
            $(const VECTOR: bool = $vector;)?
            #[inline(always)]
            fn push($lua: State, $binding: &Binding, $bits: u64) -> Result<c_int> {
                $push;
                Ok(1)
            }
        }
    )*};
}

return_kind! {
    I32 |lua, _binding, bits| lua.push_int(bits as i32 as i64);
    U32 |lua, _binding, bits| lua.push_int(bits as u32 as i64);
    I64 |lua, binding, bits| convert::push_scalar(lua, binding.rt, ScalarValue::Signed(bits as i64));
    U64 |lua, binding, bits| convert::push_scalar(lua, binding.rt, ScalarValue::Unsigned(bits));
    Narrow |lua, binding, bits| push_narrow(lua, binding, bits);
    F32 = true |lua, _binding, bits| lua.push_float(f32::from_bits(bits as u32) as f64);
    F64 = true |lua, _binding, bits| lua.push_float(f64::from_bits(bits));
    Address |lua, binding, bits| push_address(lua, binding, bits)?;
}

struct Nothing;

impl ReturnKind for Nothing {
    #[inline(always)]
    fn push(_: State, _: &Binding, _: u64) -> Result<c_int> {
        Ok(0)
    }
}

struct Parts;

impl ReturnKind for Parts {
    const PARTS: bool = true;
    /// It was pushed before the call.
    #[inline(always)]
    fn push(_: State, _: &Binding, _: u64) -> Result<c_int> {
        Ok(1)
    }
}

fn push_narrow(lua: State, binding: &Binding, bits: u64) {
    if let Some(scalar) = binding.signature().result_scalar {
        registers::push_integer(lua, binding.rt, scalar, bits);
    }
}

fn push_address(lua: State, binding: &Binding, bits: u64) -> Result<()> {
    let address = (bits as usize).to_ne_bytes();
    convert::push_value(lua, binding.rt, binding.signature().result, address.as_ptr(), binding.rules.values.pointers)
}

/// Who is called: what differs between a closure and an object.
pub trait Called {
    /// The stack index of the first argument.
    const FIRST: c_int;
    /// No result is a result: nil.
    const NIL: bool = false;
    /// Makes the call as it comes, and says what is wrong.
    const SLOW_PATH: Run;
    /// Raises an error of the running function.
    fn raise(lua: State, rt: &'static Runtime, error: Error) -> !;
}

pub type Run = unsafe extern "C-unwind" fn(*mut lua_State, &'static CallTarget) -> c_int;

/// How a function of this plan is called here, if it can be.
pub fn choose<C: Called>(rt: &Runtime, signature: &Signature, plan: &RegisterPlan) -> Option<(Run, Parameters)> {
    let mut parameters = Parameters::default();
    for (step, arg) in plan.steps.iter().zip(&signature.args) {
        let (way, place, range) = match *step {
            Step::Integer(scalar, place) if scalar.size() >= 4 => (ArgClass::Integer, place, Range::of(scalar)),
            Step::Integer(scalar, place) => (ArgClass::Narrow(scalar), place, Range::of(scalar)),
            // These wrap. (The function looks at its own bits alone.)
            Step::CdataInteger(_, scalar, place) if scalar.size() >= 4 => (ArgClass::Integer, place, Range::ALL),
            Step::CdataInteger(_, scalar, place) => (ArgClass::Narrow(scalar), place, Range::ALL),
            Step::CdataFloat(_, Scalar::F64, place) => (ArgClass::Double, place, Range::default()),
            Step::F64(place) => (ArgClass::Double, place, Range::default()),
            Step::F32(place) => (ArgClass::Single, place, Range::default()),
            Step::Bool(place) => (ArgClass::Truth, place, Range::default()),
            Step::Pointer(_) if arg.slot.mode == Mode::Function => return None,
            Step::Pointer(place) if arg.slot.mode == Mode::Bytes => (ArgClass::Bytes, place, Range::default()),
            Step::Pointer(place) => (ArgClass::Pointer, place, Range::default()),
            Step::CStr(place) => (ArgClass::Text, place, Range::default()),
            Step::Cdata(ty, _, place) => (typed(rt, ty)?, place, Range::default()),
            _ => return None,
        };
        let (integer, double) = (matches!(way, ArgClass::Integer), matches!(way, ArgClass::Double));
        parameters.all[parameters.count] = Parameter { range, way, integer, double, place };
        parameters.count += 1;
    }
    let parameter = parameters.all.iter().take(parameters.count);
    let shape = match plan.load {
        RegisterLoad::Integers(count) if parameter.clone().all(|p| matches!(p.way, ArgClass::Integer)) => {
            Shape::Integers(count)
        }
        RegisterLoad::Vectors(count) if parameter.clone().all(|p| matches!(p.way, ArgClass::Double)) => {
            Shape::Doubles(count)
        }
        load => Shape::Mixed(load),
    };
    let run = match plan.outcome {
        Outcome::Void => shape.run::<C, Nothing>(),
        Outcome::F32 => shape.run::<C, F32>(),
        Outcome::F64 => shape.run::<C, F64>(),
        Outcome::Integer(scalar) => match scalar {
            Scalar::I32 => shape.run::<C, I32>(),
            Scalar::U32 => shape.run::<C, U32>(),
            Scalar::I64 | Scalar::ISize => shape.run::<C, I64>(),
            Scalar::U64 | Scalar::USize => shape.run::<C, U64>(),
            _ => shape.run::<C, Narrow>(),
        },
        // A string is copied while its library stays: that is looked after elsewhere.
        Outcome::Address if !signature.result.mode.is_text() => shape.run::<C, Address>(),
        // The struct's memory is had after the conversions: a finalizer may release what a pointer
        // among the arguments points to.
        Outcome::Parts(_) if parameter.clone().all(|p| !p.way.is_object()) => shape.run::<C, Parts>(),
        _ => return None,
    };
    Some((run, parameters))
}

/// What is done with an argument for a pointer of that type; `None` for what may need more than an address.
fn typed(rt: &Runtime, ty: TypeId) -> Option<ArgClass> {
    match rt.types.kind(ty) {
        CType::Pointer(to) if rt.types.function(to).is_some() => None,
        CType::Pointer(_) if cdata::takes_text(rt, ty) => Some(ArgClass::TypedText(ty)),
        CType::Pointer(_) => Some(ArgClass::Typed(ty)),
        _ => None,
    }
}

/// What the code depends on.
enum Shape {
    Integers(u8),
    Doubles(u8),
    Mixed(RegisterLoad),
}

impl Shape {
    fn run<C: Called, G: ReturnKind>(&self) -> Run {
        match self {
            Shape::Integers(0) => integers::<0, C, G>,
            Shape::Integers(1) => integers::<1, C, G>,
            Shape::Integers(2) => integers::<2, C, G>,
            Shape::Integers(3) => integers::<3, C, G>,
            Shape::Integers(4) => integers::<4, C, G>,
            Shape::Integers(5) => integers::<5, C, G>,
            Shape::Integers(6) => integers::<6, C, G>,
            Shape::Doubles(1) => doubles::<1, C, G>,
            Shape::Doubles(2) => doubles::<2, C, G>,
            Shape::Doubles(3) => doubles::<3, C, G>,
            Shape::Doubles(4) => doubles::<4, C, G>,
            Shape::Mixed(RegisterLoad::Integers(1)) => words::<1, C, G>,
            Shape::Mixed(RegisterLoad::Integers(2)) => words::<2, C, G>,
            Shape::Mixed(RegisterLoad::Integers(3)) => words::<3, C, G>,
            Shape::Mixed(RegisterLoad::Integers(4)) => words::<4, C, G>,
            _ => mixed::<C, G>,
        }
    }
}

/// Makes the call with the registers that are filled.
///
/// # Safety
/// They hold what the function's plan wants, as far as `load` says.
#[inline(always)]
unsafe fn finish<C: Called, G: ReturnKind>(
    lua: State,
    bound: &'static Bound,
    load: RegisterLoad,
    registers: &Registers,
) -> c_int {
    let (rt, code) = (bound.binding.rt, bound.binding.code);
    let library = Some(bound.binding.library);
    if G::PARTS {
        return match give_parts(lua, bound, load, registers) {
            Ok(()) => 1,
            Err(error) => C::raise(lua, rt, error),
        };
    }
    let begun = match begin(lua, rt, library) {
        Ok(begun) => begun,
        Err(error) => C::raise(lua, rt, error),
    };
    // SAFETY: by the caller; that the code is a function of this signature is the script's word, and
    // what FFI cannot check.
    let bits =
        unsafe { if G::VECTOR { call_vector(code, load, registers) } else { call_integer(code, load, registers) } };
    match end(lua, rt, begun, library, false).and_then(|()| G::push(lua, &bound.binding, bits)) {
        Ok(0) if C::NIL => {
            lua.push_nil();
            1
        }
        Ok(count) => count,
        Err(error) => C::raise(lua, rt, error),
    }
}

/// `finish` for a struct result.
#[inline(always)]
fn give_parts(lua: State, bound: &'static Bound, load: RegisterLoad, registers: &Registers) -> Result<()> {
    let Binding { rt, code, rules, library, .. } = bound.binding;
    let signature = bound.binding.signature();
    let result = push_result_record(lua, rt, signature, rules);
    Owner::Library(library).check()?;
    let begun = begin(lua, rt, Some(library))?;
    if let Some(RegisterPlan { outcome: Outcome::Parts(parts), .. }) = &signature.registers {
        // SAFETY: as in `finish`; the result has room for the struct.
        unsafe { call_parts(code, load, parts, registers, result) };
    }
    end(lua, rt, begun, Some(library), false)
}

macro_rules! or_begin_again {
    ($state:ident, $target:ident, $fine:expr) => {
        if !$fine {
            // SAFETY: by the entry point.
            return unsafe { C::SLOW_PATH($state, $target) };
        }
    };
}

/// `N` integers of at least 32 bits.
unsafe extern "C-unwind" fn integers<const N: usize, C: Called, G: ReturnKind>(
    state: *mut lua_State,
    target: &'static CallTarget,
) -> c_int {
    // SAFETY: by the entry point.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    let mut registers = MaybeUninit::<Registers>::uninit();
    // SAFETY: integers need no initialisation to be written, and only those that are written are read.
    let registers = unsafe { &mut *registers.as_mut_ptr() };
    or_begin_again!(state, target, lua.top() as usize == N + C::FIRST as usize - 1);
    for (at, register) in registers.iter_mut().take(N).enumerate() {
        let value = lua.plain_integer(at as c_int + C::FIRST);
        or_begin_again!(state, target, value.is_some_and(|value| bound.parameters.all[at].range.holds(value)));
        *register = value.unwrap_or_default() as u64;
    }
    or_begin_again!(state, target, !bound.binding.library.is_closed());
    // SAFETY: N integers in the first N registers.
    unsafe { finish::<C, G>(lua, bound, RegisterLoad::Integers(N as u8), registers) }
}

/// `N` doubles.
unsafe extern "C-unwind" fn doubles<const N: usize, C: Called, G: ReturnKind>(
    state: *mut lua_State,
    target: &'static CallTarget,
) -> c_int {
    // SAFETY: by the entry point.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    let mut registers = MaybeUninit::<Registers>::uninit();
    // SAFETY: as in `integers`.
    let registers = unsafe { &mut *registers.as_mut_ptr() };
    or_begin_again!(state, target, lua.top() as usize == N + C::FIRST as usize - 1);
    for (at, register) in registers[INTEGERS..].iter_mut().take(N).enumerate() {
        let value = lua.plain_float(at as c_int + C::FIRST);
        or_begin_again!(state, target, value.is_some());
        *register = value.unwrap_or_default().to_bits();
    }
    or_begin_again!(state, target, !bound.binding.library.is_closed());
    // SAFETY: N doubles in the first N vector registers.
    unsafe { finish::<C, G>(lua, bound, RegisterLoad::Vectors(N as u8), registers) }
}

/// An argument as its register holds it.
#[inline(always)]
fn argument(lua: Still, bound: &Bound, parameter: &Parameter, index: c_int) -> Option<u64> {
    let integer = || lua.plain_integer(index).filter(|&value| parameter.range.holds(value));
    if parameter.integer {
        return integer().map(|value| value as u64);
    }
    if parameter.double {
        return lua.plain_float(index).map(f64::to_bits);
    }
    match parameter.way {
        ArgClass::Integer | ArgClass::Double => None,
        ArgClass::Bytes => lua.string(index).map(|text| text.as_ptr().addr() as u64),
        ArgClass::Text => lua.plain_text(index).map(|text| text.addr() as u64),
        ArgClass::Typed(ty) => typed_address(lua, bound.binding.rt, index, ty),
        ArgClass::TypedText(ty) => match lua.string(index) {
            Some(text) => Some(text.as_ptr().addr() as u64),
            None => typed_address(lua, bound.binding.rt, index, ty),
        },
        ArgClass::Pointer => convert::plain_address(lua, bound.binding.rt, index).map(|address| address as u64),
        ArgClass::Single => lua.plain_float(index).map(|value| (value as f32).to_bits() as u64),
        ArgClass::Truth => Some(lua.truth(index) as u64),
        ArgClass::Narrow(scalar) => integer().map(|value| extended(scalar, value as u64)),
    }
}

#[inline]
fn typed_address(lua: Still, rt: &Runtime, index: c_int, ty: TypeId) -> Option<u64> {
    match cdata::known_pointer(lua, rt, index, ty) {
        Some(region) => Some(region.address() as u64),
        None => lua.is_nil(index).then_some(0),
    }
}

/// `N` values in integer registers.
unsafe extern "C-unwind" fn words<const N: usize, C: Called, G: ReturnKind>(
    state: *mut lua_State,
    target: &'static CallTarget,
) -> c_int {
    // SAFETY: by the entry point.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    let mut registers = MaybeUninit::<Registers>::uninit();
    // SAFETY: as in `integers`.
    let registers = unsafe { &mut *registers.as_mut_ptr() };
    or_begin_again!(state, target, lua.top() as usize == N + C::FIRST as usize - 1);
    for (at, register) in registers.iter_mut().take(N).enumerate() {
        let bits = argument(*lua, bound, &bound.parameters.all[at], at as c_int + C::FIRST);
        or_begin_again!(state, target, bits.is_some());
        *register = bits.unwrap_or_default();
    }
    or_begin_again!(state, target, !bound.binding.library.is_closed());
    // SAFETY: N values in the first N registers.
    unsafe { finish::<C, G>(lua, bound, RegisterLoad::Integers(N as u8), registers) }
}

/// Any mixture.
unsafe extern "C-unwind" fn mixed<C: Called, G: ReturnKind>(
    state: *mut lua_State,
    target: &'static CallTarget,
) -> c_int {
    // SAFETY: by the entry point.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    let mut registers: Registers = [0; INTEGERS + VECTORS];
    or_begin_again!(state, target, lua.top() as usize == bound.parameters.count + C::FIRST as usize - 1);
    let mut index = C::FIRST - 1;
    for parameter in bound.parameters.all.iter().take(bound.parameters.count) {
        index += 1;
        let bits = argument(*lua, bound, parameter, index);
        or_begin_again!(state, target, bits.is_some());
        // SAFETY: the plan's places are those of the register files.
        unsafe { *registers.get_unchecked_mut(parameter.place as usize) = bits.unwrap_or_default() };
    }
    or_begin_again!(state, target, !bound.binding.library.is_closed());
    // SAFETY: the arguments lie where the plan wants them.
    unsafe { finish::<C, G>(lua, bound, RegisterLoad::All, &registers) }
}
