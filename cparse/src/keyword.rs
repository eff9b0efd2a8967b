//! The words that C and its compilers keep for themselves.

use lunaffi_core::scalar::Scalar;

/// Words of which basic types are put together, as a set.
pub(super) mod word {
    macro_rules! words {
        ($($name:ident)*) => { words!(@ 0; $($name)*); };
        (@ $bit:expr; $name:ident $($rest:ident)*) => {
            pub const $name: u32 = 1 << ($bit);
            words!(@ $bit + 1; $($rest)*);
        };
        (@ $bit:expr;) => {};
    }
    words! {
        VOID BOOL CHAR SHORT INT LONG LONG_LONG SIGNED UNSIGNED FLOAT DOUBLE COMPLEX INT128
        FLOAT16 BFLOAT16 FLOAT128 DECIMAL32 DECIMAL64 DECIMAL128 BOOL_NAME
    }

    /// Those of which a type has one at most.
    pub const SIZED: u32 = VOID
        | CHAR
        | INT
        | FLOAT
        | DOUBLE
        | INT128
        | FLOAT16
        | BFLOAT16
        | FLOAT128
        | DECIMAL32
        | DECIMAL64
        | DECIMAL128
        | BOOL_NAME;
}

/// A word with a meaning of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keyword {
    /// Words of a basic type.
    Word(u32),
    /// An integer type of a width of its own (`__int64`).
    Fixed(Scalar),
    Const,
    Volatile,
    /// Says nothing that matters here (`restrict`, `inline`, `__extension__`, `_Nonnull` ...).
    Nothing,
    /// Makes a pointer of half the size, which no value of a pointer's here is.
    ShortPointer,
    Atomic,
    Typedef,
    Extern,
    Static,
    /// C23's `constexpr`: as `static const`.
    Constexpr,
    Auto,
    AutoType,
    Struct,
    Union,
    Enum,
    Typeof,
    Alignas,
    Attribute,
    Declspec,
    Asm,
    StaticAssert,
    Sizeof,
    Alignof,
    Offsetof,
    TypesCompatible,
    ChooseExpr,
    ConstantP,
    Generic,
    /// `__real__`, `__imag__`
    Part,
    /// Integers of any width, which have no type here.
    BitInt,
    /// `_Pragma("...")`, `__pragma(...)`
    Pragma,
}

/// Words that C did not always have: older code declares them itself.
pub(super) fn is_soft(word: &[u8]) -> bool {
    matches!(
        word,
        b"bool" | b"complex" | b"alignof" | b"alignas" | b"typeof" | b"static_assert" | b"constexpr" | b"thread_local"
    )
}

/// Types that some compilers have and headers declare for the others: they stay what they are.
pub(super) fn is_own_type(word: &[u8]) -> bool {
    word.starts_with(b"_Float") || matches!(word, b"__float128" | b"__int8" | b"__int16" | b"__int32" | b"__int64")
}

/// Every keyword with its spelling.
pub(super) fn all_keywords() -> impl Iterator<Item = (&'static str, Keyword)> {
    use Keyword as K;
    use word::*;
    const LIST: &[(&[&str], Keyword)] = &[
        (&["void"], K::Word(VOID)),
        (&["bool"], K::Word(BOOL | BOOL_NAME)),
        (&["_Bool"], K::Word(BOOL)),
        (&["char"], K::Word(CHAR)),
        (&["short"], K::Word(SHORT)),
        (&["int"], K::Word(INT)),
        (&["long"], K::Word(LONG)),
        (&["signed", "__signed", "__signed__"], K::Word(SIGNED)),
        (&["unsigned", "__unsigned", "__unsigned__"], K::Word(UNSIGNED)),
        (&["float", "_Float32"], K::Word(FLOAT)),
        (&["double", "_Float64", "_Float32x"], K::Word(DOUBLE)),
        (&["_Float64x", "__float80"], K::Word(LONG | DOUBLE)),
        (&["_Float128", "__float128"], K::Word(FLOAT128)),
        (&["_Float16", "__fp16"], K::Word(FLOAT16)),
        (&["__bf16"], K::Word(BFLOAT16)),
        (&["_Decimal32"], K::Word(DECIMAL32)),
        (&["_Decimal64"], K::Word(DECIMAL64)),
        (&["_Decimal128"], K::Word(DECIMAL128)),
        (&["complex", "_Complex", "__complex", "__complex__"], K::Word(COMPLEX)),
        (&["__int128"], K::Word(INT128)),
        (&["__int8"], K::Fixed(Scalar::I8)),
        (&["__int16"], K::Fixed(Scalar::I16)),
        (&["__int32"], K::Fixed(Scalar::I32)),
        (&["__int64"], K::Fixed(Scalar::I64)),
        (&["const", "__const", "__const__"], K::Const),
        (&["volatile", "__volatile", "__volatile__"], K::Volatile),
        (
            &[
                "restrict",
                "__restrict",
                "__restrict__",
                "inline",
                "__inline",
                "__inline__",
                "__forceinline",
                "__extension__",
                "_Noreturn",
                "_Thread_local",
                "thread_local",
                "__thread",
                "_Nonnull",
                "_Nullable",
                "_Nullable_result",
                "_Null_unspecified",
                "__cdecl",
                "__fastcall",
                "__stdcall",
                "__thiscall",
                "__vectorcall",
                "__ptr64",
                "__unaligned",
                "__w64",
            ],
            K::Nothing,
        ),
        (&["__ptr32"], if size_of::<usize>() == 4 { K::Nothing } else { K::ShortPointer }),
        (&["_Atomic"], K::Atomic),
        (&["typedef"], K::Typedef),
        (&["extern"], K::Extern),
        (&["static"], K::Static),
        (&["constexpr"], K::Constexpr),
        (&["auto", "register"], K::Auto),
        (&["__auto_type"], K::AutoType),
        (&["struct"], K::Struct),
        (&["union"], K::Union),
        (&["enum"], K::Enum),
        (&["typeof", "__typeof", "__typeof__", "typeof_unqual"], K::Typeof),
        (&["alignas", "_Alignas"], K::Alignas),
        (&["__attribute", "__attribute__"], K::Attribute),
        (&["__declspec", "_declspec"], K::Declspec),
        (&["asm", "__asm", "__asm__"], K::Asm),
        (&["static_assert", "_Static_assert"], K::StaticAssert),
        (&["sizeof"], K::Sizeof),
        (&["alignof", "_Alignof", "__alignof", "__alignof__"], K::Alignof),
        (&["__builtin_offsetof"], K::Offsetof),
        (&["__builtin_types_compatible_p"], K::TypesCompatible),
        (&["__builtin_choose_expr"], K::ChooseExpr),
        (&["__builtin_constant_p"], K::ConstantP),
        (&["_Generic"], K::Generic),
        (&["_BitInt"], K::BitInt),
        (&["_Pragma", "__pragma"], K::Pragma),
        (&["__real", "__real__", "__imag", "__imag__"], K::Part),
    ];
    LIST.iter().flat_map(|&(words, keyword)| words.iter().map(move |&word| (word, keyword)))
}
