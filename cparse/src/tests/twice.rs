//! Bodies of structs, unions and enumerations that a later text declares once more: what two headers
//! bring that include a third.

use super::*;

const HEADER: &str = r#"
struct node { struct node *next; union { int i; double d; struct { char a, b; } pair[2]; }; int (*f)(struct node *, struct { int z; } *);
  unsigned low : 3, : 2, high : 7; enum { IN_NODE = 4 } kind; static const int K = 5; char name[IN_NODE]; struct inner { short s; } inner; };
union number { long i; double d; };
enum color { RED, GREEN = 5, BLUE };
enum __attribute__((packed)) small { SMALL };
enum { LOOSE = -1, LOOSER };
typedef struct { int x; } plain;
typedef enum { FIRST, SECOND } order;
struct __attribute__((packed)) tight { char c; int i; };
static const int LIMIT = 9;
int f(struct node *, plain *);
"#;

#[test]
fn the_same_text_again() {
    let state = State::new();
    let first = state.declare(HEADER);
    let node = state.ty("struct node");
    let sizes = |state: &State| {
        ["struct node", "union number", "enum small", "plain", "struct tight", "struct inner"].map(|t| state.size(t))
    };
    let before = sizes(&state);
    let count = state.types.count();
    for _ in 0..3 {
        assert_eq!(state.declare(HEADER), first);
    }
    assert_eq!(state.types.count(), count);
    assert_eq!((state.ty("struct node"), sizes(&state)), (node, before));
    assert_eq!((state.integer("LOOSE"), state.integer("IN_NODE"), state.integer("BLUE")), (-1, 4, 6));
    // What the texts have in common may be written in another way, and other things may follow.
    let text = "typedef int number_t; enum color { RED = 1 - 1, GREEN = 5, BLUE = GREEN + 1, }; union number { long int i; double d; } n;
         struct tight { char c; number_t i; } __attribute__((packed)); extern struct tight more;";
    assert_eq!(state.declare(text), ["number_t", "RED", "GREEN", "BLUE", "n", "more"].map(Rc::from));
}

#[test]
fn macros_come_and_go() {
    let text = r#"
#define FLAG 1
#define TEXT "abc"
enum {
#undef FLAG
  FLAG = 3, // comment
#define FLAG FLAG
  LAST
#define LAST LAST
};
#define SIZE sizeof(TEXT) - 1
#define TABLE 29
#undef TABLE
#undef NOTHING
#define TABLE FLAG
#define GONE 7
#undef GONE
int GONE(void), table[TABLE];
#define CALL(x) x
"#;
    let state = State::of(text);
    let values = ["FLAG", "LAST", "SIZE", "TABLE"].map(|name| state.integer(name));
    assert_eq!(values, [3, 4, 3, 3]);
    assert_eq!((state.external("GONE"), state.external("table")), ("int ()".into(), "int [3]".into()));
    let mut names = State::new().declare(text);
    assert_eq!(names, ["FLAG", "TEXT", "LAST", "SIZE", "TABLE", "GONE", "table"].map(Rc::from));
    // Again: each name once, with its meaning, whatever the macros are meanwhile.
    for _ in 0..2 {
        let mut again = state.declare(text);
        again.sort();
        names.sort();
        assert_eq!(again, names);
        assert_eq!(["FLAG", "LAST", "SIZE", "TABLE"].map(|name| state.integer(name)), values);
    }
    // What an earlier text has defined stays.
    state.declare("\n#undef TABLE\nint more[TABLE];");
    assert_eq!(state.external("more"), "int [3]");
    assert_eq!(state.error("\n#define FRESH 5\n#undef FRESH\nint x y;"), "';' expected near 'y' at line 4");
    assert_eq!(state.names.get(b"FRESH"), None);
}

#[test]
fn another_body_is_an_error_at_its_place() {
    let state = State::of(HEADER);
    let count = state.names.all().len();
    for (text, error) in [
        ("union number { long i; };", "attempt to redefine 'number'"),
        ("union number { long i; double e; };", "attempt to redefine 'number'"),
        ("union number { double d; long i; };", "attempt to redefine 'number'"),
        ("union number { unsigned long i; double d; };", "attempt to redefine 'number'"),
        ("struct number { long i; double d; };", "attempt to redefine 'number'"),
        ("struct tight { char c; int i; };", "attempt to redefine 'tight'"),
        ("\n\nstruct inner {\n long s; };", "attempt to redefine 'inner' at line 3"),
        ("struct inner { short s; static const int K = 1; };", "attempt to redefine 'inner'"),
        ("struct inner { nothing s; };", "attempt to redefine 'inner'"),
        ("struct inner { short s; }; struct inner { short s; };", "declared []"),
        ("enum color { RED, GREEN, BLUE };", "attempt to redefine 'color'"),
        ("enum color { RED, GREEN = 5 };", "attempt to redefine 'color'"),
        ("enum small { SMALL };", "attempt to redefine 'small'"),
        ("enum { LOOSE };", "attempt to redefine 'LOOSE'"),
        ("\nenum {\n LOOSE = -1,\n plain };", "attempt to redefine 'plain' at line 4"),
        ("enum { f };", "attempt to redefine 'f'"),
        ("enum other { RED };", "declared [\"RED\"]"),
        ("enum { RED, RED };", "attempt to redefine 'RED'"),
        ("struct fresh { int x; }; struct fresh { int x; };", "attempt to redefine 'fresh'"),
        ("struct fresh { struct fresh { int x; } y; };", "attempt to redefine 'fresh'"),
        ("enum fresh { FRESH }; enum fresh { FRESH };", "attempt to redefine 'fresh'"),
    ] {
        assert_eq!(state.error(text), error, "{text}");
    }
    assert_eq!(state.names.all().len(), count);
    assert!(state.names.tag(b"fresh").is_none());
    // A type by itself says no bodies again.
    assert_eq!(state.type_error("union number { long i; double d; }"), "attempt to redefine 'number'");
    assert_eq!(state.type_error("enum { LOOSE = -1 }"), "attempt to redefine 'LOOSE'");
}

#[test]
fn comparing_takes_no_longer_than_reading() {
    // Every level is met twice as often as the one around it.
    let mut text = String::from("struct {} a, b;");
    for _ in 0..100 {
        text = format!("struct {{ {text} }} a, b;");
    }
    let text = format!("struct deep {{ {text} }};");
    let state = State::of(&text);
    state.declare(&text);
    let pointers = format!("struct far {{ struct {{ int x; }} {}p; }};", "*".repeat(200));
    state.declare(&pointers);
    state.declare(&pointers);
}
