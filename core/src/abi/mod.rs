//! What the C calling convention needs to know: a type as libffi describes it, a call interface
//! (`cif`) made once per signature, calls through it, closures and trampolines for callbacks. libffi's traps live
//! here: small results fill a full register, variadic arguments must be promoted, and a closure's
//! writable address is not its code address.

pub mod aapcs64;
mod closure;
#[cfg(all(target_arch = "x86_64", not(windows)))]
mod direct_call;
pub mod location;
mod records;
pub mod registers;
pub mod sysv;
pub mod trampoline;
pub mod win64;

pub use closure::{Closure, Handler};
pub use records::AbiTypes;

use crate::ctype::{CType, ExtendedNumber, TypeId, TypeTable};
use crate::scalar::{Class, Scalar, ScalarValue};
use libffi::raw;
use std::ffi::c_void;
use std::fmt;

/// A calling convention by the name that scripts use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Convention(raw::ffi_abi);

impl Convention {
    /// The platform's own.
    pub const DEFAULT: Convention = Convention(raw::ffi_abi_FFI_DEFAULT_ABI);

    /// The convention of that name, if this platform has it. `stdcall` is the default one where the
    /// platform has no other, as C compilers treat it.
    pub fn by_name(name: &[u8]) -> Option<Convention> {
        Some(match name {
            b"default" | b"cdecl" => Convention::DEFAULT,
            #[cfg(target_arch = "x86")]
            b"stdcall" => Convention(raw::ffi_abi_FFI_STDCALL),
            #[cfg(not(target_arch = "x86"))]
            b"stdcall" => Convention::DEFAULT,
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            b"sysv" => Convention(raw::ffi_abi_FFI_UNIX64),
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            b"win64" => Convention(raw::ffi_abi_FFI_GNUW64),
            #[cfg(all(target_arch = "x86_64", windows))]
            b"win64" => Convention::DEFAULT,
            #[cfg(all(target_arch = "aarch64", not(windows)))]
            b"sysv" => Convention::DEFAULT,
            _ => return None,
        })
    }
}

/// Why a type cannot be passed, or a signature not be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AbiError {
    /// `void` as a parameter.
    Void,
    /// A packed or over-aligned record that libffi cannot pass by value as C compilers do.
    Layout,
    /// A type that has to be promoted is passed to a variadic function.
    Variadic,
    /// A record too large, or too deeply nested, to be passed by value.
    TooLarge,
    /// More arguments than a call may have.
    TooMany,
    /// A callback with types that libffi cannot describe.
    Callback,
    /// libffi refused the signature.
    Refused,
}

impl fmt::Display for AbiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AbiError::Void => "a type with a size expected, got void",
            AbiError::Layout => "a type of this layout cannot be passed by value: pass a pointer",
            AbiError::Variadic => "a variadic argument must have a promoted type",
            AbiError::TooLarge => "too large to be passed by value: pass a pointer",
            AbiError::TooMany => "too many arguments for a C function",
            AbiError::Callback => "a type of this layout cannot be passed by value in a callback: use a pointer",
            AbiError::Refused => "the signature cannot be called on this platform",
        })
    }
}

/// libffi's description of a primitive.
fn scalar_type(scalar: Scalar) -> *mut raw::ffi_type {
    match (scalar.class(), scalar.size()) {
        (Class::Bool, _) | (Class::Unsigned, 1) => &raw mut raw::ffi_type_uint8,
        (Class::Signed, 1) => &raw mut raw::ffi_type_sint8,
        (Class::Signed, 2) => &raw mut raw::ffi_type_sint16,
        (Class::Unsigned, 2) => &raw mut raw::ffi_type_uint16,
        (Class::Signed, 4) => &raw mut raw::ffi_type_sint32,
        (Class::Unsigned, 4) => &raw mut raw::ffi_type_uint32,
        (Class::Signed, _) => &raw mut raw::ffi_type_sint64,
        (Class::Unsigned, _) => &raw mut raw::ffi_type_uint64,
        (Class::Float, 4) => &raw mut raw::ffi_type_float,
        (Class::Float, _) => &raw mut raw::ffi_type_double,
    }
}

/// libffi's description of a result: integers smaller than a register as one of its size.
fn register_type(scalar: Scalar) -> *mut raw::ffi_type {
    let wide = |eight, four| if size_of::<raw::ffi_arg>() == 8 { eight } else { four };
    match scalar.class() {
        _ if scalar.size() >= size_of::<raw::ffi_arg>() => scalar_type(scalar),
        Class::Float => scalar_type(scalar),
        Class::Signed => scalar_type(wide(Scalar::I64, Scalar::I32)),
        Class::Bool | Class::Unsigned => scalar_type(wide(Scalar::U64, Scalar::U32)),
    }
}

impl AbiTypes {
    /// libffi's description of a type as it is passed in a call. It stays good as long as `self`.
    pub fn describe(&self, types: &TypeTable, ty: TypeId) -> Result<*mut raw::ffi_type, AbiError> {
        match types.passed(ty) {
            CType::Void => Err(AbiError::Void),
            CType::Scalar(scalar) => Ok(scalar_type(scalar)),
            CType::Pointer(_) => Ok(&raw mut raw::ffi_type_pointer),
            CType::Record(_) | CType::Complex(_) => self.record(types, ty),
            CType::ExtendedNumber(ExtendedNumber::LongDouble) => Ok(&raw mut raw::ffi_type_longdouble),
            // Where the registers of these are known: they are those of types that libffi has.
            CType::ExtendedNumber(ExtendedNumber::Int128 | ExtendedNumber::UInt128) if SYSTEM_V => self.pair(),
            CType::ExtendedNumber(extended) if extended.container().is_some() => {
                extended.container().map(scalar_type).ok_or(AbiError::Layout)
            }
            CType::ExtendedNumber(ExtendedNumber::Float16 | ExtendedNumber::BFloat16) if SYSTEM_V => {
                Ok(&raw mut raw::ffi_type_float)
            }
            CType::Vector { .. } if SYSTEM_V && types.size_of(ty) == Some(8) => Ok(&raw mut raw::ffi_type_double),
            _ => Err(AbiError::Layout),
        }
    }
}

/// In C a struct without members is not passed, neither in a register nor on the stack.
const EMPTY_IS_NOTHING: bool = cfg!(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")));

/// The System V convention of x86-64.
const SYSTEM_V: bool = cfg!(all(target_arch = "x86_64", not(windows)));

/// A signature prepared for calls. It must not outlive the [`AbiTypes`] it was made with.
pub struct CallInterface {
    how: How,
}

enum How {
    Libffi {
        cif: Box<raw::ffi_cif>,
        /// What `cif` points to.
        _args: Box<[*mut raw::ffi_type]>,
        /// The arguments that C does not pass at all, since they have no bytes.
        empty: Box<[usize]>,
    },
    /// libffi has no description of some of the types.
    #[cfg(all(target_arch = "x86_64", not(windows)))]
    Own {
        call: direct_call::DirectCall,
        /// The argument of such a type; `None` for the result.
        blamed: Option<usize>,
    },
}

impl CallInterface {
    /// Prepares a signature. `fixed` is the number of named parameters of a variadic function.
    /// An error names the argument (from 0), or none for the result.
    pub fn new(
        types: &TypeTable,
        abi: &AbiTypes,
        convention: Convention,
        result: TypeId,
        args: &[TypeId],
        fixed: Option<usize>,
    ) -> Result<CallInterface, (Option<usize>, AbiError)> {
        match CallInterface::by_libffi(types, abi, convention, result, args, fixed) {
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            Err((blamed, AbiError::Layout)) if convention == Convention::DEFAULT => {
                direct_call::DirectCall::new(types, result, args)
                    .map(|call| CallInterface { how: How::Own { call, blamed } })
            }
            made => made,
        }
    }

    fn by_libffi(
        types: &TypeTable,
        abi: &AbiTypes,
        convention: Convention,
        result: TypeId,
        args: &[TypeId],
        fixed: Option<usize>,
    ) -> Result<CallInterface, (Option<usize>, AbiError)> {
        let is_empty = |ty| EMPTY_IS_NOTHING && types.size_of(ty) == Some(0);
        let result = match types.passed(result) {
            CType::Void => &raw mut raw::ffi_type_void,
            _ if is_empty(result) => &raw mut raw::ffi_type_void,
            // A small result is taken, and given by a callback, as the full register that it fills.
            CType::Scalar(scalar) => register_type(scalar),
            _ => abi.describe(types, result).map_err(|e| (None, e))?,
        };
        let mut described = Vec::with_capacity(args.len());
        let mut empty = Vec::new();
        for (i, &ty) in args.iter().enumerate() {
            if is_empty(ty) {
                empty.push(i);
                continue;
            }
            if fixed.is_some_and(|n| i >= n) && !is_promoted(ty) {
                return Err((Some(i), AbiError::Variadic));
            }
            described.push(abi.describe(types, ty).map_err(|e| (Some(i), e))?);
        }
        let mut described = described.into_boxed_slice();
        // SAFETY: an all-zero cif is a valid value for libffi to fill.
        let mut cif: Box<raw::ffi_cif> = Box::new(unsafe { std::mem::zeroed() });
        let fixed = fixed.map(|n| n - empty.iter().filter(|&&i| i < n).count());
        let count = u32::try_from(described.len()).map_err(|_| (None, AbiError::Refused))?;
        // SAFETY: the types stay as long as `abi`, the array is kept beside the cif, the counts are right.
        let status = unsafe {
            match fixed {
                None => raw::ffi_prep_cif(&mut *cif, convention.0, count, result, described.as_mut_ptr()),
                Some(n) => {
                    raw::ffi_prep_cif_var(&mut *cif, convention.0, n as u32, count, result, described.as_mut_ptr())
                }
            }
        };
        if status != raw::ffi_status_FFI_OK {
            return Err((None, AbiError::Refused));
        }
        Ok(CallInterface { how: How::Libffi { cif, _args: described, empty: empty.into() } })
    }

    /// The prepared cif; `None` for a signature that libffi cannot describe, of which there are no
    /// closures.
    #[inline]
    pub fn as_ptr(&self) -> Option<*mut raw::ffi_cif> {
        match &self.how {
            How::Libffi { cif, .. } => Some((&raw const **cif).cast_mut()),
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            How::Own { .. } => None,
        }
    }

    /// Whether the argument at that position is none of those that a closure's handler is given.
    pub fn is_absent(&self, position: usize) -> bool {
        match &self.how {
            How::Libffi { empty, .. } => empty.contains(&position),
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            How::Own { .. } => false,
        }
    }

    /// Why there are no closures of that signature: the argument (from 0) that libffi cannot describe, or
    /// within that none for the result.
    pub fn undescribed(&self) -> Option<Option<usize>> {
        match &self.how {
            How::Libffi { .. } => None,
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            How::Own { blamed, .. } => Some(*blamed),
        }
    }

    /// Calls `code`.
    ///
    /// # Safety
    /// `code` is a function of this signature; `args`, which may be changed, points to one readable, aligned
    /// value per argument; `result` has room for the result and at least [`RESULT_SIZE`] bytes.
    #[inline]
    pub unsafe fn call(&self, code: *const c_void, result: *mut c_void, args: *mut *mut c_void) {
        match &self.how {
            // SAFETY: the caller's promise; the transmute only forgets the signature, which libffi does not use.
            How::Libffi { cif, empty, .. } => unsafe {
                for (taken, &i) in empty.iter().enumerate() {
                    // What follows moves up; those before have left their own places.
                    let end = cif.nargs as usize + empty.len() - taken;
                    args.add(i - taken).copy_from(args.add(i - taken + 1), end - (i - taken) - 1);
                }
                let code = std::mem::transmute::<*const c_void, Option<unsafe extern "C" fn()>>(code);
                raw::ffi_call((&raw const **cif).cast_mut(), code, result, args);
            },
            // SAFETY: the caller's promise.
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            How::Own { call, .. } => unsafe { call.call(code, result, args) },
        }
    }
}

/// What a result's memory must hold at least: small results fill a full register.
pub const RESULT_SIZE: usize = 16;

/// True for a type that C's default argument promotions leave alone.
fn is_promoted(ty: TypeId) -> bool {
    match ty.as_scalar() {
        Some(Scalar::F32) | Some(Scalar::Bool) => false,
        Some(scalar) => scalar.size() >= size_of::<libc::c_int>(),
        None => true,
    }
}

/// The type that C's default argument promotions turn a type into.
pub fn promoted(ty: TypeId) -> TypeId {
    match ty.as_scalar() {
        Some(Scalar::F32) => TypeId::scalar(Scalar::F64),
        Some(_) if !is_promoted(ty) => TypeId::scalar(Scalar::I32),
        _ => ty,
    }
}

/// Reads the result of a call out of its memory.
///
/// # Safety
/// `result` was written by a call whose result has this type.
#[inline]
pub unsafe fn load_result(scalar: Scalar, result: *const u8) -> ScalarValue {
    let skip = if cfg!(target_endian = "big") && scalar.class() != Class::Float {
        size_of::<raw::ffi_arg>().saturating_sub(scalar.size())
    } else {
        0
    };
    // SAFETY: the value lies in the low bytes of the register-sized cell.
    unsafe { scalar.load(result.add(skip)) }
}

/// Stores a callback's result, given as the bits of its own type, widened as libffi wants it.
///
/// # Safety
/// `result` is the memory libffi gave to a closure whose result has this type.
#[inline]
pub unsafe fn store_result(scalar: Scalar, result: *mut c_void, bits: u64) {
    let widened = match (scalar.class(), scalar.size()) {
        (Class::Signed, 1) => bits as i8 as i64 as u64,
        (Class::Signed, 2) => bits as i16 as i64 as u64,
        (Class::Signed, 4) => bits as i32 as i64 as u64,
        (Class::Float, _) => {
            // SAFETY: a float's cell has at least its own size.
            return unsafe { scalar.store_bits(result.cast(), bits) };
        }
        (_, 1) => bits & 0xff,
        (_, 2) => bits & 0xffff,
        (_, 4) => bits & 0xffff_ffff,
        _ => bits,
    };
    if scalar.size() > size_of::<raw::ffi_arg>() {
        // SAFETY: a 64-bit result on a 32-bit platform has a cell of its own size.
        unsafe { result.cast::<u64>().write_unaligned(widened) }
    } else {
        // SAFETY: an integer result has a cell of a full register.
        unsafe { result.cast::<raw::ffi_arg>().write_unaligned(widened as raw::ffi_arg) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctype::{FieldSpec, Packing, RecordKind, Slot};

    extern "C" fn add(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    extern "C" fn narrow(a: i64) -> i8 {
        a as i8
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Mixed {
        a: f64,
        b: i32,
    }

    extern "C" fn swap(m: Mixed, f: f32) -> Mixed {
        Mixed { a: m.b as f64, b: (m.a + f as f64) as i32 }
    }

    #[test]
    fn scalars_and_small_results() {
        let (types, abi) = (TypeTable::new(), AbiTypes::default());
        let int = TypeId::scalar(Scalar::I32);
        let cif = CallInterface::new(&types, &abi, Convention::DEFAULT, int, &[int, int], None).ok().unwrap();
        let (mut a, mut b) = (-7i32, 5i32);
        let mut args = [(&raw mut a).cast::<c_void>(), (&raw mut b).cast()];
        let mut result = [0xffu8; RESULT_SIZE];
        // SAFETY: the signature is the function's.
        unsafe {
            cif.call(add as *const c_void, result.as_mut_ptr().cast(), args.as_mut_ptr());
            assert_eq!(load_result(Scalar::I32, result.as_ptr()), ScalarValue::Signed(-2));
        }
        let (long, byte) = (TypeId::scalar(Scalar::I64), TypeId::scalar(Scalar::I8));
        let cif = CallInterface::new(&types, &abi, Convention::DEFAULT, byte, &[long], None).ok().unwrap();
        let mut big = 0x1234_5680i64;
        let mut args = [(&raw mut big).cast::<c_void>()];
        // SAFETY: as above.
        unsafe {
            cif.call(narrow as *const c_void, result.as_mut_ptr().cast(), args.as_mut_ptr());
            assert_eq!(load_result(Scalar::I8, result.as_ptr()), ScalarValue::Signed(-128));
        }
    }

    #[test]
    fn a_struct_goes_in_and_out() {
        let (types, abi) = (TypeTable::new(), AbiTypes::default());
        let fields = [("a", Scalar::F64), ("b", Scalar::I32)].map(|(name, s)| FieldSpec {
            name: name.into(),
            slot: Slot::value(TypeId::scalar(s)),
            array: None,
        });
        let ty = types.declare(RecordKind::Struct, None, fields.into(), Packing::default()).unwrap();
        let float = TypeId::scalar(Scalar::F32);
        let cif = CallInterface::new(&types, &abi, Convention::DEFAULT, ty, &[ty, float], None).ok().unwrap();
        let (mut m, mut f) = (Mixed { a: 2.0, b: 9 }, 0.5f32);
        let mut args = [(&raw mut m).cast::<c_void>(), (&raw mut f).cast()];
        let mut result = Mixed { a: 0.0, b: 0 };
        // SAFETY: the signature is the function's.
        unsafe { cif.call(swap as *const c_void, (&raw mut result).cast(), args.as_mut_ptr()) };
        assert_eq!((result.a, result.b), (9.0, 2));
    }

    #[test]
    fn promotions() {
        let s = TypeId::scalar;
        assert_eq!(promoted(s(Scalar::F32)), s(Scalar::F64));
        assert_eq!(promoted(s(Scalar::U8)), s(Scalar::I32));
        assert_eq!(promoted(s(Scalar::Bool)), s(Scalar::I32));
        assert_eq!(promoted(s(Scalar::U32)), s(Scalar::U32));
        assert_eq!(promoted(TypeId::CHAR_POINTER), TypeId::CHAR_POINTER);
        let (types, abi) = (TypeTable::new(), AbiTypes::default());
        let bad = CallInterface::new(&types, &abi, Convention::DEFAULT, TypeId::VOID, &[s(Scalar::F32)], Some(0));
        assert_eq!(bad.err(), Some((Some(0), AbiError::Variadic)));
        let bad = CallInterface::new(&types, &abi, Convention::DEFAULT, TypeId::VOID, &[TypeId::VOID], None);
        assert_eq!(bad.err(), Some((Some(0), AbiError::Void)));
    }
}
