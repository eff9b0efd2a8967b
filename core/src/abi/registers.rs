//! Calls that need no stack: on x86-64 System V and AArch64, integer and vector registers are
//! assigned independently of each other, so a call is described by which argument goes to which
//! register, and made by loading the register files from one small array. Signatures that need the
//! stack, memory-class structs, variadic ones and other platforms go through libffi, which also does
//! everything that goes through here.

use super::location::{CallLocations, Location, Refusal, RegisterPart, ResultLocation};
use super::{aapcs64, sysv};
use crate::ctype::{CType, Mode, Slot, TypeId, TypeTable};
use crate::scalar::Scalar;
use std::ffi::c_void;

/// Integer registers that take arguments.
pub const INTEGERS: usize = if cfg!(target_arch = "aarch64") { aapcs64::INTEGERS } else { sysv::INTEGERS };
/// Vector registers that take arguments.
pub const VECTORS: usize = if cfg!(target_arch = "aarch64") { aapcs64::VECTORS } else { sysv::VECTORS };
/// Whether this platform's convention is known here.
pub const SUPPORTED: bool =
    cfg!(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(windows), target_pointer_width = "64"));

/// The register files: the integer registers, then the vector registers.
pub type Registers = [u64; INTEGERS + VECTORS];

/// How an argument is converted, and where it goes: an index into [`Registers`].
#[derive(Clone, Debug)]
pub enum Step {
    /// 0 or 1.
    Bool(u8),
    /// An integer, extended to a register.
    Integer(Scalar, u8),
    /// In the low half of a vector register.
    F32(u8),
    /// In a vector register.
    F64(u8),
    /// An address.
    Pointer(u8),
    /// The address of bytes that end with a NUL.
    CStr(u8),
    /// A struct, in parts.
    Record(Slot, Box<[RegisterPart]>),
    /// An integer or enumeration of that type, converted as `Mode::Cdata` says.
    CdataInteger(TypeId, Scalar, u8),
    /// A float, converted so.
    CdataFloat(TypeId, Scalar, u8),
    /// Anything else that one integer register holds, converted so; extended as the scalar is.
    Cdata(TypeId, Scalar, u8),
}

/// How many registers are loaded: fewer is faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterLoad {
    /// So many integer registers, no vector registers.
    Integers(u8),
    /// So many vector registers (at most four), no integer registers.
    Vectors(u8),
    /// All.
    All,
}

/// Where a result comes from.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nowhere.
    Void,
    /// A primitive that is no float, from the first integer register.
    Integer(Scalar),
    /// Any other value, from the first integer register.
    Address,
    /// From the low half of the first vector register.
    F32,
    /// From the first vector register.
    F64,
    /// A struct, in parts.
    Parts(Box<[RegisterPart]>),
}

/// A signature as registers.
#[derive(Clone, Debug)]
pub struct RegisterPlan {
    /// In order of the arguments.
    pub steps: Box<[Step]>,
    /// There are structs among the arguments.
    pub records: bool,
    /// What has to be loaded.
    pub load: RegisterLoad,
    /// What comes back.
    pub outcome: Outcome,
}

impl RegisterPlan {
    /// Where each argument lies in [`Registers`] when C calls; `None` when one or the result is a struct.
    pub fn places(&self) -> Option<Vec<u8>> {
        if matches!(self.outcome, Outcome::Parts(_)) {
            return None;
        }
        let place = |step: &Step| match *step {
            Step::Bool(at)
            | Step::Integer(_, at)
            | Step::F32(at)
            | Step::F64(at)
            | Step::Pointer(at)
            | Step::CStr(at)
            | Step::CdataInteger(_, _, at)
            | Step::CdataFloat(_, _, at)
            | Step::Cdata(_, _, at) => Some(at),
            Step::Record(..) => None,
        };
        self.steps.iter().map(place).collect()
    }

    /// The result comes in a vector register.
    pub fn gives_vector(&self) -> bool {
        matches!(self.outcome, Outcome::F32 | Outcome::F64)
    }
}

/// The index of a register into [`Registers`].
#[inline(always)]
fn index(part: &RegisterPart) -> usize {
    part.register as usize + if part.vector { INTEGERS } else { 0 }
}

/// The locations that the platform's convention gives the values of a signature.
fn classify(types: &TypeTable, result: TypeId, args: &[TypeId]) -> Result<CallLocations, Refusal> {
    if cfg!(target_arch = "aarch64") {
        let apple = cfg!(target_vendor = "apple");
        let variant = if apple { aapcs64::Variant::Apple } else { aapcs64::Variant::Standard };
        aapcs64::classify(variant, types, result, args, None)
    } else {
        sysv::classify(types, result, args)
    }
}

/// The plan of a signature, if registers of 64 bits hold it.
pub fn plan(types: &TypeTable, result: Slot, args: &[Slot]) -> Option<RegisterPlan> {
    if !SUPPORTED || args.iter().any(|arg| arg.mode == Mode::Ref) {
        return None;
    }
    let c_types: Vec<TypeId> = args.iter().map(|arg| arg.c_type()).collect();
    let locations = classify(types, result.c_type(), &c_types).ok()?;
    let fits = |parts: &[RegisterPart]| parts.iter().all(|part| part.size <= 8);
    let (mut integers, mut vectors) = (0, 0);
    let mut steps = Vec::with_capacity(args.len());
    for (&slot, arg) in args.iter().zip(&locations.args) {
        let Location::Registers(parts) = &arg.location else { return None };
        if arg.by_address || !fits(parts) {
            return None;
        }
        for part in parts {
            *(if part.vector { &mut vectors } else { &mut integers }) += 1;
        }
        let step = match types.passed(slot.ty) {
            CType::Void | CType::ExtendedNumber(_) | CType::Vector { .. } => return None,
            CType::Record(_) | CType::Complex(_) => Step::Record(slot, parts.clone()),
            passed => {
                let at = index(parts.first()?) as u8;
                match passed {
                    CType::Scalar(scalar) if slot.mode == Mode::Cdata => match scalar {
                        Scalar::F32 | Scalar::F64 => Step::CdataFloat(slot.ty, scalar, at),
                        Scalar::Bool => Step::Cdata(slot.ty, scalar, at),
                        _ => Step::CdataInteger(slot.ty, scalar, at),
                    },
                    _ if slot.mode == Mode::Cdata => Step::Cdata(slot.ty, Scalar::USize, at),
                    CType::Scalar(scalar) => match scalar {
                        Scalar::F32 => Step::F32(at),
                        Scalar::F64 => Step::F64(at),
                        Scalar::Bool => Step::Bool(at),
                        _ => Step::Integer(scalar, at),
                    },
                    _ if slot.mode == Mode::CStr => Step::CStr(at),
                    _ => Step::Pointer(at),
                }
            }
        };
        steps.push(step);
    }
    let outcome = match types.passed(result.c_type()) {
        CType::Void => Outcome::Void,
        CType::ExtendedNumber(_) | CType::Vector { .. } => return None,
        CType::Record(_) | CType::Complex(_) => match locations.result {
            ResultLocation::Registers(parts) if fits(&parts) && !parts.is_empty() => Outcome::Parts(parts),
            _ => return None,
        },
        CType::Scalar(Scalar::F32) => Outcome::F32,
        CType::Scalar(Scalar::F64) => Outcome::F64,
        // What is boxed comes from memory, like an address.
        CType::Scalar(scalar)
            if result.mode != Mode::Cdata || scalar.size() < 8 && types.bare(result.ty).as_scalar().is_some() =>
        {
            Outcome::Integer(scalar)
        }
        _ => Outcome::Address,
    };
    let load = match (integers, vectors) {
        (n, 0) if n <= 6 => RegisterLoad::Integers(n),
        (0, n) if n <= 4 => RegisterLoad::Vectors(n),
        _ => RegisterLoad::All,
    };
    let records = steps.iter().any(|step| matches!(step, Step::Record(..)));
    Some(RegisterPlan { steps: steps.into(), records, load, outcome })
}

/// An integer's bits as its register holds them: extended by its own signedness.
#[inline(always)]
pub fn extended(scalar: Scalar, bits: u64) -> u64 {
    match scalar {
        Scalar::I8 => bits as i8 as i64 as u64,
        Scalar::I16 => bits as i16 as i64 as u64,
        Scalar::I32 => bits as i32 as i64 as u64,
        Scalar::U8 | Scalar::Bool => bits as u8 as u64,
        Scalar::U16 => bits as u16 as u64,
        Scalar::U32 => bits as u32 as u64,
        _ => bits,
    }
}

macro_rules! c_fn {
    ($($integer:ty)*; ; $result:ty) => { unsafe extern "C" fn($($integer),*) -> $result };
    // A variadic function looks at `al`, the number of vector registers, before it saves any. A script
    // may have declared one by the arguments of a single call; a function with vector arguments in
    // fixed places does not mind.
    ($($integer:ty)*; $($vector:ty)+; $result:ty) => {
        with_vectors!($($integer)*; $($vector)+; $result)
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! with_vectors {
    ($($integer:ty)*; $($vector:ty)+; $result:ty) => { unsafe extern "C" fn($($integer,)* ...) -> $result };
}
#[cfg(not(target_arch = "x86_64"))]
macro_rules! with_vectors {
    ($($integer:ty)*; $($vector:ty)+; $result:ty) => { unsafe extern "C" fn($($integer,)* $($vector),+) -> $result };
}

/// Calls `code` as a function of that type with registers from the array.
macro_rules! call_as {
    ($code:ident, $r:ident; $($integer:literal)*; $($vector:literal)*; $result:ty) => {{
        // SAFETY: the caller's: the code takes its arguments from these registers at the most, and
        // gives its result in that register; the transmute names just that.
        unsafe {
            let function = std::mem::transmute::<
                *const c_void,
                c_fn!($(call_as!(@u64 $integer))*; $(call_as!(@f64 $vector))*; $result),
            >($code);
            function($($r[$integer],)* $(f64::from_bits($r[INTEGERS + $vector]),)*)
        }
    }};
    (@u64 $n:literal) => { u64 };
    (@f64 $n:literal) => { f64 };
}

/// With six integer registers, or eight.
macro_rules! call_all {
    ($code:ident, $r:ident; $result:ty) => {{
        #[cfg(target_arch = "aarch64")]
        let result = call_as!($code, $r; 0 1 2 3 4 5 6 7; 0 1 2 3 4 5 6 7; $result);
        #[cfg(not(target_arch = "aarch64"))]
        let result = call_as!($code, $r; 0 1 2 3 4 5; 0 1 2 3 4 5 6 7; $result);
        result
    }};
}

macro_rules! call_loaded {
    ($code:ident, $load:ident, $r:ident; $result:ty) => {
        match $load {
            RegisterLoad::Integers(0) => call_as!($code, $r; ; ; $result),
            RegisterLoad::Integers(1) => call_as!($code, $r; 0; ; $result),
            RegisterLoad::Integers(2) => call_as!($code, $r; 0 1; ; $result),
            RegisterLoad::Integers(3) => call_as!($code, $r; 0 1 2; ; $result),
            RegisterLoad::Integers(4) => call_as!($code, $r; 0 1 2 3; ; $result),
            RegisterLoad::Integers(5) => call_as!($code, $r; 0 1 2 3 4; ; $result),
            RegisterLoad::Integers(_) => call_as!($code, $r; 0 1 2 3 4 5; ; $result),
            RegisterLoad::Vectors(1) => call_as!($code, $r; ; 0; $result),
            RegisterLoad::Vectors(2) => call_as!($code, $r; ; 0 1; $result),
            RegisterLoad::Vectors(3) => call_as!($code, $r; ; 0 1 2; $result),
            RegisterLoad::Vectors(4) => call_as!($code, $r; ; 0 1 2 3; $result),
            RegisterLoad::Vectors(_) | RegisterLoad::All => call_all!($code, $r; $result),
        }
    };
}

/// Calls a function whose result, if any, is in the first integer register.
///
/// # Safety
/// `code` is a function of a signature with this plan, and the array holds its arguments.
#[inline(always)]
pub unsafe fn call_integer(code: *const c_void, load: RegisterLoad, r: &Registers) -> u64 {
    call_loaded!(code, load, r; u64)
}

/// Calls a function whose result is in the first vector register; gives its low 64 bits.
///
/// # Safety
/// As `call_integer`.
#[inline(always)]
pub unsafe fn call_vector(code: *const c_void, load: RegisterLoad, r: &Registers) -> u64 {
    call_loaded!(code, load, r; f64).to_bits()
}

/// Two integer registers.
#[repr(C)]
#[derive(Clone, Copy)]
struct TwoIntegers(u64, u64);
/// Vector registers: two on x86-64, up to four on AArch64.
#[cfg(not(target_arch = "aarch64"))]
#[repr(C)]
#[derive(Clone, Copy)]
struct Vectors(f64, f64);
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy)]
struct Vectors(f64, f64, f64, f64);
/// One of each.
#[cfg(not(target_arch = "aarch64"))]
#[repr(C)]
#[derive(Clone, Copy)]
struct IntegerVector(u64, f64);
#[cfg(not(target_arch = "aarch64"))]
#[repr(C)]
#[derive(Clone, Copy)]
struct VectorInteger(f64, u64);

/// Calls a function whose result is a struct in registers and puts its parts together.
///
/// # Safety
/// As `call_integer`; `result` has room for the struct.
#[inline(always)]
pub unsafe fn call_parts(
    code: *const c_void,
    load: RegisterLoad,
    parts: &[RegisterPart],
    r: &Registers,
    result: *mut u8,
) {
    let vector = |part: &RegisterPart| part.vector;
    let mut registers: Registers = [0; INTEGERS + VECTORS];
    let mut set = |at: usize, value: u64| registers[at] = value;
    #[cfg(target_arch = "aarch64")]
    if vector(&parts[0]) {
        let v = call_loaded!(code, load, r; Vectors);
        for (i, value) in [v.0, v.1, v.2, v.3].into_iter().enumerate() {
            set(INTEGERS + i, value.to_bits());
        }
    } else {
        let v = call_loaded!(code, load, r; TwoIntegers);
        set(0, v.0);
        set(1, v.1);
    }
    #[cfg(not(target_arch = "aarch64"))]
    match (vector(&parts[0]), parts.get(1).map(vector)) {
        (false, None | Some(false)) => {
            let v = call_loaded!(code, load, r; TwoIntegers);
            set(0, v.0);
            set(1, v.1);
        }
        (true, None | Some(true)) => {
            let v = call_loaded!(code, load, r; Vectors);
            set(INTEGERS, v.0.to_bits());
            set(INTEGERS + 1, v.1.to_bits());
        }
        (false, Some(true)) => {
            let v = call_loaded!(code, load, r; IntegerVector);
            set(0, v.0);
            set(INTEGERS, v.1.to_bits());
        }
        (true, Some(false)) => {
            let v = call_loaded!(code, load, r; VectorInteger);
            set(INTEGERS, v.0.to_bits());
            set(0, v.1);
        }
    }
    for part in parts {
        let bytes = registers[index(part)].to_ne_bytes();
        // SAFETY: the part lies in the struct, for which there is room.
        unsafe {
            result.add(part.offset as usize).copy_from_nonoverlapping(bytes.as_ptr(), part.size as usize);
        }
    }
}

/// Loads the parts of a struct into their registers.
///
/// # Safety
/// `place` is readable for the struct.
#[inline]
pub unsafe fn load_parts(parts: &[RegisterPart], place: *const u8, r: &mut Registers) {
    for part in parts {
        let mut bytes = [0u8; 8];
        // SAFETY: the part lies in the struct and is no longer than a register.
        unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(place.add(part.offset as usize), part.size as usize) };
        r[index(part)] = u64::from_ne_bytes(bytes);
    }
}

#[cfg(all(test, target_arch = "x86_64", not(windows)))]
mod tests {
    use super::*;
    use crate::ctype::{FieldSpec, Packing, RecordKind};

    fn value(s: Scalar) -> Slot {
        Slot::value(TypeId::scalar(s))
    }

    extern "C" fn weigh(a: i8, b: f64, c: u16, d: f32) -> f64 {
        a as f64 + 2.0 * b + 3.0 * c as f64 + 4.0 * d as f64
    }

    #[test]
    fn arguments_find_their_registers() {
        let types = TypeTable::new();
        let args = [value(Scalar::I8), value(Scalar::F64), value(Scalar::U16), value(Scalar::F32)];
        let plan = plan(&types, value(Scalar::F64), &args).unwrap();
        assert_eq!(plan.load, RegisterLoad::All);
        let mut r: Registers = [0; INTEGERS + VECTORS];
        let values = [extended(Scalar::I8, 0xff), 1.5f64.to_bits(), 7, 0.25f32.to_bits() as u64];
        for (step, bits) in plan.steps.iter().zip(values) {
            match step {
                Step::Integer(_, at) | Step::F32(at) | Step::F64(at) => r[*at as usize] = bits,
                other => panic!("{other:?}"),
            }
        }
        // SAFETY: the plan is the function's.
        let result = unsafe { call_vector(weigh as *const c_void, plan.load, &r) };
        assert_eq!(f64::from_bits(result), -1.0 + 3.0 + 21.0 + 1.0);
    }

    #[repr(C)]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Mixed {
        a: f64,
        b: i32,
    }

    extern "C" fn turn(m: Mixed) -> Mixed {
        Mixed { a: m.b as f64, b: m.a as i32 }
    }

    #[test]
    fn structs_are_taken_apart_and_put_together() {
        let types = TypeTable::new();
        let fields = [("a", Scalar::F64), ("b", Scalar::I32)].map(|(name, s)| FieldSpec {
            name: name.into(),
            slot: value(s),
            array: None,
        });
        let ty = types.declare(RecordKind::Struct, None, fields.into(), Packing::default()).unwrap();
        let plan = plan(&types, Slot::value(ty), &[Slot::value(ty)]).unwrap();
        let (Step::Record(_, arg), Outcome::Parts(result)) = (&plan.steps[0], &plan.outcome) else { panic!() };
        let mut r: Registers = [0; INTEGERS + VECTORS];
        let (from, mut to) = (Mixed { a: 3.0, b: 8 }, Mixed { a: 0.0, b: 0 });
        // SAFETY: the plan is the function's, and both structs are of its type.
        unsafe {
            load_parts(arg, (&raw const from).cast(), &mut r);
            call_parts(turn as *const c_void, plan.load, result, &r, (&raw mut to).cast());
        }
        assert_eq!(to, Mixed { a: 8.0, b: 3 });
    }

    #[test]
    fn what_needs_the_stack_has_no_plan() {
        let types = TypeTable::new();
        let int = value(Scalar::I32);
        assert!(plan(&types, int, &[int; 6]).is_some());
        assert!(plan(&types, int, &[int; 7]).is_none());
        let double = value(Scalar::F64);
        assert!(plan(&types, int, &[double; 8]).is_some());
        assert!(plan(&types, int, &[double; 9]).is_none());
        let bytes = vec![FieldSpec { name: "b".into(), slot: value(Scalar::U8), array: Some(17) }];
        let large = types.declare(RecordKind::Struct, None, bytes, Packing::default()).unwrap();
        assert!(plan(&types, Slot::value(large), &[]).is_none());
        assert!(plan(&types, int, &[Slot::value(large)]).is_none());
    }
}
