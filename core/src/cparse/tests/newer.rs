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
        ("_BitInt(17) x;", "invalid C type near '_BitInt'"),
        ("typedef unsigned _BitInt(128) x;", "invalid C type near '_BitInt'"),
        ("int f(_BitInt(3) x);", "invalid C type near '_BitInt'"),
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
