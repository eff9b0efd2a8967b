//! Against the real loader and real libraries of a glibc system; files that need a particular
//! content are made in a directory of their own.

use std::ffi::{CStr, OsStr, c_char, c_void};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const ALL: [Names; 3] = [Names::Lune, Names::LuaJit, Names::Alien];

/// A directory that is removed with its content.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("dylib-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Vec<u8> {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.into_os_string().into_encoded_bytes()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A directory left behind harms no test.
        _ = fs::remove_dir_all(&self.0);
    }
}

fn open(names: Names, name: impl AsRef<[u8]>) -> Library {
    Library::open(name.as_ref(), &OpenOptions::new(names)).unwrap()
}

fn refusal(names: Names, name: impl AsRef<[u8]>) -> OpenError {
    Library::open(name.as_ref(), &OpenOptions::new(names)).unwrap_err()
}

/// What `opened_as` says, as text.
fn opened_as(library: &Library) -> &str {
    std::str::from_utf8(library.opened_as()).unwrap()
}

/// The file that an address was loaded from.
fn home(address: *mut c_void) -> PathBuf {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked about, and the structure is writable.
    assert_ne!(unsafe { libc::dladdr(address, info.as_mut_ptr()) }, 0);
    // SAFETY: zeroed, then filled; all its fields are pointers.
    let name = unsafe { info.assume_init() }.dli_fname;
    // SAFETY: a terminated string of the loader, whose library these tests keep open.
    PathBuf::from(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

/// A copy of libm that the loader takes for another library: under its real soname it would be
/// handed to every test that opens libm by that name.
fn copy_of_libm(scratch: &Scratch, name: &str) -> Vec<u8> {
    let libm = open(Names::Lune, "libm.so.6").file().unwrap();
    let mut content = fs::read(libm).unwrap();
    let soname = b"libm.so.6\0";
    while let Some(at) = content.windows(soname.len()).position(|window| window == soname) {
        content[at..at + 4].copy_from_slice(b"copy");
    }
    scratch.write(name, content)
}

#[test]
fn opens_sonames_by_the_loaders_search() {
    for names in ALL {
        for name in ["libc.so.6", "libm.so.6"] {
            let library = open(names, name);
            assert_eq!(opened_as(&library), name);
            let file = library.file().unwrap();
            assert!(file.is_absolute() && file.ends_with(name), "{file:?}");
        }
    }
}

#[test]
fn a_symbol_is_the_librarys_own() {
    let libm = open(Names::Lune, "libm.so.6");
    let fadd = libm.symbol(b"fadd").unwrap();
    assert_eq!(fs::canonicalize(home(fadd)).unwrap(), fs::canonicalize(libm.file().unwrap()).unwrap());
    // SAFETY: `double cos(double)`.
    let cos: extern "C" fn(f64) -> f64 = unsafe { std::mem::transmute(libm.symbol(b"cos").unwrap()) };
    assert_eq!(cos(0.0), 1.0);
    let libc = open(Names::Lune, "libc.so.6");
    assert_eq!(libc.symbol(b"fadd"), None);
}

#[test]
fn a_missing_symbol_is_none_and_leaves_no_error_behind() {
    let libc = open(Names::Lune, "libc.so.6");
    for library in [&libc, &Library::process()] {
        for name in [&b""[..], b"no_such_symbol", b"\xff", b"getpid\0", b"\0", b"get\0pid"] {
            assert_eq!(library.symbol(name), None, "{}", name.escape_ascii());
            // SAFETY: no arguments.
            assert!(unsafe { libc::dlerror() }.is_null());
        }
        assert!(library.symbol(b"getpid").is_some());
    }
}

#[test]
fn symbols_of_data_have_addresses_too() {
    let libc = open(Names::Lune, "libc.so.6");
    let environ = libc.symbol(b"environ").unwrap();
    // SAFETY: `char **environ`, which no test changes.
    assert!(!unsafe { environ.cast::<*mut *mut c_char>().read() }.is_null());
}

#[test]
fn the_process_has_what_it_started_with() {
    let process = Library::process();
    // SAFETY: `pid_t getpid(void)`.
    let getpid: extern "C" fn() -> libc::pid_t = unsafe { std::mem::transmute(process.symbol(b"getpid").unwrap()) };
    assert_eq!(getpid() as u32, std::process::id());
    assert_eq!(process.file(), std::env::current_exe().ok());
    assert_eq!(process.opened_as(), b"");
    process.close();
    assert!(Library::process().symbol(b"getpid").is_some());
}

#[test]
fn a_missing_library_is_reported_with_name_and_reason() {
    let error = refusal(Names::Lune, "libnosuch.so.9");
    let reason = "libnosuch.so.9: cannot open shared object file: No such file or directory";
    assert_eq!(error.to_string(), format!("cannot load library 'libnosuch.so.9': {reason}"));
    assert_eq!(error.loader_text(), Some(reason));
    let error = refusal(Names::LuaJit, "nosuch");
    assert!(error.to_string().starts_with("cannot load library 'nosuch': libnosuch.so: "));
}

#[test]
fn lune_reports_the_first_of_its_attempts() {
    let error = refusal(Names::Lune, "nosuch");
    let text = error.to_string();
    assert!(text.starts_with("cannot load library 'nosuch': nosuch: cannot open"), "{text}");
}

#[test]
fn alien_tells_a_search_from_a_path() {
    let error = refusal(Names::Alien, "nosuch");
    assert_eq!(error.to_string(), "library nosuch not found");
    assert!(error.loader_text().unwrap().starts_with("libnosuch.so: "));
    for path in ["./nosuch", "libnosuch.so"] {
        let text = refusal(Names::Alien, path).to_string();
        assert!(text.starts_with(&format!("cannot load library '{path}': {path}: ")), "{text}");
    }
}

#[test]
fn short_names_find_the_c_library() {
    for names in [Names::Lune, Names::Alien] {
        for (name, file) in [("c", "libc.so.6"), ("m", "libm.so.6")] {
            let library = open(names, name);
            assert!(library.file().unwrap().ends_with(file), "{library:?}");
        }
    }
}

#[test]
fn the_cache_knows_the_c_library() {
    assert_eq!(ld_cache::find(b"libm.so").as_deref(), Some(&b"libm.so.6"[..]));
    assert_eq!(ld_cache::find(b"libc.so").as_deref(), Some(&b"libc.so.6"[..]));
    assert_eq!(ld_cache::find(b"libno-such-library.so"), None);
}

#[test]
fn zlib_opens_by_its_short_name_if_installed() {
    if ld_cache::find(b"libz.so").is_none() {
        return;
    }
    for names in [Names::Lune, Names::Alien] {
        assert!(open(names, "z").symbol(b"zlibVersion").is_some());
    }
}

#[test]
fn follows_a_linker_script() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "libx.so",
        "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\n\
         GROUP ( /no/such/file.so libm.so.6 AS_NEEDED ( libc.so.6 ) )\n",
    );
    for names in ALL {
        let library = open(names, &script);
        assert_eq!(opened_as(&library), "libm.so.6");
        assert!(library.symbol(b"cos").is_some());
    }
}

#[test]
fn follows_a_script_too_short_for_an_elf_header() {
    let scratch = Scratch::new();
    let script = scratch.write("x", "INPUT(libm.so.6)");
    assert_eq!(opened_as(&open(Names::LuaJit, script)), "libm.so.6");
}

#[test]
fn the_as_needed_part_of_a_script_is_tried_too() {
    let scratch = Scratch::new();
    let script = scratch.write("x", "GROUP(/no/such.a AS_NEEDED(libm.so.6))");
    assert_eq!(opened_as(&open(Names::Lune, script)), "libm.so.6");
}

#[test]
fn a_bare_name_in_a_script_is_looked_for_beside_it() {
    let scratch = Scratch::new();
    let library = copy_of_libm(&scratch, "libbeside.so.1");
    fs::copy(OsStr::from_bytes(&library), scratch.0.join("libdashed.so")).unwrap();
    let script = scratch.write("libbeside.so", "INPUT(libbeside.so.1)");
    assert_eq!(open(Names::Lune, script).opened_as(), library);
    let script = scratch.write("x.so", "INPUT(-ldashed)");
    assert_eq!(open(Names::Lune, script).file().unwrap(), scratch.0.join("libdashed.so"));
}

#[test]
fn a_script_may_name_a_script() {
    let scratch = Scratch::new();
    scratch.write("libinner.so", "INPUT(libm.so.6)");
    let script = scratch.write("libouter.so", "GROUP(-linner)");
    assert_eq!(opened_as(&open(Names::Lune, script)), "libm.so.6");
}

#[test]
fn scripts_that_lead_nowhere_end() {
    let scratch = Scratch::new();
    let own = scratch.write("own.so", "INPUT(own.so ./own.so own.so)");
    scratch.write("ping.so", "INPUT(pong.so)");
    let pong = scratch.write("pong.so", "INPUT(ping.so)");
    for number in 0..40 {
        scratch.write(&format!("s{number}.so"), format!("INPUT(s{}.so)", number + 1));
    }
    let chain = scratch.0.join("s0.so").into_os_string().into_encoded_bytes();
    let mut all = String::from("INPUT(");
    for number in 0..40 {
        all += &format!("w{number}.so ");
    }
    all += ")";
    for number in 0..40 {
        scratch.write(&format!("w{number}.so"), &all);
    }
    let web = scratch.write("web.so", &all);
    let nothing = scratch.write("nothing.so", "INPUT(/no/such/library.so)");
    for script in [own, pong, chain, web, nothing.clone()] {
        let text = refusal(Names::Lune, &script).to_string();
        assert!(text.contains(" (a linker script; "), "{text}");
    }
    let text = refusal(Names::Lune, nothing).to_string();
    assert!(text.contains("/no/such/library.so: cannot open"), "{text}");
}

#[test]
fn what_is_no_library_is_refused_with_the_loaders_words() {
    let scratch = Scratch::new();
    let cases = [
        (scratch.write("empty.so", ""), "file too short"),
        (scratch.write("text.so", "the quick brown fox (jumps) over the lazy dog ".repeat(9)), "invalid ELF header"),
        (scratch.write("binary.so", [0xff; 500]), "invalid ELF header"),
        (scratch.write("nul.so", "INPUT(libm.so.6)\0"), "file too short"),
        (scratch.write("cut.so", b"\x7fELF\x02\x01\x01\0"), "file too short"),
        (scratch.write("long.so", [&[b' '; 70_000][..], b"INPUT(libm.so.6)"].concat()), "invalid ELF header"),
        (scratch.0.clone().into_os_string().into_encoded_bytes(), "Is a directory"),
    ];
    for names in ALL {
        for (name, reason) in &cases {
            let text = refusal(names, name).to_string();
            assert!(text.contains(reason) && !text.contains("linker script"), "{text}");
        }
    }
}

#[test]
fn names_need_not_be_utf8() {
    let scratch = Scratch::new();
    let missing = [scratch.0.as_os_str().as_bytes(), b"/\xff\xfe.so"].concat();
    for names in ALL {
        let text = refusal(names, &missing).to_string();
        assert!(text.contains("\u{fffd}\u{fffd}.so"), "{text}");
    }
    fs::copy(OsStr::from_bytes(&copy_of_libm(&scratch, "a.so")), OsStr::from_bytes(&missing)).unwrap();
    let library = open(Names::Lune, &missing);
    assert_eq!(library.opened_as(), missing);
    assert_eq!(library.file().unwrap().as_os_str().as_bytes(), missing);
    let script = scratch.write("s.so", b"INPUT(\xff\xfe.so)");
    assert_eq!(open(Names::Lune, script).opened_as(), missing);
}

#[test]
fn the_file_of_a_relative_name_is_absolute() {
    let scratch = Scratch::new();
    let absolute = copy_of_libm(&scratch, "relative.so");
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let relative = [up.as_bytes(), absolute.strip_prefix(b"/").unwrap()].concat();
    let library = open(Names::Lune, &relative);
    assert_eq!(library.opened_as(), relative);
    assert_eq!(library.file().unwrap(), Path::new(OsStr::from_bytes(&absolute)));
    fs::remove_file(OsStr::from_bytes(&absolute)).unwrap();
    assert_eq!(library.file(), None);
    assert_eq!(library.exports(), Err(ExportsError::NoFile));
}

fn is_mapped(path: &[u8]) -> bool {
    let maps = fs::read("/proc/self/maps").unwrap();
    maps.windows(path.len()).any(|window| window == path)
}

#[test]
fn closing_unloads_and_leaking_does_not() {
    let scratch = Scratch::new();
    let path = copy_of_libm(&scratch, "closed.so");
    let first = open(Names::Lune, &path);
    let second = open(Names::Lune, &path);
    assert!(is_mapped(&path));
    first.close();
    assert!(is_mapped(&path));
    assert!(second.symbol(b"cos").is_some());
    drop(second);
    assert!(!is_mapped(&path));
    open(Names::Lune, &path).leak();
    assert!(is_mapped(&path));
}

/// A shared library made by the system's compiler, if there is one.
fn compile(scratch: &Scratch, name: &str, source: &str) -> Option<Vec<u8>> {
    let input = scratch.write(&format!("{name}.c"), source);
    let output = scratch.0.join(name);
    let status = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-Wl,-z,lazy", "-o"])
        .arg(&output)
        .arg(OsStr::from_bytes(&input))
        .status()
        .ok()?;
    assert!(status.success());
    Some(output.into_os_string().into_encoded_bytes())
}

#[test]
fn scope_decides_who_sees_the_symbols() {
    let scratch = Scratch::new();
    let Some(path) = compile(&scratch, "scope.so", "int dylib_scope_probe = 7;") else {
        return;
    };
    let mut options = OpenOptions::new(Names::Lune);
    let local = Library::open(&path, &options).unwrap();
    assert!(local.symbol(b"dylib_scope_probe").is_some());
    assert_eq!(Library::process().symbol(b"dylib_scope_probe"), None);
    options.scope = Scope::Global;
    let global = Library::open(&path, &options).unwrap();
    assert_eq!(Library::process().symbol(b"dylib_scope_probe"), global.symbol(b"dylib_scope_probe"));
}

#[test]
fn binding_decides_when_a_missing_import_fails() {
    let scratch = Scratch::new();
    let source = "int dylib_missing_import(void); int probe(void) { return dylib_missing_import(); }";
    let Some(path) = compile(&scratch, "binding.so", source) else {
        return;
    };
    let mut options = OpenOptions::new(Names::Lune);
    options.binding = Binding::Now;
    let text = Library::open(&path, &options).unwrap_err().to_string();
    assert!(text.contains("undefined symbol: dylib_missing_import"), "{text}");
    options.binding = Binding::Lazy;
    assert!(Library::open(&path, &options).is_ok());
}

#[test]
fn a_null_address_counts_as_absent() {
    let scratch = Scratch::new();
    let source = "__asm__(\".globl probe_null\\n.set probe_null, 0\\n\");";
    let Some(path) = compile(&scratch, "null.so", source) else {
        return;
    };
    let library = open(Names::Lune, path);
    assert_eq!(library.symbol(b"probe_null"), None);
    let exports = library.exports().unwrap();
    assert!(exports.iter().all(|export| export.name != b"probe_null"));
}

fn find<'a>(exports: &'a [Export], name: &str) -> Option<&'a Export> {
    exports.iter().find(|export| export.name == name.as_bytes())
}

#[test]
fn exports_of_the_c_library() {
    let exports = open(Names::Lune, "libc.so.6").exports().unwrap();
    let entry = |name| {
        let export = find(&exports, name).unwrap_or_else(|| panic!("no {name}"));
        (export.kind, export.weak, export.ordinal)
    };
    assert_eq!(entry("qsort"), (ExportKind::Function, false, None));
    assert_eq!(entry("memcpy"), (ExportKind::Function, false, None));
    assert_eq!(entry("environ"), (ExportKind::Data, true, None));
    assert_eq!(entry("stdout"), (ExportKind::Data, false, None));
    assert!(exports.len() > 1000);
    assert!(exports.is_sorted_by(|a, b| a.name < b.name), "sorted, each name once");
    let versions: Vec<_> = exports.iter().filter(|e| e.name.starts_with(b"GLIBC_2")).collect();
    assert_eq!(versions, [] as [&Export; 0]);
}

#[test]
fn exports_have_no_imports_and_all_of_them_can_be_found() {
    for name in ["libm.so.6", "libc.so.6"] {
        let library = open(Names::Lune, name);
        let exports = library.exports().unwrap();
        for export in &exports {
            assert!(library.symbol(&export.name).is_some(), "{}", export.name.escape_ascii());
        }
    }
    let libm = open(Names::Lune, "libm.so.6").exports().unwrap();
    assert!(find(&libm, "cos").is_some());
    // What libm imports: every libm has this one for its assertions or its stack protection.
    for import in ["__assert_fail", "__stack_chk_fail", "fputs", "__cxa_finalize"] {
        assert_eq!(find(&libm, import), None);
    }
}

#[test]
fn exports_tell_what_they_are() {
    let scratch = Scratch::new();
    let source = "int imported(int); int function(int x) { return imported(x); }\n\
                  int data = 1; __thread int thread_local_data = 2; int common[4];\n\
                  __attribute__((weak)) int weak_function(void) { return 0; }\n\
                  __attribute__((visibility(\"hidden\"))) int hidden = 3; static int own = 4;\n\
                  int *keep(void) { return &own + hidden; }\n\
                  __asm__(\".text\\n.globl untyped_code\\nuntyped_code: ret\\n\"\n\
                          \".data\\n.globl untyped_data\\nuntyped_data: .long 5\\n\");";
    let Some(path) = compile(&scratch, "kinds.so", source) else {
        return;
    };
    let exports = open(Names::Lune, path).exports().unwrap();
    let entry = |name| find(&exports, name).map(|export| (export.kind, export.weak));
    assert_eq!(entry("function"), Some((ExportKind::Function, false)));
    assert_eq!(entry("weak_function"), Some((ExportKind::Function, true)));
    assert_eq!(entry("untyped_code"), Some((ExportKind::Function, false)));
    for name in ["data", "thread_local_data", "common", "untyped_data"] {
        assert_eq!(entry(name), Some((ExportKind::Data, false)), "{name}");
    }
    for name in ["imported", "hidden", "own"] {
        assert_eq!(entry(name), None, "{name}");
    }
}

#[test]
fn exports_of_the_process_are_the_programs() {
    let exports = Library::process().exports().unwrap();
    assert_eq!(find(&exports, "getpid"), None);
}

#[test]
fn exports_need_a_readable_library_file() {
    let scratch = Scratch::new();
    let missing = scratch.0.join("missing.so");
    let error = exports::read(&missing).unwrap_err();
    assert!(matches!(&error, ExportsError::Unreadable { file, .. } if *file == missing));
    assert!(error.to_string().contains("missing.so': No such file"), "{error}");
    scratch.write("text.so", "no library");
    let error = exports::read(&scratch.0.join("text.so")).unwrap_err();
    assert!(matches!(error, ExportsError::Malformed { .. }), "{error}");
}
