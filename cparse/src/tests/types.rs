//! Specifiers and declarators.

use super::*;

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
fn qualifiers_have_three_spellings_and_any_place() {
    let state = State::new();
    for (text, spelled) in [
        ("int const", "const int"),
        ("__const int", "const int"),
        ("int __const__", "const int"),
        ("__volatile__ int", "volatile int"),
        ("const int const", "const int"),
        ("int const * const", "const int *const"),
        ("int *__restrict__ *restrict", "int **"),
        ("char *const *volatile", "char *const *volatile"),
        ("const struct p *", "const struct p *"),
        ("const int[3]", "const int [3]"),
        ("int (__stdcall *)(int)", "int (*)()"),
        ("int (__attribute__((cdecl)) *)(int)", "int (*)()"),
        ("int *_Nonnull", "int *"),
        ("const void", "const void"),
        ("int __ptr64", "int"),
    ] {
        state.declare("struct p;");
        assert_eq!(state.spelled(text), spelled, "{text}");
    }
    // Function types have no qualifiers, arrays give them to their elements.
    let state = State::of("typedef int F(int); typedef int A[2]; extern const A a; extern const F f;");
    assert_eq!(state.external("a"), "const int [2]");
    assert_eq!(state.external("f"), "int ()");
}

#[test]
fn typedefs_that_every_state_has() {
    let state = State::new();
    for (text, size, spelled) in [
        ("ptrdiff_t", 8, "int64_t"),
        ("ssize_t", 8, "int64_t"),
        ("intptr_t", 8, "int64_t"),
        ("uintptr_t", 8, "uint64_t"),
        ("int16_t", 2, "short"),
        ("uint16_t", 2, "unsigned short"),
        ("uint32_t", 4, "unsigned int"),
        ("uint64_t", 8, "uint64_t"),
        ("time_t", 8, "int64_t"),
        ("char16_t", 2, "unsigned short"),
        ("char32_t", 4, "unsigned int"),
        ("__int128_t", 16, "int128_t"),
        ("__uint128_t", 16, "uint128_t"),
    ] {
        assert_eq!((state.size(text), &*state.spelled(text)), (size, spelled), "{text}");
    }
    assert_eq!(state.ty("va_list"), state.ty("__builtin_va_list"));
    // Declared again, as headers do, they stay what they are.
    let names =
        state.declare("typedef unsigned long size_t; typedef __builtin_va_list va_list; typedef short int16_t;");
    assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["size_t", "va_list", "int16_t"]);
    assert_eq!(state.ty("size_t"), state.ty("uint64_t"));
}

#[test]
fn typedef_names_can_be_declared_anew() {
    let state = State::of(
        "typedef int T; typedef T U, *PT; struct s { T T; unsigned U; PT x; }; int f(T T, U); int g(T (U)); int h(T (x));",
    );
    assert_eq!(state.layout("struct s", &["T", "U", "x"]), (16, 8, vec![0, 4, 8]));
    // A type in parentheses is a parameter's type, a name is its name.
    let param = |name: &str| {
        let Some(Name::Extern { ty, .. }) = state.names.get(name.as_bytes()) else { panic!() };
        state.types.c_name(state.types.function(ty).unwrap().params[0]).to_string()
    };
    assert_eq!((param("g"), param("h")), ("int (*)()".into(), "int".into()));
    let state = State::of("typedef unsigned char bool; struct b { bool yes; int complex; };");
    assert_eq!((state.spelled("bool"), state.size("struct b")), ("unsigned char".into(), 8));
    let state = State::new();
    assert_eq!(state.error("typedef int bool; int x y;"), "';' expected near 'y'");
    assert_eq!(state.spelled("bool"), "bool");
}

#[test]
fn attributes_change_types() {
    let state = State::of(
        "typedef int aligned16 __attribute__((aligned(16))); typedef int __attribute__((__aligned__(1))) unaligned;
         typedef unsigned di __attribute__((mode(DI))); typedef int qi __attribute__((__mode__(__QI__)));
         typedef float df __attribute__((mode(DF))); typedef int word __attribute__((mode(word)));
         typedef int v4 __attribute__((vector_size(16))); typedef float v4sf __attribute__((mode(V4SF)));
         typedef char __attribute__((vector_size(8))) *v8p; __declspec(align(32)) typedef struct { char c; } msvc;
         __declspec(dllimport noreturn) void imported(void); void __attribute((noreturn, nonnull(1, 2))) f(int *, int *);
         extern int x __attribute__((aligned(64))), y; int g(int) __attribute__((const)) __attribute__((pure));
         typedef int biggest __attribute__((aligned)); [[nodiscard]] int h(void);
         typedef struct { int i; } __attribute__((unknown(\"a)b\", (1, 2)))) odd;",
    );
    for (text, size, align) in [
        ("aligned16", 4, 16),
        ("unaligned", 4, 1),
        ("di", 8, 8),
        ("qi", 1, 1),
        ("df", 8, 8),
        ("word", 8, 8),
        ("v4", 16, 16),
        ("v4sf", 16, 16),
        ("v8p", 8, 8),
        ("biggest", 4, 16),
        ("odd", 4, 4),
    ] {
        assert_eq!((state.size(text), state.types.align_of(state.ty(text))), (size, align), "{text}");
    }
    assert_eq!(state.spelled("di"), "uint64_t");
    assert_eq!(state.spelled("v8p"), "char __attribute__((vector_size(8))) *");
    assert_eq!(state.spelled("v4sf"), "float __attribute__((vector_size(16)))");
    assert_eq!(state.spelled("aligned16"), "int");
    let Some(Name::Extern { ty, .. }) = state.names.get(b"x") else { panic!() };
    assert_eq!(state.types.align_of(ty), 64);
    for (text, error) in [
        ("int x __attribute__((aligned(3)));", "invalid value"),
        ("int x __attribute__((mode(XY)));", "invalid value near 'XY'"),
        ("int x __attribute__((vector_size(12)));", "size of C type is unknown or too large"),
        ("struct s *p __attribute__((vector_size(16)));", "invalid C type"),
        ("int x __attribute__(aligned);", "'(' expected near 'aligned'"),
        ("int x __attribute__((aligned(4);", "')' expected near ';'"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn symbols_are_redirected() {
    let state = State::of(
        "int puts2(const char *) asm(\"puts\"); extern int e __asm__(\"en\" \"viron\"), f; void g(void) __asm(\"gg\") __attribute__((nothrow));
         int plain(void);",
    );
    for (name, expected) in
        [("puts2", Some("puts")), ("e", Some("environ")), ("f", None), ("g", Some("gg")), ("plain", None)]
    {
        let Some(Name::Extern { symbol, .. }) = state.names.get(name.as_bytes()) else { panic!("{name}") };
        assert_eq!(symbol.as_deref(), expected, "{name}");
    }
}

#[test]
fn parameters_stand_for_types_names_and_numbers() {
    let state = State::of("struct point { int x, y; };");
    let point = state.ty("struct point");
    let run = |text: &str, params: &[Param]| type_name(&state.types, &state.names, text.as_bytes(), params);
    let spelled = |ty| state.types.c_name(ty).to_string();
    assert_eq!(run("$", &[Param::Type(point)]), Ok(point));
    assert_eq!(run("$ *[$]", &[Param::Type(point), Param::Number(3)]).map(spelled).unwrap(), "struct point *[3]");
    assert_eq!(
        run("struct { $ $; }", &[Param::Type(point), Param::Name("at".into())]).map(|t| state
            .types
            .record(t)
            .unwrap()
            .by_name(b"at")
            .unwrap()
            .ty),
        Ok(point)
    );
    assert_eq!(run("struct $", &[Param::Name("point".into())]), Ok(point));
    for params in [&[][..], &[Param::Type(point), Param::Type(point)]] {
        assert_eq!(run("$", params).unwrap_err().message, "wrong number of type parameters");
    }
    // A name is never a type's, nor a keyword.
    assert_eq!(run("$", &[Param::Name("int".into())]).unwrap_err().message, "declaration specifier expected near '$'");
    let declared = declare(
        &state.types,
        &state.names,
        b"typedef $ $; enum { $ = $ };",
        &[Param::Type(point), Param::Name("alias".into()), Param::Name("K".into()), Param::Number(-5)],
    );
    assert_eq!(declared.unwrap(), ["alias".into(), "K".into()]);
    assert_eq!((state.ty("alias"), state.integer("K")), (point, -5));
    let declared = declare(&state.types, &state.names, b"int $;", &[Param::Name("int".into())]);
    assert_eq!((declared.unwrap().len(), state.size("int")), (0, 4));
}
