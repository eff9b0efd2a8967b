//! The primitive C types: the one list from which every table of them derives, and unaligned
//! loads and stores of their values. Nothing here knows of pointers or records.

/// How the bits of a primitive are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// One byte; any non-zero value is true.
    Bool,
    /// Two's complement.
    Signed,
    /// Plain binary.
    Unsigned,
    /// IEEE 754.
    Float,
}

/// A value loaded from memory, widened to the largest type of its class.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ScalarValue {
    /// From a `bool`.
    Bool(bool),
    /// From a signed integer.
    Signed(i64),
    /// From an unsigned integer.
    Unsigned(u64),
    /// From a floating-point type.
    Float(f64),
}

macro_rules! scalars {
    ($($variant:ident $rust:ty, $class:ident, $name:literal, $c:literal;)*) => {
        /// A primitive C type.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Scalar {
            $(#[doc = concat!("`", $c, "`")] $variant,)*
        }

        impl Scalar {
            /// Every primitive, in the order of the enum.
            pub const ALL: &[Scalar] = &[$(Scalar::$variant),*];

            /// Bytes.
            #[inline]
            pub const fn size(self) -> usize {
                match self { $(Scalar::$variant => size_of::<$rust>(),)* }
            }

            /// The ABI's alignment, in bytes (4 for a 64-bit integer on 32-bit x86).
            #[inline]
            pub const fn align(self) -> usize {
                match self { $(Scalar::$variant => align_of::<$rust>(),)* }
            }

            /// How its bits are read.
            #[inline]
            pub const fn class(self) -> Class {
                match self { $(Scalar::$variant => Class::$class,)* }
            }

            /// The short name, such as `i32`.
            pub const fn name(self) -> &'static str {
                match self { $(Scalar::$variant => $name,)* }
            }

            /// C's spelling, such as `unsigned int`.
            pub const fn c_name(self) -> &'static str {
                match self { $(Scalar::$variant => $c,)* }
            }

            /// Loads a value from `p`, which need not be aligned.
            ///
            /// # Safety
            /// `self.size()` bytes at `p` are readable.
            #[inline]
            pub unsafe fn load(self, p: *const u8) -> ScalarValue {
                match self {
                    $(Scalar::$variant => {
                        // SAFETY: the caller grants the bytes; the read asks for no alignment.
                        let value = unsafe { p.cast::<$rust>().read_unaligned() };
                        scalars!(@load $class value)
                    })*
                }
            }

            /// Stores the low bits of an integer (for `Bool`: 0 or 1) at `p`, which need not be aligned.
            /// A floating-point type takes the bits of its own representation.
            ///
            /// # Safety
            /// `self.size()` bytes at `p` are writable.
            #[inline]
            pub unsafe fn store_bits(self, p: *mut u8, bits: u64) {
                match self.size() {
                    // SAFETY: the caller grants `size` bytes; the writes ask for no alignment.
                    1 => unsafe { p.write(bits as u8) },
                    // SAFETY: as above.
                    2 => unsafe { p.cast::<u16>().write_unaligned(bits as u16) },
                    // SAFETY: as above.
                    4 => unsafe { p.cast::<u32>().write_unaligned(bits as u32) },
                    // SAFETY: as above.
                    _ => unsafe { p.cast::<u64>().write_unaligned(bits) },
                }
            }
        }
    };
    (@load Bool $v:ident) => { ScalarValue::Bool($v != 0) };
    (@load Signed $v:ident) => { ScalarValue::Signed($v as i64) };
    (@load Unsigned $v:ident) => { ScalarValue::Unsigned($v as u64) };
    (@load Float $v:ident) => { ScalarValue::Float($v as f64) };
}

scalars! {
    Bool u8, Bool, "bool", "bool";
    I8 i8, Signed, "i8", "char";
    U8 u8, Unsigned, "u8", "unsigned char";
    I16 i16, Signed, "i16", "short";
    U16 u16, Unsigned, "u16", "unsigned short";
    I32 i32, Signed, "i32", "int";
    U32 u32, Unsigned, "u32", "unsigned int";
    I64 i64, Signed, "i64", "int64_t";
    U64 u64, Unsigned, "u64", "uint64_t";
    ISize isize, Signed, "isize", "intptr_t";
    USize usize, Unsigned, "usize", "uintptr_t";
    F32 f32, Float, "f32", "float";
    F64 f64, Float, "f64", "double";
}

impl Scalar {
    /// C's `long` on this platform.
    pub const LONG: Scalar = if size_of::<libc::c_long>() == 8 { Scalar::I64 } else { Scalar::I32 };
    /// C's `unsigned long` on this platform.
    pub const ULONG: Scalar = if size_of::<libc::c_long>() == 8 { Scalar::U64 } else { Scalar::U32 };
    /// C's `wchar_t` on this platform.
    pub const WCHAR: Scalar = if cfg!(windows) {
        Scalar::U16
    } else if cfg!(all(target_arch = "aarch64", not(target_vendor = "apple"))) {
        Scalar::U32
    } else {
        Scalar::I32
    };

    /// True for the integer types, not for `Bool`.
    #[inline]
    pub const fn is_integer(self) -> bool {
        matches!(self.class(), Class::Signed | Class::Unsigned)
    }

    /// The smallest and the largest integer that one of the two readings (signed and unsigned) of
    /// this type's width can hold.
    #[inline]
    pub const fn either_range(self) -> (i128, i128) {
        let bits = self.size() as u32 * 8;
        (-(1i128 << (bits - 1)), (1i128 << bits) - 1)
    }

    /// The smallest and the largest value of an integer type itself.
    #[cfg(test)]
    const fn range(self) -> (i128, i128) {
        let (low, high) = self.either_range();
        match self.class() {
            Class::Signed => (low, high >> 1),
            _ => (0, high),
        }
    }

    /// `holds` for what has 64 bits.
    #[inline(always)]
    pub const fn holds_signed(self, value: i64) -> bool {
        let bits = self.size() as u32 * 8;
        bits == 64 || (value >= -(1i64 << (bits - 1)) && value < 1i64 << bits)
    }

    /// True when `bits`, read as this type, keeps the value it was made of: what a narrowing store
    /// of an in-range value does.
    #[inline]
    pub const fn holds(self, value: i128) -> bool {
        let (low, high) = self.either_range();
        low <= value && value <= high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_names() {
        for s in Scalar::ALL {
            let expected = match s.name() {
                "bool" | "i8" | "u8" => 1,
                "i16" | "u16" => 2,
                "i32" | "u32" | "f32" => 4,
                "i64" | "u64" | "f64" => 8,
                _ => size_of::<usize>(),
            };
            assert_eq!(s.size(), expected, "{}", s.name());
        }
    }

    #[test]
    fn ranges_cover_both_readings() {
        assert_eq!(Scalar::U8.either_range(), (-128, 255));
        assert_eq!(Scalar::I32.either_range(), (i32::MIN as i128, u32::MAX as i128));
        assert_eq!(Scalar::U64.either_range(), (i64::MIN as i128, u64::MAX as i128));
        assert_eq!(Scalar::I8.range(), (-128, 127));
        assert_eq!(Scalar::U8.range(), (0, 255));
        assert!(Scalar::I16.holds(65535) && !Scalar::I16.holds(65536));
    }

    #[test]
    fn values_survive_unaligned_memory() {
        let mut bytes = [0u8; 16];
        for s in Scalar::ALL.iter().filter(|s| s.is_integer()) {
            let (low, high) = s.range();
            for value in [low, high, 0, 1] {
                // SAFETY: offset 1 plus at most 8 bytes stays inside the array.
                let loaded = unsafe {
                    let p = bytes.as_mut_ptr().add(1);
                    s.store_bits(p, value as u64);
                    s.load(p)
                };
                match loaded {
                    ScalarValue::Signed(v) => assert_eq!(v as i128, value),
                    ScalarValue::Unsigned(v) => assert_eq!(v as i128, value),
                    other => panic!("{other:?}"),
                }
            }
        }
        // SAFETY: as above.
        unsafe {
            let p = bytes.as_mut_ptr().add(3);
            Scalar::F32.store_bits(p, 1.5f32.to_bits() as u64);
            assert_eq!(Scalar::F32.load(p), ScalarValue::Float(1.5));
            Scalar::F64.store_bits(p, (-0.1f64).to_bits());
            assert_eq!(Scalar::F64.load(p), ScalarValue::Float(-0.1));
        }
    }

    #[test]
    fn any_non_zero_byte_is_true() {
        for byte in [0u8, 1, 2, 255] {
            // SAFETY: one readable byte.
            assert_eq!(unsafe { Scalar::Bool.load(&byte) }, ScalarValue::Bool(byte != 0));
        }
    }
}
