//! The loader of Windows: modules. Scope and binding mean nothing to it.

use std::ffi::{CStr, OsString, c_char, c_void};
use std::os::windows::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use libloading::os::windows as modules;

use super::OpenOptions;

type Module = isize;

/// C runtimes, the current one first.
const RUNTIMES: [&str; 2] = ["ucrtbase.dll", "msvcrt.dll"];

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> isize;
    fn GetModuleFileNameW(module: Module, text: *mut u16, units: u32) -> u32;
    fn GetProcAddress(module: Module, name: *const c_char) -> *mut c_void;
    fn K32EnumProcessModules(process: isize, modules: *mut Module, bytes: u32, needed: *mut u32) -> i32;
}

/// A module handle, given back when dropped.
pub(super) struct Handle {
    raw: Module,
}

impl Handle {
    /// Opens exactly what `text` says, or gives the system's words. `text` has no NUL in it.
    pub fn open(text: &[u8], _options: &OpenOptions) -> Result<Handle, String> {
        let text = std::str::from_utf8(text).map_err(|_| "the name is not UTF-8".to_owned())?;
        // The loader asks for backslashes in paths.
        let text = &*text.replace('/', "\\");
        // With a full path, the libraries beside the file are found too.
        let flags = if Path::new(text).is_absolute() { modules::LOAD_WITH_ALTERED_SEARCH_PATH } else { 0 };
        // SAFETY: the initialisers and finalisers of the library run; that they are fit to do so is
        // what the caller vouches for by naming the library, and nothing here could check it.
        match unsafe { modules::Library::load_with_flags(text, flags) } {
            Ok(library) => Ok(Handle { raw: library.into_raw() }),
            Err(error) => Err(match std::error::Error::source(&error) {
                Some(source) => source.to_string(),
                None => error.to_string(),
            }),
        }
    }

    /// Looks an export up in this module.
    pub fn symbol(&self, name: &CStr) -> Option<*mut c_void> {
        // SAFETY: the module stays loaded until `self` is dropped.
        unsafe { lookup(self.raw, name) }
    }

    /// The loader has no words about a symbol that is not there.
    pub fn why_no_symbol(&self, _name: &CStr) -> Option<String> {
        None
    }

    /// The file that was loaded.
    pub fn file(&self) -> Option<PathBuf> {
        let mut text = vec![0; 512];
        loop {
            // SAFETY: the module is loaded, and the buffer has as many units as it is said to.
            let length = unsafe { GetModuleFileNameW(self.raw, text.as_mut_ptr(), text.len() as u32) };
            match length as usize {
                0 => return None,
                // Longer than the buffer: cut off. The system's own limit is 32767 units.
                full if full >= text.len() && full < 0x10000 => text.resize(2 * full, 0),
                length => return Some(OsString::from_wide(text.get(..length)?).into()),
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: `raw` came from `into_raw` of such a library and is given back only here, once.
        drop(unsafe { modules::Library::from_raw(self.raw) });
    }
}

/// The loader has no words about a symbol that the process does not have.
pub(super) fn why_no_process_symbol(_name: &CStr) -> Option<String> {
    None
}

/// Looks an export up in the program, then in the C runtimes it uses, then in every module: the
/// runtimes first because `ntdll` has functions of the same names that do less.
pub(super) fn process_symbol(name: &CStr) -> Option<*mut c_void> {
    let program = modules::Library::this().into_iter();
    let runtimes = RUNTIMES.into_iter().flat_map(modules::Library::open_already_loaded);
    let mut preferred = program.chain(runtimes).map(|module| Handle { raw: module.into_raw() });
    let found = preferred.find_map(|module| module.symbol(name));
    found.or_else(|| {
        loaded_modules().into_iter().find_map(|module| {
            // SAFETY: loaded a moment ago. Only another thread that unloads it meanwhile could
            // make the handle stale, and the process's namespace guards no address against that.
            unsafe { lookup(module, name) }
        })
    })
}

fn loaded_modules() -> Vec<Module> {
    let mut modules: Vec<Module> = vec![0; 256];
    loop {
        let bytes = size_of_val(&modules[..]) as u32;
        let mut needed = 0;
        // SAFETY: the pseudo-handle of this process is always valid, the buffer has `bytes` bytes,
        // and both pointers are good for the length of the call.
        let status = unsafe { K32EnumProcessModules(GetCurrentProcess(), modules.as_mut_ptr(), bytes, &mut needed) };
        if status == 0 {
            return Vec::new();
        }
        let count = needed as usize / size_of::<Module>();
        let complete = count <= modules.len();
        modules.resize(count, 0);
        if complete {
            return modules;
        }
    }
}

/// # Safety
/// `module` is loaded.
unsafe fn lookup(module: Module, name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the caller grants the module; the name is terminated and outlives the call.
    let address = unsafe { GetProcAddress(module, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}
