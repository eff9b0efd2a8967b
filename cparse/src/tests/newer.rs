//! What C23 brought, and what compilers other than gcc put into headers.

use super::*;

#[test]
fn attributes_in_two_brackets() {
    let state = State::of(
        r#"[[nodiscard("why")]] [[gnu::pure, maybe_unused]] int f(int x [[maybe_unused]], char y[2] [[a::b(])]]);
           int wide [[gnu::aligned(32)]], plain; struct [[__gnu__::__packed__]] tight { char c; int i [[deprecated]]; };
           struct s { char c; int i [[gnu::aligned(16), x(1, (2))]]; int [[]] j; [[]] int k; }; enum [[deprecated]] e { E [[deprecated]] = 3 };
           int m[2] [[]][3]; [[noreturn]] void g(void);"#,
    );
    assert_eq!((state.external("f"), state.external("m")), ("int ()".into(), "int [2][3]".into()));
    assert_eq!(state.layout("struct tight", &["i"]), (5, 1, vec![1]));
    assert_eq!(state.layout("struct s", &["i", "j", "k"]), (32, 16, vec![16, 20, 24]));
    let align = |name: &str| match state.names.get(name.as_bytes()) {
        Some(Name::Extern { ty, .. }) => state.types.align_of(ty),
        other => panic!("{other:?}"),
    };
    assert_eq!((align("wide"), align("plain")), (32, 4));
    for (text, error) in [
        ("int x [[;", "']' expected near ';'"),
        ("int x [[a", "']' expected near '<eof>'"),
        ("int x [[a] ;", "']' expected near ';'"),
        ("int x [[a:b]];", "':' expected near 'b'"),
        ("int x [[gnu::aligned(3)]];", "invalid value"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn words_of_c23() {
    let state = State::of(
        "constexpr int K = 5; static constexpr double PI = 3.5; int a[K]; constexpr unsigned char B = 300; constexpr int T[] = { 1, 2 };
         thread_local int t; extern thread_local int u; static const bool YES = true, NO = false; enum { ON = true + 1 };
         typeof(nullptr) p; typeof(true) b; void *q = nullptr; typeof_unqual(const int) c;
         enum { SPLIT = 1'000'000, HEX = 0x1'FFu, BITS = 0b1010'1010, REAL = (int)1'0.5'0e0'1 };",
    );
    for (name, value) in [
        ("K", 5),
        ("B", 44),
        ("YES", 1),
        ("NO", 0),
        ("ON", 2),
        ("SPLIT", 1_000_000),
        ("HEX", 511),
        ("BITS", 170),
        ("REAL", 105),
    ] {
        assert_eq!(state.integer(name), value, "{name}");
    }
    assert_eq!(state.float("PI"), 3.5);
    assert_eq!(
        (state.external("a"), state.external("p"), state.external("b")),
        ("int [5]".into(), "void *".into(), "int".into())
    );
    assert_eq!((state.external("t"), state.external("T")), ("int".into(), "const int []".into()));
    // Older code has such names itself.
    let older = State::of(
        "typedef enum { false, true = 7 } bool; int constexpr(int thread_local); struct s { int thread_local : 3, x; }; enum { X = true };",
    );
    assert_eq!((older.integer("X"), older.external("constexpr")), (7, "int ()".into()));
    for (text, error) in [
        ("enum { X = 1'; };", "malformed number near '1'"),
        ("constexpr int X;", "'=' expected near ';'"),
        ("struct s { constexpr int x; };", "declaration specifier expected near 'constexpr'"),
    ] {
        let found = State::new().error(text);
        assert!(found == error || text.contains("1';"), "{text}: {found}");
        assert!(!found.starts_with("declared"), "{text}");
    }
}

#[test]
fn types_that_headers_declare_for_other_compilers() {
    let text =
        "typedef float _Float32; typedef double _Float64; typedef double _Float32x; typedef long double _Float64x;
        typedef __float128 _Float128; typedef long long __int64; typedef char __int8;";
    let state = State::of(text);
    state.declare(text);
    // They stay what they are, so that what gcc prints can follow.
    state
        .declare("extern _Float32 _Complex cacosf32(_Float32 _Complex); unsigned __int64 big; _Float64x f(_Float32x);");
    for (name, size) in
        [("_Float32", 4), ("_Float64", 8), ("_Float32x", 8), ("_Float64x", 16), ("_Float128", 16), ("__int64", 8)]
    {
        assert_eq!(state.size(name), size, "{name}");
    }
    assert_eq!(state.external("big"), "uint64_t");
}

#[test]
fn vectors_counted_in_elements() {
    let state = State::of(
        "typedef float float4 __attribute__((ext_vector_type(4))); typedef __attribute__((__ext_vector_type__(3))) double double3;
         typedef __attribute__((neon_vector_type(8))) signed char int8x8_t; typedef struct { int8x8_t val[2]; } int8x8x2_t;
         struct s { char c; float4 v; };",
    );
    for (name, size) in [("float4", 16), ("double3", 32), ("int8x8_t", 8), ("int8x8x2_t", 16), ("struct s", 32)] {
        assert_eq!(state.size(name), size, "{name}");
    }
    for text in ["int x __attribute__((ext_vector_type(0)));", "int x __attribute__((ext_vector_type(100000)));"] {
        assert_eq!(state.error(text), "size of C type is unknown or too large", "{text}");
    }
    assert_eq!(state.error("struct s x __attribute__((ext_vector_type(2)));"), "invalid C type");
}

#[test]
fn comments_in_directives_may_reach_further() {
    let state = State::of(
        "\u{feff}#define A 1 /* one,
           and more */ + 2 /* and
           more */
         #define B \"/*\" // */
         #define C '\\'' /* * /
         */
         #pragma once /* nothing
           is in */ here
         #include <x> /* nor
           here */
         #define D 4 // /*
         int x[A + 1];
         #define E /* never ends",
    );
    assert_eq!((state.integer("C"), state.integer("D")), (39, 4));
    assert_eq!((state.external("x"), state.constant("B")), ("int [4]".into(), ConstantValue::Text(b"/*"[..].into())));
    let error = State::new().error("#define A 1 /* one\n two */\nint x y;");
    assert_eq!(error, "';' expected near 'y' at line 3");
}

#[test]
fn pragmas_as_operators() {
    let state = State::of(
        r#"_Pragma("once") _Pragma("pack(push, 1)") struct a { char c; int i; }; _Pragma ( "pack(pop)" ) struct b { char c; int i; };
           __pragma(warning(disable: 4 (5))) __pragma(pack(push, 2)) struct c { char c; int i; }; __pragma( pack(pop) ) struct d { char c; int i; };
           struct e { int i; _Pragma("GCC diagnostic push") int j; };
           #define PACKED _Pragma("pack(1)")
           struct f { char c; int i; };"#,
    );
    let sizes = ["a", "b", "c", "d", "e", "f"].map(|tag| state.size(&format!("struct {tag}")));
    assert_eq!(sizes, [5, 8, 6, 8, 8, 8]);
    for (text, error) in [
        ("_Pragma int x;", "'(' expected near 'int'"),
        ("_Pragma(\"pack(push, 1\") int x;", "')' expected near '<eof>'"),
        ("__pragma(pack(1)", "')' expected near '<eof>'"),
        ("_Pragma(\"once", "unfinished string near '<eof>'"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn suffixes_of_microsofts() {
    let state = State::of("enum { A = 0x7fffffffi64, B = 1ui64 << 40, C = sizeof(1I64), D = 1UI64 };");
    assert_eq!(["A", "B", "C", "D"].map(|name| state.integer(name)), [0x7fff_ffff, 1 << 40, 8, 1]);
}

#[test]
fn integers_of_any_number_of_bits() {
    let state = State::of(
        "typedef _BitInt(7) i7; typedef unsigned _BitInt(12) u12; typedef _BitInt(33) i33;
         struct s { char c; i7 a; u12 b; i33 d; unsigned _BitInt(63) e; i7 f[3]; i7 g : 3; u12 h : 5; };
         static const i7 K = 200; static const unsigned _BitInt(3) L = 9; enum { V = (_BitInt(7))200, W = (u12)-1 };
         _BitInt(100) f(_BitInt(100), i7);",
    );
    // As clang has them.
    let sizes = [
        ("i7", 1, 1),
        ("u12", 2, 2),
        ("_BitInt(17)", 4, 4),
        ("i33", 8, 8),
        ("_BitInt(64)", 8, 8),
        ("unsigned _BitInt(1)", 1, 1),
    ];
    for (text, size, align) in sizes {
        assert_eq!((state.size(text), state.types.align_of(state.ty(text))), (size, align), "{text}");
    }
    assert_eq!([65, 100, 128, 129, 8388608].map(|n| state.size(&format!("_BitInt({n})")) / 8), [2, 2, 2, 3, 131072]);
    assert_eq!(state.layout("struct s", &["a", "b", "d", "e", "f"]), (32, 8, vec![1, 2, 8, 16, 24]));
    assert_eq!(["K", "L", "V", "W"].map(|name| state.integer(name)), [-56, 1, -56, 4095]);
    assert_eq!(state.spelled("unsigned _BitInt(12) *"), "unsigned _BitInt(12) *");
    assert_eq!(state.spelled("_BitInt(32)"), "int");
    assert_eq!(state.ty("_BitInt(100)"), state.ty("_BitInt(100)"));
    for (text, error) in [
        ("_BitInt(0)", "invalid value"),
        ("_BitInt(1)", "invalid value"),
        ("_BitInt(8388609)", "size of C type is unknown or too large"),
        ("_BitInt(7) int", "'<eof>' expected near 'int'"),
        ("unsigned signed _BitInt(7)", "invalid C type"),
    ] {
        assert_eq!(state.type_error(text), error, "{text}");
    }
    assert_eq!(state.error("struct t { _BitInt(7) a : 8; };"), "invalid value near ':'");
}

#[test]
fn enumerations_of_a_fixed_type() {
    let state = State::of(
        "typedef enum : unsigned char { A, B = 200 } t; enum e : short; extern enum e early; struct s { char c; enum e x; };
         enum : long long { BIG = 1LL << 40, SMALL = 1 }; struct w { enum : short { W = 7 } a; int b : 3; enum e d : 4; };
         enum E : bool { NO, YES }; typedef short sh; enum f : sh { F = -1 }; enum { SIZE = sizeof(B), BIGS = sizeof(SMALL) };",
    );
    assert_eq!((state.size("t"), state.size("enum e"), state.size("struct s"), state.size("struct w")), (1, 2, 4, 4));
    assert_eq!(
        ["B", "BIG", "W", "YES", "F", "SIZE", "BIGS"].map(|name| state.integer(name)),
        [200, 1 << 40, 7, 1, -1, 1, 8]
    );
    // A text that fails leaves it as it was, and another completes it; once more it may say the same.
    assert_eq!(state.error("enum e : short { E1 }; int x y;"), "';' expected near 'y'");
    for _ in 0..2 {
        state.declare("enum e : short { E1 = -5, E2 };");
    }
    assert_eq!((state.integer("E2"), state.size("enum e")), (-4, 2));
    for (text, error) in [
        ("enum e : int;", "attempt to redefine 'e'"),
        ("enum e { E9 };", "attempt to redefine 'e'"),
        ("enum e : short { E9 };", "attempt to redefine 'e'"),
        ("enum g { G }; enum g : int;", "attempt to redefine 'g'"),
        ("enum : unsigned char { X = 256 };", "invalid value"),
        ("enum : unsigned char { X = 255, Y };", "invalid value"),
        ("enum : bool { X = 2 };", "invalid value"),
        ("enum : float { X };", "invalid C type"),
    ] {
        assert_eq!(state.error(text), error, "{text}");
    }
}

#[test]
fn types_inferred_from_initialisers() {
    let state = State::of(
        "auto a = 5; auto b = 1.5f, c = 2L; const auto d = 'x'; auto e = \"text\"; __auto_type f = (char)1;
         static const auto K = 2.5f; constexpr auto L = 7u; auto const g = &a;",
    );
    for (name, ty) in [
        ("a", "int"),
        ("b", "float"),
        ("c", "int64_t"),
        ("d", "const int"),
        ("e", "char *"),
        ("f", "char"),
        ("g", "int *const"),
    ] {
        assert_eq!(state.external(name), ty, "{name}");
    }
    assert_eq!((state.float("K"), state.integer("L")), (2.5, 7));
    for (text, error) in [
        ("auto int x = 5;", "bad storage class near 'auto'"),
        ("auto x;", "'=' expected near ';'"),
        ("typedef auto x = 5;", "invalid C type"),
        ("auto *x = 5;", "invalid C type"),
    ] {
        assert_eq!(state.error(text), error, "{text}");
    }
    let state = State::of(
        "__asm__ volatile (\"nop\"); asm inline (\"nop\"); asm volatile inline (\"nop\" : : : \"memory\"); int after;
         enum { S = sizeof(char8_t), C = u8'a', D = sizeof(u8'a'), E = U'\\xffffffff' > 0 }; char8_t c;",
    );
    assert_eq!((state.external("after"), state.external("c")), ("int".into(), "unsigned char".into()));
    assert_eq!(["S", "C", "D", "E"].map(|name| state.integer(name)), [1, 97, 1, 1]);
}
