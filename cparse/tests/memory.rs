//! What declarations cost: nothing when they fail, and little, always the same, for each type else.

use lunaffi_core::ctype::TypeTable;
use lunaffi_cparse::{Declarations, ask, declare, type_name};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's memory, with a count of the bytes that each thread has.
struct Counting;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = BYTES.try_with(|all| all.set(all.get() + bytes));
}

// SAFETY: the system's allocator does the work; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static MEMORY: Counting = Counting;

fn bytes() -> isize {
    BYTES.with(Cell::get)
}

const DECLARATIONS: &str = "struct known;
    typedef struct { int a, b[7]; struct { char *name; enum { ONE, TWO } kind; } inner; } record;
    struct known { record *first; struct known *next; double (*call)(record *, int (*)[3]); };
    enum colour { RED, GREEN = 1 << 4 };
    static const char TEXT[] = \"constant\";
    typedef unsigned char bool;
    int function(struct known *, const volatile record *, ...) __asm__(\"other_name\");";

#[test]
fn declarations_that_fail_leave_memory_where_it_was() {
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    declare(&types, &names, b"struct known; struct other;", &[]).unwrap();
    let known = names.tag(b"known").unwrap();
    let failing = format!("{DECLARATIONS} oops here;");
    let fail = || {
        declare(&types, &names, failing.as_bytes(), &[]).unwrap_err();
        type_name(&types, &names, b"struct { int x[9]; } *(*)(struct { long y[5]; }, oops)", &[]).unwrap_err();
    };
    // The tables of names keep the room that they once needed.
    (0..1000).for_each(|_| fail());
    let (entries, before) = (types.count(), bytes());
    (0..20_000).for_each(|_| fail());
    assert_eq!((types.count(), bytes()), (entries, before));
    // What the text completed is incomplete, and what it declared is free.
    assert_eq!((types.size_of(known), types.align_of(known)), (None, 1));
    assert!(types.record(known).is_none() && names.get(b"record").is_none() && names.get(b"RED").is_none());
    declare(&types, &names, DECLARATIONS.as_bytes(), &[]).unwrap();
    assert_eq!((names.tag(b"known"), types.size_of(known)), (Some(known), Some(24)));
    assert!(names.get(b"record").is_some() && names.get(b"bool").is_some());
}

#[test]
fn questions_about_types_that_nothing_else_has_leave_memory_where_it_was() {
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    let size = |text: &[u8]| ask(&types, &names, text, |types, ty| types.size_of(ty)).unwrap();
    assert_eq!(size(b"struct { int x[9]; union { char c; double d; } u; } [3]"), Some(144));
    let (entries, before) = (types.count(), bytes());
    for _ in 0..1000 {
        assert_eq!(size(b"struct { int x[9]; union { char c; double d; } u; } [3]"), Some(144));
    }
    assert_eq!((types.count(), bytes()), (entries, before));
    // Names that the text declares stay, and with them their types.
    assert_eq!(size(b"enum { HERE = 7 }"), Some(4));
    assert!(names.get(b"HERE").is_some() && types.count() > entries);
    // So do the members that it gives to a struct that is known.
    declare(&types, &names, b"struct late;", &[]).unwrap();
    assert_eq!(size(b"struct late { int a; }"), Some(4));
    assert_eq!(types.size_of(names.tag(b"late").unwrap()), Some(4));
}

#[test]
fn a_type_costs_little_however_many_there_are() {
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    let more = |from: usize, to: usize| {
        let (entries, before) = (types.count(), bytes());
        for n in from..to {
            type_name(&types, &names, format!("char[{n}]").as_bytes(), &[]).unwrap();
        }
        assert_eq!(types.count() - entries, to - from);
        (bytes() - before) as usize / (to - from)
    };
    // Tables that double have room for up to twice as many.
    for (from, to) in [(1, 1 << 10), (1 << 10, 1 << 14), (1 << 14, 1 << 17)] {
        let each = more(from, to);
        assert!(each < 220, "{each} bytes for each of the types {from} to {to}");
    }
}
