//! How fast declarations are read: `cargo test --release -p lunaffi-cparse --test speed -- --ignored --nocapture`

use lunaffi_core::ctype::TypeTable;
use lunaffi_cparse::{Declarations, declare};
use std::fmt::Write as _;
use std::time::Instant;

/// A header of that many declarations of the kinds that libraries have.
fn header(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count / 10 {
        let _ = write!(
            text,
            "typedef unsigned long int library_type_{i};
typedef struct library_object_{i} library_object_{i};
struct library_object_{i} {{ int width, height; const char *name; unsigned flags : 3; library_object_{i} *next; }};
enum library_state_{i} {{ LIBRARY_IDLE_{i}, LIBRARY_BUSY_{i} = {i} + 1, LIBRARY_DONE_{i} = (1 << 4) | 2 }};
extern int library_open_{i}(const char *path, library_object_{i} **object, int mode);
extern void library_close_{i}(library_object_{i} *object) __attribute__((__nothrow__, __leaf__));
/* Reads up to size bytes; the number of bytes that were read, or -1. */
extern long library_read_{i}(library_object_{i} *object, void *__restrict buffer, library_type_{i} size);
typedef int (*library_callback_{i})(void *context, enum library_state_{i} state, double when);
extern library_callback_{i} library_set_callback_{i}(library_object_{i} *object, library_callback_{i} callback);
extern const unsigned char library_table_{i}[16];
"
        );
    }
    text
}

#[test]
#[ignore = "measures time"]
fn declarations_per_second() {
    // A few shorter ones show whether time grows with the length alone.
    for count in [600, 6000, 60000] {
        let text = header(count);
        let (mut best, mut pass) = (f64::MAX, f64::MAX);
        for _ in 0..if count > 6000 { 5 } else { 20 } {
            let types = TypeTable::new();
            let names = Declarations::new(&types);
            let start = Instant::now();
            let lines = text.bytes().filter(|&c| c == b'\n').count();
            pass = pass.min(start.elapsed().as_secs_f64());
            assert!(lines > 0);
            let start = Instant::now();
            let declared = declare(&types, &names, text.as_bytes(), &[]).unwrap();
            best = best.min(start.elapsed().as_secs_f64());
            assert!(declared.len() >= count);
        }
        let speed = text.len() as f64 / best / 1e6;
        println!(
            "{count} declarations, {} KB: {:.1} ms, {speed:.0} MB/s; counting its lines is {:.0} times as fast",
            text.len() / 1000,
            best * 1e3,
            best / pass
        );
    }
}
