//! Shared libraries: opening them by the name rules of each API, looking up symbols, finding the
//! file behind a handle and listing what it exports. Nothing here knows of C types or calls, and
//! nothing keeps a library open but the `Library` value itself.

mod exports;
mod ld_cache;
mod linker_script;
mod names;
mod open;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(all(test, not(miri), target_os = "linux", target_env = "gnu"))]
mod tests;

use std::ffi::c_void;
use std::fmt;
use std::path::PathBuf;

pub use exports::{Export, ExportKind, ExportsError};
pub use names::Names;
pub use open::OpenError;

/// Whether libraries opened later, and the process's namespace, see a library's symbols. Windows
/// knows no such difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// `RTLD_LOCAL`: only lookups through this library find them.
    Local,
    /// `RTLD_GLOBAL`: everyone finds them.
    Global,
}

/// When the functions that a library itself imports are resolved. Windows always does it at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// `RTLD_LAZY`: at their first call.
    Lazy,
    /// `RTLD_NOW`: while opening, which fails if one is missing.
    Now,
}

/// How [`Library::open`] reads a name and what it asks of the loader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenOptions {
    /// The API whose rules turn a name into what the loader gets.
    pub names: Names,
    /// Who sees the symbols.
    pub scope: Scope,
    /// When imports are resolved.
    pub binding: Binding,
}

impl OpenOptions {
    /// The name rules of an API with the scope and the binding that API uses by default.
    pub const fn new(names: Names) -> OpenOptions {
        let binding = match names {
            Names::Alien => Binding::Now,
            Names::Lune | Names::LuaJit => Binding::Lazy,
        };
        OpenOptions { names, scope: Scope::Local, binding }
    }
}

/// An open library, or the process as one. Dropping it closes it.
///
/// Addresses from [`Library::symbol`] are good only while the library stays loaded; whoever keeps
/// one keeps the `Library` too.
pub struct Library {
    handle: Handle,
    opened_as: Vec<u8>,
}

enum Handle {
    Process,
    ScalarValue(system::Handle),
}

impl Library {
    /// Opens a library. The name may be any bytes on Unix and is UTF-8 on Windows.
    ///
    /// The library's initialisers run, and its finalisers when it is unloaded: what they do is the
    /// affair of whoever chose the library, like every call into it.
    pub fn open(name: &[u8], options: &OpenOptions) -> Result<Library, OpenError> {
        open::open(name, options)
    }

    /// What the process already has: the program, the libraries it started with and those opened
    /// with [`Scope::Global`]. On Windows: the program, the C runtime, then every loaded module.
    pub fn process() -> Library {
        Library { handle: Handle::Process, opened_as: Vec::new() }
    }

    fn loaded(handle: system::Handle, opened_as: Vec<u8>) -> Library {
        Library { handle: Handle::ScalarValue(handle), opened_as }
    }

    /// The address of a function or variable, of this library or of those it depends on.
    ///
    /// `None` if there is none, if its address is null, or if the name has a NUL in it.
    pub fn symbol(&self, name: &[u8]) -> Option<*mut c_void> {
        let name = std::ffi::CString::new(name).ok()?;
        match &self.handle {
            Handle::Process => system::process_symbol(&name),
            Handle::ScalarValue(handle) => handle.symbol(&name),
        }
    }

    /// The same, or the loader's words when there is none.
    pub fn find(&self, name: &[u8]) -> Result<*mut c_void, String> {
        let Ok(text) = std::ffi::CString::new(name) else {
            return Err(format!("undefined symbol: {}", String::from_utf8_lossy(name)));
        };
        let found = match &self.handle {
            Handle::Process => system::process_symbol(&text),
            Handle::ScalarValue(handle) => handle.symbol(&text),
        };
        found.ok_or_else(|| {
            let words = match &self.handle {
                Handle::Process => system::why_no_process_symbol(&text),
                Handle::ScalarValue(handle) => handle.why_no_symbol(&text),
            };
            words.unwrap_or_else(|| format!("undefined symbol: {}", String::from_utf8_lossy(name)))
        })
    }

    /// The text that the loader was given; empty for the process.
    pub fn opened_as(&self) -> &[u8] {
        &self.opened_as
    }

    /// The file of the loaded image, however it was found; for the process, the executable.
    /// `None` where the system does not tell.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.handle {
            Handle::Process => std::env::current_exe().ok(),
            Handle::ScalarValue(handle) => handle.file(),
        }
    }

    /// What the library itself defines for others, sorted by the bytes of the name: read from its
    /// file, so it needs one (system libraries of macOS have none). Left out is what
    /// [`Library::symbol`] cannot find: exports by number alone, and old versions of a symbol that
    /// only programs linked against them can ask for.
    pub fn exports(&self) -> Result<Vec<Export>, ExportsError> {
        let file = self.file().ok_or(ExportsError::NoFile)?;
        exports::read(&file)
    }

    /// Gives the library back to the loader, which unloads it when nobody else holds it.
    pub fn close(self) {
        drop(self);
    }

    /// Keeps the library loaded until the process ends.
    pub fn leak(self) {
        std::mem::forget(self.handle);
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({})", self.opened_as.escape_ascii())
    }
}
