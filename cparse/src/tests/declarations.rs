//! Whole declarations: storage classes, definitions, directives, and what surrounds them.

use super::*;

#[test]
fn storage_classes() {
    let state = State::of(
        "int typedef T, *PT; extern int e; static int f(void); static inline int g(int x) { return x; } inline int h(void);
         typedef struct unnamed { int x; }; extern __thread int per_thread; int i, *j, k(void); _Noreturn void l(void);",
    );
    assert_eq!(state.spelled("PT"), "int *");
    for name in ["e", "f", "g", "h", "per_thread", "i", "j", "k", "l"] {
        state.external(name);
    }
    assert_eq!(state.size("struct unnamed"), 4);
    for (text, error) in [
        ("register int x;", "bad storage class near 'register'"),
        ("int f(static int x);", "bad storage class near 'static'"),
        ("static struct s { int x; } y; static int table[4], *all[2][2];", "declared [\"y\", \"table\", \"all\"]"),
        ("static const int table[4];", "invalid C type"),
        ("static int open[];", "invalid C type"),
        ("static int *pointer;", "invalid C type"),
        ("int x; static int x;", "declared [\"x\"]"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
    assert!(State::new().error("int f(register int x);").starts_with("declared"));
    assert_eq!(State::new().type_error("static int"), "bad storage class near 'static'");
}

#[test]
fn names_come_in_order_and_once() {
    let state = State::new();
    let names =
        state.declare("typedef int A; int f(A); extern int v; enum { E1, E2 }; int f(int); struct tag { int x; };");
    assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["A", "f", "v", "E1", "E2"]);
    // What another text declared before counts, too; the first meaning stays.
    let names = state.declare("extern double v; int g(void);");
    assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["v", "g"]);
    assert_eq!(state.external("v"), "int");
    assert!(state.names.all().iter().any(|n| &**n == "g"));
    assert_eq!(state.names.get(b"int"), None);
    assert_eq!(state.names.tags().iter().filter(|(tag, _)| &**tag == "tag").count(), 1);
}

#[test]
fn empty_and_unfinished() {
    for text in [
        "",
        ";",
        ";;;",
        "struct x;",
        "enum e { A };",
        "int x",
        "int f(void) {}",
        "struct s { int x; }",
        " /* a */ // b",
        "typedef struct s s;",
    ] {
        let found = State::new().error(text);
        assert!(found.starts_with("declared"), "{text}: {found}");
    }
    // Only a text of one declaration may leave its semicolon out.
    assert_eq!(State::new().error("int x; int y"), "';' expected near '<eof>'");
    assert_eq!(State::new().error("; int y"), "';' expected near '<eof>'");
}

#[test]
fn bodies_are_skipped() {
    let state = State::of(
        r#"static inline int f(int x) { char c = '}'; const char *s = "}\"}"; /* } */ // }
             int nested(int y) { return y + 1.5e3f; } __asm__ volatile ("nop }" ::: "memory"); __auto_type z = ({ 1; });
             if (x) { return '\''; } else { return _Generic(x, int: 1, default: 2); } }
           int old(a, b) int a; char *b; { return a; }
           int older(a) { return a; }
           extern inline __attribute__((gnu_inline)) int g(void) { return 1; }
           int after;"#,
    );
    for (name, spelled) in [("f", "int ()"), ("old", "int ()"), ("older", "int ()"), ("g", "int ()"), ("after", "int")]
    {
        assert_eq!(state.external(name), spelled);
    }
    assert_eq!(State::new().error("int f(void) { {"), "'}' expected near '<eof>'");
    assert_eq!(State::new().error("int f(int) int g(int);"), "';' expected near 'int'");
    assert_eq!(State::new().error("int f(foo);"), "declaration specifier expected near 'foo'");
}

#[test]
fn initialisers() {
    let state = State::of(
        r#"int x = 5, y = { 1 }; const char *s = "a,b;c"; extern int arr[2] = { [0] = 1, (2, 3) };
           static const int A = 1 + 2, B = A * 2; static const unsigned char C = 300; static const long long D = 1LL << 40;
           static const double E = -0.5e1; static const float F = 0x1.8p1f; static const char *const G = "te" "xt";
           static const char H[] = "abc"; static const bool I = 7; const static int J = -1; static const short K = 70000;
           static const struct { int q; } ignored = { 1 }; static const enum { EA, EB } L = EB; static const _Float32 M = 2;"#,
    );
    for name in ["x", "y", "s", "arr", "ignored"] {
        state.external(name);
    }
    for (name, value) in [("A", 3), ("B", 6), ("C", 44), ("D", 1 << 40), ("I", 1), ("J", -1), ("K", 4464), ("L", 1)] {
        assert_eq!(state.integer(name), value, "{name}");
    }
    for (name, value) in [("E", -5.0), ("F", 3.0), ("M", 2.0)] {
        assert_eq!(state.float(name), value, "{name}");
    }
    assert_eq!(state.constant("G"), ConstantValue::Text((*b"text").into()));
    assert_eq!(state.constant("H"), ConstantValue::Text((*b"abc").into()));
    let Some(Name::Constant(h)) = state.names.get(b"H") else { panic!() };
    assert_eq!(state.types.size_of(h.ty), Some(4));
    assert_eq!(State::new().error("static const int x = foo;"), "unexpected symbol near 'foo'");
    assert_eq!(State::new().error("static const int x = 1/0;"), "invalid value");
    assert_eq!(State::new().error("extern int y; static const int x = y;"), "invalid value");
}

#[test]
fn directives() {
    let state = State::of(
        "# 1 \"file.h\"\n#line 5\n#pragma GCC diagnostic push\n#include <stdio.h>\n#define NUMBER 42\n#define SUM (NUMBER + 1)\n\
         #define FLOAT 1.5\n#define TEXT \"text\"\n#define MACRO(x) x\n#define EMPTY\n#define NAME other\n#define SPLIT \\\n 7\n\
         #define TYPE int\n#\n#undef X\nint a[NUMBER];\nint b[SPLIT];",
    );
    assert_eq!((state.integer("NUMBER"), state.integer("SUM"), state.integer("SPLIT")), (42, 43, 7));
    assert_eq!(state.float("FLOAT"), 1.5);
    assert_eq!(state.constant("TEXT"), ConstantValue::Text((*b"text").into()));
    for name in ["MACRO", "EMPTY", "NAME", "TYPE"] {
        assert_eq!(state.names.get(name.as_bytes()), None, "{name}");
    }
    assert_eq!((state.external("a"), state.external("b")), ("int [42]".into(), "int [7]".into()));
    for (text, error) in [
        ("#if 1", "conditionals of the preprocessor are not read near 'if'"),
        ("int x;\n # ifndef X\n#endif", "conditionals of the preprocessor are not read near 'ifndef' at line 2"),
        ("#endif", "conditionals of the preprocessor are not read near 'endif'"),
        ("#error no", "unexpected symbol near 'error'"),
        ("#line x", "'<integer>' expected near 'x'"),
        ("# 7 \"f\"\n\n?", "declaration specifier expected near '?' at line 8"),
        ("int a;\n#line 100\n int b c;", "';' expected near 'c' at line 100"),
        ("#define A #define B #define C\n?", "declaration specifier expected near '?' at line 2"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn white_space_and_comments() {
    let state = State::of("int\x0b\x0ca/**/;/* int b; */int // int c;\r\n d;int e\\\nf;in\\\r\nt g; # 5\nint h;");
    for name in ["a", "d", "ef", "g", "h"] {
        state.external(name);
    }
    assert_eq!(state.names.get(b"b"), None);
    assert_eq!(State::new().error("int x; /* "), "unfinished comment near '<eof>'");
    // A line that goes on on the next one is two.
    assert_eq!(State::new().error("int \\\n\\\nx y;"), "';' expected near 'y' at line 3");
    // Names may be of any language, if they are text at all.
    assert_eq!(State::of("int größe;").external("größe"), "int");
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    let bad = declare(&types, &names, b"/* \xff */ int \xff;", &[]).unwrap_err();
    assert_eq!((bad.line, bad.column), (1, 13));
    assert!(bad.message.starts_with("a name is not valid UTF-8"));
}

#[test]
fn what_newer_c_and_c_plus_plus_bring() {
    let state = State::of(
        r#"_Static_assert(sizeof(int) == 4, "int"); static_assert(1); extern "C" { int in_block; struct s { int x; _Static_assert(1, ""); }; }
           extern "C" int alone(void); _Static_assert(__builtin_unknown(3), "believed"); _Static_assert(({ 1; }), "believed");
           __extension__ _Static_assert(1, ""); struct s2 { int x; __extension__ _Static_assert(1, ""); __extension__ int y; };
           __extension__ typedef long long ext; typedef __builtin_sysv_va_list list; typedef _Atomic(int) at; __typeof__(alone) *pointer; typeof(int[3]) three;
           asm(".globl x"); int f(int n, int a[n], int b[static 3], int c[*], int d[const restrict], int (*e)[n], double m[2][n + 1]);
           _Thread_local int t; typedef int nullable; void g(nullable *_Nonnull p);"#,
    );
    assert_eq!(state.external("pointer"), "int (*)()");
    assert_eq!(state.external("three"), "int [3]");
    let Some(Name::Extern { ty, .. }) = state.names.get(b"f") else { panic!() };
    let params: Vec<String> =
        state.types.function(ty).unwrap().params.iter().map(|&p| state.types.c_name(p).to_string()).collect();
    assert_eq!(params, ["int", "int *", "int *", "int *", "int *", "int (*)[]", "double (*)[]"]);
    for (text, error) in [
        ("_Static_assert(0, \"no \" \"way\");", "static assertion failed: no way"),
        ("_Static_assert(1 == 2);", "static assertion failed"),
        ("__extension__ _Static_assert(0, \"no\");", "static assertion failed: no"),
        ("_Static_assert 1;", "'(' expected near '1'"),
        ("extern \"C\" { int x;", "'}' expected near '<eof>'"),
        ("int x; }", "declaration specifier expected near '}'"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}
