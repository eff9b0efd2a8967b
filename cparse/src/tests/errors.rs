//! Bad texts: what is said of them, and that nothing is left of them.

use super::*;

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

#[test]
fn there_may_be_so_many_types() {
    let state = State::of("struct s { int a; };");
    let mut count = 0;
    while state.types.count() <= MAX_TYPES {
        count += 1;
        state.ty(&format!("char[{count}]"));
    }
    assert_eq!(state.type_error("char[1000000]"), "table overflow");
    assert_eq!(state.error("int x;"), "table overflow");
    assert!(state.names.get(b"x").is_none());
    // What is known stays known.
    assert_eq!(state.types.size_of(state.names.tag(b"s").unwrap()), Some(4));
}
