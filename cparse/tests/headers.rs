//! Real headers: what the C compiler's preprocessor makes of them is declared as it stands, and the size
//! and alignment of every type with a name, the offset of every member and the value of every
//! enumerator is what the compiler says.

use lunaffi_core::ctype::{CType, ConstantValue, Record, RecordKind, TypeId, TypeTable};
use lunaffi_cparse::{Declarations, Name, declare};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn compiler(name: &str, args: &[&str], input: &str) -> Option<(bool, Vec<u8>, String)> {
    let mut child = Command::new(name)
        .args(args)
        .args(["-x", "c", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    Some((output.status.success(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned()))
}

const CONTROL: &str = "a char of two bytes";

/// What a header gave.
#[derive(Default)]
struct Outcome {
    missing: bool,
    error: Option<String>,
    checks: usize,
    wrong: Vec<String>,
}

/// An assertion for the compiler, with its text.
fn assert_that(checks: &mut String, condition: &str, what: &str) {
    let _ = writeln!(checks, "_Static_assert({condition}, \"{what}\");");
}

fn check_type(types: &TypeTable, ty: TypeId, spelling: &str, checks: &mut String, count: &mut usize) {
    let Some(size) = types.size_of(ty) else { return };
    let align = types.align_of(ty);
    *count += 1;
    let condition = format!("sizeof({spelling}) == {size} && __alignof__({spelling}) == {align}");
    assert_that(checks, &condition, &format!("{spelling}: size {size}, alignment {align}"));
}

fn check_fields(record: &Record, spelling: &str, checks: &mut String, count: &mut usize) {
    for field in record.fields.iter().chain(&record.inner) {
        if field.bits.is_some() || field.name.is_empty() {
            continue;
        }
        *count += 1;
        let (name, offset) = (&field.name, field.offset);
        assert_that(
            checks,
            &format!("__builtin_offsetof({spelling}, {name}) == {offset}"),
            &format!("{spelling}.{name}: offset {offset}"),
        );
    }
}

/// A compiler, and what it is told when it makes a text of a header.
type Way<'a> = (&'a str, &'a [&'a str]);

const PLAIN: Way = ("cc", &["-P"]);
const GNU: Way = ("cc", &["-P", "-D_GNU_SOURCE"]);

/// What the preprocessor makes of a text; `None` if it finds no such header.
fn preprocessed((name, options): Way, include: &str) -> Option<Vec<u8>> {
    let flags = flags();
    let mut args = vec!["-E", "-w"];
    args.extend(options);
    args.extend(flags.iter().map(String::as_str));
    match compiler(name, &args, include) {
        Some((true, text, _)) => Some(text),
        _ => None,
    }
}

/// As `attempt`; a text that the compiler does not take either counts as missing.
fn check(include: &str, way: Way) -> Outcome {
    let mut outcome = attempt(include, way);
    if outcome.error.is_some() || !outcome.wrong.is_empty() {
        let flags = flags();
        let mut args = vec!["-fsyntax-only", "-w"];
        args.extend(flags.iter().map(String::as_str));
        args.extend(way.1.iter().filter(|option| **option != "-P" && **option != "-dD"));
        outcome.missing = !matches!(compiler(way.0, &args, include), Some((true, ..)));
    }
    outcome
}

/// Declares what the preprocessor makes of a text, and compares.
fn attempt(include: &str, way: Way) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(text) = preprocessed(way, include) else {
        outcome.missing = true;
        return outcome;
    };
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    let declared = match declare(&types, &names, &text, &[]) {
        Ok(declared) => declared,
        Err(e) => {
            let line = text.split(|&c| c == b'\n').nth(e.line as usize - 1).unwrap_or_default();
            let from = (e.column as usize).saturating_sub(60).min(line.len());
            let to = (e.column as usize + 40).min(line.len());
            outcome.error = Some(format!("{e}: ...{}", String::from_utf8_lossy(&line[from..to])));
            return outcome;
        }
    };
    let mut checks = String::new();
    let mut count = 0;
    for name in &declared {
        match names.get(name.as_bytes()) {
            Some(Name::Typedef(ty)) if !matches!(types.kind(ty), CType::Function(_)) => {
                check_type(&types, ty, name, &mut checks, &mut count);
                if let Some(record) = types.record(ty).filter(|_| types.tag(ty).is_none()) {
                    check_fields(record, name, &mut checks, &mut count);
                }
            }
            Some(Name::Constant(constant)) => {
                if let ConstantValue::Integer(value) = constant.value {
                    count += 1;
                    let condition = format!("(__int128)({name}) == (__int128){}", literal(value));
                    assert_that(&mut checks, &condition, &format!("{name}: {value}"));
                }
            }
            _ => {}
        }
    }
    for (tag, ty) in names.tags() {
        let word = match types.get(ty) {
            CType::Enum(_) => "enum",
            _ if types.record_kind(ty) == RecordKind::Union => "union",
            _ => "struct",
        };
        let spelling = format!("{word} {tag}");
        if &*tag == "__va_list_tag" {
            continue;
        }
        check_type(&types, ty, &spelling, &mut checks, &mut count);
        if let Some(record) = types.record(ty) {
            check_fields(record, &spelling, &mut checks, &mut count);
        }
    }
    // One that is wrong, to see that the compiler does check.
    assert_that(&mut checks, "sizeof(char) == 2", CONTROL);
    let whole = String::from_utf8_lossy(&text).into_owned() + "\n" + &checks;
    let (name, options) = way;
    let mut args = vec!["-fsyntax-only", "-w", if name == "clang" { "-ferror-limit=0" } else { "-fmax-errors=0" }];
    args.extend(options.iter().filter(|option| option.starts_with("-std")));
    let Some((_, _, messages)) = compiler(name, &args, &whole) else {
        outcome.missing = true;
        return outcome;
    };
    assert!(messages.contains(CONTROL), "the compiler checks nothing: {messages}");
    outcome.checks = count;
    // A bit-field that is a whole integer is a plain member here, and has no offset for the compiler.
    let whole = "attempt to take address of bit-field";
    let mut lines = messages.lines().filter(|line| line.contains("error:") && !line.contains(CONTROL));
    while let Some(line) = lines.next() {
        if line.contains(whole) {
            lines.next();
        } else if !line.contains("static assertion is not constant") {
            // (A `static const` is a constant here, and for the compiler a variable.)
            outcome.wrong.push(line.to_owned());
        }
    }
    outcome
}

fn literal(value: i128) -> String {
    if value < i64::MIN as i128 + 1 {
        "(-9223372036854775807LL - 1)".into()
    } else if value > i64::MAX as i128 {
        format!("{value}ULL")
    } else {
        format!("{value}LL")
    }
}

/// Where headers are that are not in the compiler's own folders.
fn flags() -> Vec<String> {
    static FLAGS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    let packages = "glib-2.0 gio-2.0 libxml-2.0 sdl2 lua5.4 lua gdk-pixbuf-2.0 freetype2 dbus-1 cairo pango harfbuzz libpcre2-8 libpq lmdb";
    FLAGS
        .get_or_init(|| {
            let mut flags = Vec::new();
            for package in packages.split(' ') {
                let Ok(output) = Command::new("pkg-config").args(["--cflags-only-I", package]).output() else {
                    continue;
                };
                flags.extend(String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned));
            }
            let more = std::env::var("LUNAFFI_CFLAGS").unwrap_or_default();
            flags.extend(more.split_whitespace().map(str::to_owned));
            flags.sort();
            flags.dedup();
            flags
        })
        .clone()
}

const SYSTEM: &str = "stdio.h stdlib.h string.h math.h complex.h time.h signal.h errno.h wchar.h wctype.h stdint.h \
    inttypes.h unistd.h fcntl.h dirent.h regex.h pthread.h semaphore.h termios.h sys/stat.h sys/socket.h sys/mman.h \
    sys/epoll.h sys/ptrace.h netinet/in.h netdb.h link.h elf.h linux/bpf.h linux/perf_event.h linux/input.h \
    fenv.h uchar.h threads.h stdatomic.h tgmath.h aio.h spawn.h glob.h ftw.h resolv.h ucontext.h mqueue.h obstack.h utmpx.h \
    sys/inotify.h sys/wait.h sys/ioctl.h sys/un.h sys/sem.h sys/resource.h net/if.h netinet/tcp.h arpa/nameser.h \
    linux/io_uring.h linux/videodev2.h linux/netlink.h linux/nl80211.h linux/kvm.h linux/fuse.h linux/btrfs.h sound/asound.h";

const LIBRARIES: &str = "zlib.h sqlite3.h png.h curl/curl.h openssl/ssl.h openssl/evp.h libxml/parser.h glib.h gio/gio.h \
    SDL2/SDL.h lua.h uv.h ncurses.h gmp.h X11/Xlib.h GL/gl.h EGL/egl.h pulse/pulseaudio.h dbus/dbus.h ffi.h lzma.h \
    sodium.h lmdb.h event2/event.h zstd.h jansson.h seccomp.h libusb-1.0/libusb.h hiredis/hiredis.h archive.h libpq-fe.h";

/// Some headers take it that others have been included before.
fn including(header: &str) -> String {
    format!("#include <stddef.h>\n#include <stdio.h>\n#include <{header}>\n")
}

fn run(what: &str, headers: impl Iterator<Item = String>, ways: &[Way], all_must_exist: bool) {
    let (mut seen, mut accepted, mut checks, mut right) = (0, 0, 0, 0);
    let mut trouble = Vec::new();
    for header in headers {
        for &way in ways {
            let mode = format!(" ({} {})", way.0, way.1.join(" "));
            let outcome = check(&including(&header), way);
            if outcome.missing {
                if all_must_exist {
                    trouble.push(format!("{header} is missing"));
                }
                continue;
            }
            seen += 1;
            match outcome.error {
                Some(error) => trouble.push(format!("{header}{mode}: {error}")),
                None => accepted += 1,
            }
            checks += outcome.checks;
            right += outcome.checks - outcome.wrong.len().min(outcome.checks);
            trouble.extend(outcome.wrong.iter().take(5).map(|wrong| format!("{header}{mode}: {wrong}")));
        }
    }
    // Past the test runner, which keeps what a passing test prints to itself.
    let _ = writeln!(
        std::io::stdout(),
        "{what}: {accepted} of {seen} accepted; {right} of {checks} sizes, offsets and constants agree"
    );
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
}

#[test]
fn headers_of_the_system() {
    run("headers of the system", words(SYSTEM), &[PLAIN, GNU], cfg!(target_os = "linux"));
}

#[test]
fn headers_of_libraries() {
    let all = std::env::var_os("LUNAFFI_ALL_HEADERS").is_some();
    run("headers of libraries", words(LIBRARIES), &[PLAIN, GNU], all);
}

fn words(list: &str) -> impl Iterator<Item = String> {
    list.split_whitespace().map(str::to_owned)
}

/// What the preprocessor is asked for besides: line numbers, the inline functions of an optimized
/// program, macros, the words of the next standard.
#[test]
fn headers_preprocessed_in_other_ways() {
    let intrinsics = if cfg!(target_arch = "x86_64") { "immintrin.h" } else { "" };
    let headers =
        format!("stdlib.h math.h wchar.h complex.h stdatomic.h sys/socket.h sqlite3.h curl/curl.h {intrinsics}");
    let fortified: Way = ("cc", &["-O2", "-D_FORTIFY_SOURCE=2", "-D_GNU_SOURCE"]);
    let macros: Way = ("cc", &["-P", "-dD", "-D_GNU_SOURCE"]);
    let newest: Way = ("cc", &["-P", "-std=c2x"]);
    // When there is one.
    let other: Way = ("clang", &["-P", "-D_GNU_SOURCE", "-std=gnu2x"]);
    run("headers in other ways", words(&headers), &[fortified, macros, newest, other], false);
}

/// glibc declares `_Float32` and its kin for compilers that do not have them.
#[test]
fn headers_for_compilers_without_some_types() {
    for header in ["stdlib.h", "math.h", "wchar.h", "complex.h"] {
        let way: Way = ("cc", &["-P", "-D_GNU_SOURCE", "-U__GNUC__", "-D__GNUC__=4"]);
        let Some(text) = preprocessed(way, &including(header)) else { continue };
        let types = TypeTable::new();
        let names = Declarations::new(&types);
        if let Err(e) = declare(&types, &names, &text, &[]) {
            panic!("{header}: {e}");
        }
    }
}

/// Headers that include the same others are declared one after the other, each once more in the end, and
/// cost nothing then.
#[test]
fn headers_in_one_state() {
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    let mut texts: Vec<(String, Vec<u8>)> = words(SYSTEM)
        .chain(words(LIBRARIES))
        .filter_map(|header| Some((header.clone(), preprocessed(GNU, &including(&header))?)))
        .collect();
    let mut declared = Vec::new();
    let mut trouble = Vec::new();
    texts.retain(|(header, text)| match declare(&types, &names, text, &[]) {
        Ok(names) => {
            declared.push(names);
            true
        }
        Err(e) => {
            trouble.push(format!("{header}: {e}"));
            false
        }
    });
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
    assert!(texts.len() > 20 || cfg!(not(target_os = "linux")));
    let count = types.count();
    for ((header, text), first) in texts.iter().zip(declared) {
        match declare(&types, &names, text, &[]) {
            Ok(names) => assert_eq!(names, first, "{header}"),
            Err(e) => panic!("{header}: {e}"),
        }
    }
    assert_eq!(types.count(), count);
}

/// Every header below a folder: `LUNAFFI_HEADERS=/usr/include cargo test --release -p lunaffi-cparse --test headers -- --ignored`.
/// `LUNAFFI_CFLAGS` tells the compiler more (`-I...`).
#[test]
#[ignore = "takes minutes"]
fn headers_below_a_folder() {
    let top = std::env::var("LUNAFFI_HEADERS").unwrap_or("/usr/include".into());
    let mut folders = vec![std::path::PathBuf::from(&top)];
    let mut headers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "h") {
                headers.push(path.to_string_lossy().into_owned());
            }
        }
    }
    headers.sort();
    run(&top, headers.into_iter(), &[PLAIN, GNU], false);
}
