//! The loader of Unix systems: `dlopen` and its relatives.

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use libloading::os::unix as dl;

use super::{Binding, OpenOptions, Scope};

/// A handle from `dlopen`, closed when dropped.
pub(super) struct Handle {
    raw: *mut c_void,
}

impl Handle {
    /// Opens exactly what `text` says, or gives the loader's words. `text` has no NUL in it.
    pub fn open(text: &[u8], options: &OpenOptions) -> Result<Handle, String> {
        let binding = match options.binding {
            Binding::Lazy => dl::RTLD_LAZY,
            Binding::Now => dl::RTLD_NOW,
        };
        let scope = match options.scope {
            Scope::Local => dl::RTLD_LOCAL,
            Scope::Global => dl::RTLD_GLOBAL,
        };
        // SAFETY: the initialisers and finalisers of the library run; that they are fit to do so is
        // what the caller vouches for by naming the library, and nothing here could check it.
        match unsafe { dl::Library::open(Some(OsStr::from_bytes(text)), binding | scope) } {
            Ok(library) => Ok(Handle { raw: library.into_raw() }),
            Err(error) => Err(loader_words(&error)),
        }
    }

    /// Looks a symbol up in this library and in those it depends on.
    pub fn symbol(&self, name: &CStr) -> Option<*mut c_void> {
        // SAFETY: the handle is open until `self` is dropped.
        unsafe { lookup(self.raw, name) }
    }

    /// The loader's words about a symbol that is not there.
    pub fn why_no_symbol(&self, name: &CStr) -> Option<String> {
        // SAFETY: as in `symbol`.
        unsafe { words(self.raw, name) }
    }

    #[cfg(target_os = "linux")]
    pub fn file(&self) -> Option<PathBuf> {
        linux::file(self.raw)
    }

    #[cfg(target_vendor = "apple")]
    pub fn file(&self) -> Option<PathBuf> {
        apple::file(self.raw)
    }

    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    pub fn file(&self) -> Option<PathBuf> {
        None
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: `raw` came from `into_raw` of such a library and is given back only here, once.
        drop(unsafe { dl::Library::from_raw(self.raw) });
    }
}

/// Looks a symbol up in the program, in what it started with and in what was opened globally.
pub(super) fn process_symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the constant is a pseudo-handle that is always open.
    unsafe { lookup(libc::RTLD_DEFAULT, name) }
}

/// The loader's words about a symbol that the process does not have.
pub(super) fn why_no_process_symbol(name: &CStr) -> Option<String> {
    // SAFETY: no name is the program itself; the handle is open until it is closed here. By it the
    // loader's words name the program, not this module.
    unsafe {
        let program = libc::dlopen(std::ptr::null(), libc::RTLD_LAZY);
        if program.is_null() {
            return words(libc::RTLD_DEFAULT, name);
        }
        let words = words(program, name);
        libc::dlclose(program);
        words
    }
}

/// # Safety
/// `handle` is open, or a pseudo-handle.
unsafe fn words(handle: *mut c_void, name: &CStr) -> Option<String> {
    // SAFETY: the caller grants the handle; `dlerror` gives null or a terminated text, which stays
    // until the loader's next failure.
    unsafe {
        if !libc::dlsym(handle, name.as_ptr()).is_null() {
            return None;
        }
        let text = libc::dlerror();
        if text.is_null() { None } else { Some(CStr::from_ptr(text).to_string_lossy().into_owned()) }
    }
}

/// # Safety
/// `handle` is open, or a pseudo-handle.
unsafe fn lookup(handle: *mut c_void, name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the caller grants the handle; the name is terminated and outlives the call.
    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if address.is_null() {
        // SAFETY: no arguments. The message stays unread: reading it clears it, so that nobody
        // takes it for an error of their own.
        unsafe { libc::dlerror() };
        return None;
    }
    Some(address)
}

/// `Display` of a `libloading` error says only which function failed; the loader's words are in
/// its source.
fn loader_words(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use std::ffi::{c_char, c_int};

    /// The public head of a `struct link_map` (`link.h`).
    #[repr(C)]
    struct LinkMap {
        load_bias: usize,
        name: *const c_char,
        dynamic: *const c_void,
    }

    const RTLD_DI_LINKMAP: c_int = 2;

    unsafe extern "C" {
        fn dlinfo(handle: *mut c_void, request: c_int, info: *mut c_void) -> c_int;
    }

    /// The file that the loader mapped for an open handle.
    pub fn file(handle: *mut c_void) -> Option<PathBuf> {
        let mut map: *const LinkMap = std::ptr::null();
        // SAFETY: the handle is open, and this request stores one pointer to where `info` points.
        let status = unsafe { dlinfo(handle, RTLD_DI_LINKMAP, (&raw mut map).cast()) };
        if status != 0 || map.is_null() {
            return None;
        }
        // SAFETY: the loader keeps the structure as long as the handle is open, and its public
        // head, laid out as above, does not change meanwhile.
        let LinkMap { name, dynamic, .. } = unsafe { map.read() };
        if name.is_null() {
            return None;
        }
        // SAFETY: a terminated string that the loader keeps as long as the structure.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        match name {
            // The program itself has no name.
            [] => std::env::current_exe().ok(),
            [b'/', ..] => Some(PathBuf::from(OsStr::from_bytes(name))),
            // Relative to a working directory that may have changed since.
            _ => mapped_file(&std::fs::read("/proc/self/maps").ok()?, dynamic.addr()),
        }
    }

    /// The file mapped at an address, by the lines of `/proc/self/maps`:
    /// `7f0-7f4 r--p 00000000 fe:00 1234    /path of the file`.
    fn mapped_file(maps: &[u8], address: usize) -> Option<PathBuf> {
        let path = maps.split(|&byte| byte == b'\n').find_map(|line| {
            let mut fields = line.splitn(6, |&byte| byte == b' ');
            let range = std::str::from_utf8(fields.next()?).ok()?;
            let (start, end) = range.split_once('-')?;
            let start = usize::from_str_radix(start, 16).ok()?;
            let end = usize::from_str_radix(end, 16).ok()?;
            if !(start..end).contains(&address) {
                return None;
            }
            fields.nth(4)
        })?;
        let path = path.trim_ascii_start();
        let is_file = path.starts_with(b"/") && !path.ends_with(b" (deleted)");
        is_file.then(|| PathBuf::from(OsStr::from_bytes(path)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn reads_the_table_of_mappings() {
            let maps = b"1000-2000 r--p 00000000 fe:00 12     /lib/a.so\n\
                         2000-3000 rw-p 00000000 00:00 0 \n\
                         3000-4000 rw-p 00000000 00:00 0      [heap]\n\
                         4000-5000 rw-p 00001000 fe:00 13     /with space/\xff.so\n\
                         5000-6000 rw-p 00001000 fe:00 14     /gone.so (deleted)\n\
                         nonsense\n\
                         \n";
            let path = |bytes| Some(PathBuf::from(OsStr::from_bytes(bytes)));
            assert_eq!(mapped_file(maps, 0x1000), path(b"/lib/a.so"));
            assert_eq!(mapped_file(maps, 0x1fff), path(b"/lib/a.so"));
            assert_eq!(mapped_file(maps, 0x4100), path(b"/with space/\xff.so"));
            for address in [0, 0xfff, 0x2000, 0x3000, 0x5000, 0x6000, usize::MAX] {
                assert_eq!(mapped_file(maps, address), None);
            }
            assert_eq!(mapped_file(b"", 0), None);
        }
    }
}

#[cfg(target_vendor = "apple")]
mod apple {
    use super::*;
    use std::ffi::c_char;

    unsafe extern "C" {
        fn _dyld_image_count() -> u32;
        fn _dyld_get_image_name(index: u32) -> *const c_char;
    }

    /// The file of an open handle. dyld does not tell, so every loaded image is opened again,
    /// without loading anything, until one gives the same handle.
    pub fn file(handle: *mut c_void) -> Option<PathBuf> {
        // SAFETY: no arguments.
        let count = unsafe { _dyld_image_count() };
        (0..count).rev().find_map(|index| {
            // SAFETY: any index may be asked for; one that is out of range gives null.
            let name = unsafe { _dyld_get_image_name(index) };
            if name.is_null() {
                return None;
            }
            // SAFETY: a terminated string. It goes away with its image, which only another thread
            // that unloads a library at this moment could cause.
            let name = unsafe { CStr::from_ptr(name) }.to_owned();
            // SAFETY: `RTLD_NOLOAD` loads and initialises nothing.
            let other = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
            if other.is_null() {
                return None;
            }
            // SAFETY: opened just above, and only its number is used from here on.
            unsafe { libc::dlclose(other) };
            // The low bits hold the mode that the handle was opened with.
            let same = other.addr() & !3 == handle.addr() & !3;
            same.then(|| PathBuf::from(OsStr::from_bytes(name.to_bytes())))
        })
    }
}
