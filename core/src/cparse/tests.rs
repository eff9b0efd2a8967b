//! What declarations mean, construct by construct.

use super::*;
use crate::ctype::ConstantValue;

/// A state of its own.
struct State {
    types: TypeTable,
    names: Declarations,
}

impl State {
    fn new() -> State {
        let types = TypeTable::new();
        let names = Declarations::new(&types);
        State { types, names }
    }

    fn of(text: &str) -> State {
        let state = State::new();
        state.declare(text);
        state
    }

    #[track_caller]
    fn declare(&self, text: &str) -> Vec<Box<str>> {
        match declare(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(names) => names,
            Err(e) => panic!("{text}: {e} (column {})", e.column),
        }
    }

    fn error(&self, text: &str) -> String {
        match declare(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(names) => format!("declared {names:?}"),
            Err(e) => e.to_string(),
        }
    }

    #[track_caller]
    fn ty(&self, text: &str) -> TypeId {
        match type_name(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(ty) => ty,
            Err(e) => panic!("{text}: {e}"),
        }
    }

    fn type_error(&self, text: &str) -> String {
        match type_name(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(ty) => format!("is {}", self.types.c_name(ty)),
            Err(e) => e.to_string(),
        }
    }

    #[track_caller]
    fn spelled(&self, text: &str) -> String {
        self.types.c_name(self.ty(text)).to_string()
    }

    #[track_caller]
    fn size(&self, text: &str) -> usize {
        self.types.size_of(self.ty(text)).unwrap_or_else(|| panic!("{text} has no size"))
    }

    #[track_caller]
    fn constant(&self, name: &str) -> ConstantValue {
        match self.names.get(name.as_bytes()) {
            Some(Name::Constant(constant)) => constant.value.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[track_caller]
    fn integer(&self, name: &str) -> i128 {
        match self.constant(name) {
            ConstantValue::Integer(value) => value,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The type of a function or variable, spelled.
    #[track_caller]
    fn external(&self, name: &str) -> String {
        match self.names.get(name.as_bytes()) {
            Some(Name::Extern { ty, .. }) => self.types.c_name(ty).to_string(),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn types_are_spelled_as_luajit_spells_them() {
    let state = State::new();
    for (text, spelled) in [
        ("int", "int"),
        ("unsigned", "unsigned int"),
        ("const unsigned", "const unsigned int"),
        ("char", "char"),
        ("signed char", "char"),
        ("int8_t", "char"),
        ("uint8_t", "unsigned char"),
        ("short int signed", "short"),
        ("long unsigned int", "uint64_t"),
        ("long long", "int64_t"),
        ("size_t", "uint64_t"),
        ("ptrdiff_t", "int64_t"),
        ("wchar_t", "int"),
        ("int &", "int &"),
        ("int (&)[4]", "int (&)[4]"),
        ("int[?]", "int [?]"),
        ("int[]", "int []"),
        ("int(*)(int)", "int (*)()"),
        ("int(int)", "int ()"),
        ("int **const*", "int **const *"),
        ("volatile const int", "const volatile int"),
        ("complex", "complex"),
        ("float complex", "complex float"),
        ("_Complex double*", "complex *"),
        ("long double", "long double"),
        ("__int128", "int128_t"),
        ("int __attribute__((mode(TI)))", "int128_t"),
        ("int __attribute__((vector_size(16)))", "int __attribute__((vector_size(16)))"),
        ("int*[3][4]", "int *[3][4]"),
        ("int(*)[3][4]", "int (*)[3][4]"),
        ("const char*", "const char *"),
        ("char*const", "char *const"),
        ("int (*(*)(int))[3]", "int (*(*)())[3]"),
        ("int const *volatile", "const int *volatile"),
        ("int (*const)(void)", "int (*const)()"),
        ("int ([10])[5]", "int [10][5]"),
        ("bool", "bool"),
        ("void *", "void *"),
    ] {
        assert_eq!(state.spelled(text), spelled, "{text}");
    }
    assert_eq!(state.ty("long"), state.ty("int64_t"));
    assert_eq!(state.ty("int"), state.ty("int32_t"));
}

#[test]
fn specifiers_come_in_any_order() {
    let state = State::new();
    for (text, size, spelled) in [
        ("long unsigned int", 8, "uint64_t"),
        ("int long unsigned", 8, "uint64_t"),
        ("int const unsigned short", 2, "const unsigned short"),
        ("long const long", 8, "const int64_t"),
        ("__signed__ char", 1, "char"),
        ("unsigned __int64", 8, "uint64_t"),
        ("__int16 unsigned", 2, "unsigned short"),
        ("__extension__ unsigned __int128", 16, "uint128_t"),
        ("double long", 16, "long double"),
        ("_Bool", 1, "bool"),
        ("_Bool int", 4, "int"),
        ("_Float32", 4, "float"),
        ("_Float64", 8, "double"),
        ("_Float32x", 8, "double"),
        ("_Float64x", 16, "long double"),
        ("_Float128", 16, "__float128"),
        ("_Float16", 2, "_Float16"),
        ("_Float32 _Complex", 8, "complex float"),
        ("_Complex long double", 32, "complex long double"),
        ("_Atomic int", 4, "int"),
        ("_Atomic(long) *", 8, "int64_t *"),
        ("__typeof__(int *)", 8, "int *"),
        ("typeof(1 + 2L)", 8, "int64_t"),
        ("_Decimal64", 8, "_Decimal64"),
        ("restrict volatile char", 1, "volatile char"),
    ] {
        assert_eq!((state.size(text), &*state.spelled(text)), (size, spelled), "{text}");
    }
    assert_eq!(state.size("va_list"), if cfg!(target_arch = "aarch64") { 32 } else { 24 });
}

#[test]
fn declarators_nest() {
    let state = State::of(
        "int (*(*f)(int))[3]; void (*signal(int, void(*)(int)))(int); int g(), *p, a[2][3]; char *const *q;
         int h(int a[], int b[const 5], int c[static 3], int d[restrict], void cb(int), ...);
         int (paren)(void); extern int (*table[])(void);",
    );
    for (name, spelled) in [
        ("f", "int (*(*)())[3]"),
        ("signal", "void (*())()"),
        ("g", "int ()"),
        ("p", "int *"),
        ("a", "int [2][3]"),
        ("q", "char *const *"),
        ("paren", "int ()"),
        ("table", "int (*[])()"),
    ] {
        assert_eq!(state.external(name), spelled, "{name}");
    }
    let Some(Name::Extern { ty, .. }) = state.names.get(b"h") else { panic!() };
    let function = state.types.function(ty).unwrap();
    let params: Vec<String> = function.params.iter().map(|&p| state.types.c_name(p).to_string()).collect();
    assert_eq!(params, ["int *", "int *", "int *", "int *", "void (*)()"]);
    assert!(function.variadic);
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
    assert_eq!(state.constant("PI"), ConstantValue::Float(3.25));
    assert_eq!(state.constant("TEXT"), ConstantValue::Text((*b"a\0b").into()));
}

#[test]
fn errors_say_what_luajit_says() {
    for (text, error) in [
        ("int", "'<identifier>' expected near '<eof>'"),
        ("int;", "'<identifier>' expected near ';'"),
        ("const x;", "declaration specifier expected near 'x'"),
        ("foo x;", "declaration specifier expected near 'foo'"),
        ("int x y", "';' expected near 'y'"),
        ("auto int x;", "bad storage class near 'auto'"),
        ("static int x;", "invalid C type"),
        ("static const int x;", "'=' expected near ';'"),
        ("int a[-1];", "size of C type is unknown or too large"),
        ("struct { int x:33; };", "invalid value near ':'"),
        ("struct q2 { struct nope n; int c; };", "size of C type is unknown or too large"),
        ("enum {", "'<identifier>' expected near '<eof>'"),
        ("int f(", "declaration specifier expected near '<eof>'"),
        ("int f(int", "')' expected near '<eof>'"),
        ("struct s2 {int x} ;", "';' expected near '}'"),
        ("enum { A1=1/0 };", "invalid value"),
        ("\n\nint x y", "';' expected near 'y' at line 3"),
        ("int x[3", "']' expected near '<eof>'"),
        ("#foo", "unexpected symbol near 'foo'"),
        ("int d[foo];", "unexpected symbol near 'foo'"),
        ("@", "declaration specifier expected near '@'"),
        ("struct s1 {int x;}; struct s1 {int z;};", "attempt to redefine 's1'"),
        ("struct s1 {int x;}; union s1;", "attempt to redefine 's1'"),
        ("enum { A }; enum { A };", "attempt to redefine 'A'"),
        ("typedef int t1[]; t1 t2[3];", "size of C type is unknown or too large"),
        ("void vv[3];", "size of C type is unknown or too large"),
        ("int &r[3];", "invalid C type"),
        ("int f()[3];", "invalid C type"),
        ("int f2()();", "invalid C type"),
        ("int $;", "wrong number of type parameters"),
        ("int a = 09;", "malformed number near '09'"),
        ("int x; int y", "';' expected near '<eof>'"),
        ("# 10 \"f.h\"\nint x y", "';' expected near 'y' at line 10"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
    let state = State::of("struct point { int x, y; };");
    for (text, error) in [
        ("struct nosuch *", "undeclared or implicit tag 'nosuch'"),
        ("int x", "'<eof>' expected near 'x'"),
        ("", "declaration specifier expected near '<eof>'"),
        ("int;", "'<eof>' expected near ';'"),
        ("struct point", "is struct point"),
        ("int&*", "invalid C type"),
        ("int[2147483647]", "size of C type is unknown or too large"),
    ] {
        assert_eq!(state.type_error(text), error, "{text}");
    }
}

#[test]
fn what_fails_leaves_nothing() {
    let state = State::of("struct later; typedef int kept;");
    let count = state.names.all().len();
    for text in [
        "typedef int gone; struct later { int x; }; struct new { int y; }; enum { GONE }; int f(gone *); int x y;",
        "struct later { int x; }; struct later { int y; };",
    ] {
        assert!(state.error(text).starts_with("';' expected") || state.error(text).starts_with("attempt"));
        assert_eq!(state.names.all().len(), count);
        assert_eq!(state.names.tag(b"new"), None);
        assert!(state.types.record(state.names.tag(b"later").unwrap()).is_none());
    }
    state.declare("struct later { char c; }; typedef long gone; enum { GONE = 5 };");
    assert_eq!((state.size("struct later"), state.size("gone"), state.integer("GONE")), (1, 8, 5));
}
