//! Constant expressions, and what has the value of one.

use super::*;

#[test]
fn macros_without_parentheses() {
    // In C the macro's operators are among those around it. Where that changes nothing, or where it
    // stands alone, its value is what it looks like.
    let state = State::of(
        "#define SUM 2 + 3
#define PRODUCT 4 * 8
#define CHOICE 1 ? 2 : 3
#define SAME SUM
#define ENCLOSED (2 + 3)
#define NEGATIVE -5
#define ONCE_MORE SUM + 1
#define WRONG SUM * 2
#define WRONG2 7 - SUM
#define WRONG3 SAME * 2
#define CAST (char)SUM
        int a[SUM], b[PRODUCT + 1], c[1 + PRODUCT], d[(SUM) * 2], e[SUM - 1], f[ENCLOSED * 2], g[SUM < 9 ? SUM : 0], h[CHOICE];
        enum { A = 7 - NEGATIVE, B = SUM == 5, C = sizeof(int[SUM]) };",
    );
    let lengths = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| state.external(name));
    assert_eq!(lengths, [5, 33, 33, 10, 4, 10, 5, 2].map(|n| format!("int [{n}]")));
    assert_eq!(["A", "B", "C", "SAME", "ONCE_MORE"].map(|name| state.integer(name)), [12, 1, 20, 5, 6]);
    for name in ["WRONG", "WRONG2", "WRONG3", "CAST"] {
        assert_eq!(state.names.get(name.as_bytes()), None, "{name}");
    }
    for text in [
        "int x[SUM * 2];",
        "int x[2 * SUM];",
        "int x[10 - SUM];",
        "enum { X = -SUM };",
        "int x[CHOICE + 1];",
        "int x[0 || CHOICE];",
    ] {
        let name = if text.contains("SUM") { "SUM" } else { "CHOICE" };
        assert_eq!(state.error(text), format!("invalid value near '{name}'"), "{text}");
    }
    // A name that is declared in another way later is what it is then.
    let state = State::of("#define N 1 + 1\n#undef N\nenum { N = 2 }; int a[N * 2];");
    assert_eq!(state.external("a"), "int [4]");
    assert_eq!(state.error("\n#define M 1 + 1\nint x y;"), "';' expected near 'y' at line 3");
    state.declare("enum { M = 2 }; int b[M * 2];");
    assert_eq!(state.external("b"), "int [4]");
}

#[test]
fn constant_expressions() {
    let state = State::of(
        r#"struct s { char c; struct { int x[4]; } in; enum { INNER = 7 }; static const int K = 9; };
        extern struct s ext;
        enum { A = 1 + 2 * 3, B = (1 << 4) | 1, C = -7 / 2, D = -7 % 3, E = 1 ? 2 : 1 / 0, F = !0 + ~0,
          G = 'a', H = '\xff', I = '\101', J = sizeof(int[3]), K = sizeof "abc" "d", L = (char)300, M = 0x80000000,
          N = 4294967295U + 1, O = 5 > 3 && 2 <= 2 || 0, P = (1, 2), Q = A == 7 ? B : C, R = -1 < 1u,
          S = __alignof__(double), T = (long)&((struct s *)0)->in.x[2], U = __builtin_offsetof(struct s, in.x[1]),
          V = ext.K, W = ((struct s *)0)->INNER, X = 1 ?: 5, Y = 0b101, Z = 1.5 * 2 == 3, LAST = 1 || 1 / 0 };
        enum { BIG = 1ULL << 40, NEG = -1LL << 40 }; enum { MAX = 0xffffffffffffffff };
        static const long long WIDE = 1LL << 60; static const double PI = 3.25; static const char TEXT[] = "a\0b";
        static const int ONE = 1, TWO = ONE + 1;"#,
    );
    for (name, value) in [
        ("A", 7),
        ("B", 17),
        ("C", -3),
        ("D", -1),
        ("E", 2),
        ("F", 0),
        ("G", 97),
        ("H", -1),
        ("I", 65),
        ("J", 12),
        ("K", 5),
        ("L", 44),
        ("M", 0x8000_0000),
        ("N", 0),
        ("O", 1),
        ("P", 2),
        ("Q", 17),
        ("R", 0),
        ("S", 8),
        ("T", 12),
        ("U", 8),
        ("V", 9),
        ("W", 7),
        ("X", 1),
        ("Y", 5),
        ("Z", 1),
        ("LAST", 1),
        ("INNER", 7),
        ("BIG", 1 << 40),
        ("NEG", -1 << 40),
        ("MAX", u64::MAX as i128),
        ("WIDE", 1 << 60),
        ("TWO", 2),
    ] {
        assert_eq!(state.integer(name), value, "{name}");
    }
    assert_eq!(state.float("PI"), 3.25);
    assert_eq!(state.constant("TEXT"), ConstantValue::Text((*b"a\0b").into()));
}

#[test]
fn the_types_of_constants_are_cs() {
    let state = State::new();
    for (text, spelled) in [
        ("1", "int"),
        ("2147483648", "int64_t"),
        ("0x80000000", "unsigned int"),
        ("037777777777", "unsigned int"),
        ("1u", "unsigned int"),
        ("1L", "int64_t"),
        ("1ll", "int64_t"),
        ("1ULL", "uint64_t"),
        ("1lu", "uint64_t"),
        ("0x8000000000000000", "uint64_t"),
        ("'a'", "int"),
        ("1.0", "double"),
        ("1 + 1u", "unsigned int"),
        ("1u + 1L", "int64_t"),
        ("1L << 1u", "int64_t"),
        ("1u << 1L", "unsigned int"),
        ("1 < 2L", "int"),
        ("(char)1", "char"),
        ("+(char)1", "int"),
        ("1 ? 1 : 1L", "int64_t"),
        ("sizeof(int)", "uint64_t"),
        ("1 * 1.0f", "float"),
        ("1.0f + 1.0", "double"),
        ("-1.0L", "long double"),
        ("1 ? 1.0f : 1.0L", "long double"),
        ("1.0q", "__float128"),
        ("1.0if", "complex float"),
        ("1.0df", "_Decimal32"),
        ("\"abc\"", "char [4]"),
        ("L\"ab\"", "int [3]"),
        ("u\"ab\"", "unsigned short [3]"),
        ("&*(int *)0", "int *"),
        ("(int *)0 + 1", "int *"),
        ("(int *)8 - (int *)4", "int64_t"),
    ] {
        assert_eq!(state.spelled(&format!("__typeof__({text})")), spelled, "{text}");
    }
}

#[test]
fn operators_have_cs_precedence_and_width() {
    let state = State::new();
    for (text, value) in [
        ("2 + 3 * 4 - 6 / 2 % 2", 13),
        ("1 << 2 + 1", 8),
        ("1 | 2 ^ 3 & 1", 3),
        ("1 == 1 != 0", 1),
        ("3 > 2 > 1", 0),
        ("!1 || !0 && 1", 1),
        ("-2147483647 - 1", i32::MIN as i128),
        ("2147483647 + 1", i32::MIN as i128),
        ("0xffffffff + 1", 0),
        ("0xffffffffu * 2", 0xffff_fffe),
        ("~0u >> 31", 1),
        ("-1 >> 31", -1),
        ("1 << 31", i32::MIN as i128),
        ("1ull << 63", 1 << 63),
        ("-1 < 0u", 0),
        ("-7 / 2 * 2 + -7 % 2", -7),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("(1, 2, 3)", 3),
        ("0 && 1 / 0", 0),
        ("1 || 1 / 0", 1),
        ("1 ? 5 : 1 / 0", 5),
        ("(unsigned char)-1", 255),
        ("(_Bool)5", 1),
        ("(int)3.99", 3),
        ("(int)-3.99", -3),
        ("(unsigned)-1 == 0xffffffff", 1),
        ("1.5 + 1 > 2.25", 1),
        ("'\\n' + '\\x41' + '\\0' + '\\e' + '\\''", 10 + 65 + 27 + 39),
        ("'ab'", 0x6162),
        ("L'\\u00e4'", 0xe4),
        ("sizeof(char[3][4])", 12),
        ("sizeof 1 + 1", 5),
        ("sizeof(int) * 2", 8),
        ("sizeof (int *)", 8),
        ("sizeof (1) + 1", 5),
        ("sizeof \"a\\0b\"", 4),
        ("_Alignof(long double)", 16),
        ("__builtin_types_compatible_p(int, const int)", 1),
        ("__builtin_types_compatible_p(int, long)", 0),
        ("__builtin_choose_expr(1, 4, 1 / 0)", 4),
        ("__builtin_constant_p(3)", 1),
        ("(__int128)1 << 64 >> 60", 16),
        ("__extension__ 3", 3),
        ("(long)&((struct { int a; struct { char b[4]; } c[3]; } *)0)->c[2].b[1]", 13),
        ("(char *)&((struct { int a, b; } *)0)->b - (char *)0", 4),
        ("(int)sizeof(((struct { int a[5]; } *)0)->a)", 20),
    ] {
        let text = format!("static const __int128 X = {text};").replace("__int128 X", "long long X");
        let types = TypeTable::new();
        let names = Declarations::new(&types);
        if let Err(e) = declare(&types, &names, text.as_bytes(), &[]) {
            panic!("{text}: {e}");
        }
        let Some(Name::Constant(found)) = names.get(b"X") else { panic!() };
        let expected = if value > i64::MAX as i128 { value as u64 as i64 as i128 } else { value };
        assert_eq!(found.value, ConstantValue::Integer(expected), "{text}");
    }
    for (text, error) in [
        ("1 / 0", "invalid value"),
        ("1 % (1 - 1)", "invalid value"),
        ("1.5 % 2", "invalid value"),
        ("1 +", "unexpected symbol near ']'"),
        ("(1", "')' expected near ']'"),
        ("1 ? 2", "':' expected near ']'"),
        ("1.5", "invalid value"),
        ("sizeof(void)", "size of C type is unknown or too large"),
        ("*1", "'int' cannot be indexed"),
        ("1[2]", "'int' cannot be indexed"),
        ("((struct { int a; } *)0)->b", "has no member named 'b'"),
        ("1.2.3", "malformed number near '1.2.3'"),
        ("0xg", "malformed number near '0xg'"),
        ("99999999999999999999", "malformed number near '99999999999999999999'"),
        ("12ab", "malformed number near '12ab'"),
        ("''", "''' expected near ''"),
        ("'a", "unfinished string near '<eof>'"),
        ("\"a", "unfinished string near '<eof>'"),
        ("'\\xg'", "invalid escape sequence"),
    ] {
        let found = state.error(&format!("int x[{text}];"));
        assert!(found.contains(error), "{text}: {found}");
    }
}
