//! Opening by name: runs a plan of the name rules, follows linker scripts, falls back to the
//! loader's cache, and says what went wrong.

use std::fmt;
use std::path::PathBuf;

use super::names::{Names, Platform};
use super::{Library, OpenOptions, ld_cache, linker_script, names, system};

/// Linker scripts read for one name. One names the library itself in practice; the limit ends
/// chains of scripts that name each other.
const MAX_SCRIPTS: usize = 16;

/// Why a library could not be opened. The name in it is the one the caller gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpenError {
    /// The name has a NUL in it, which no loader can be given.
    EmbeddedNul {
        /// As given.
        name: Vec<u8>,
    },
    /// The loader refused.
    Refused {
        /// As given.
        name: Vec<u8>,
        /// The loader's words about the first text tried.
        text: String,
    },
    /// The name is no complete name, and none of the places it can stand for has a library.
    NotFound {
        /// As given.
        name: Vec<u8>,
        /// The loader's words about the first text tried.
        text: String,
    },
}

impl OpenError {
    /// The loader's own words, if it was asked.
    pub fn loader_text(&self) -> Option<&str> {
        match self {
            OpenError::EmbeddedNul { .. } => None,
            OpenError::Refused { text, .. } | OpenError::NotFound { text, .. } => Some(text),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::EmbeddedNul { name } => {
                let name = String::from_utf8_lossy(name).replace('\0', "\\0");
                write!(f, "cannot load library '{name}': the name has an embedded NUL")
            }
            OpenError::Refused { name, text } => {
                write!(f, "cannot load library '{}': {text}", String::from_utf8_lossy(name))
            }
            OpenError::NotFound { name, .. } => {
                write!(f, "library {} not found", String::from_utf8_lossy(name))
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// Opens a library by the rules of `options`.
pub(super) fn open(name: &[u8], options: &OpenOptions) -> Result<Library, OpenError> {
    if name.contains(&0) {
        return Err(OpenError::EmbeddedNul { name: name.to_vec() });
    }
    if name.is_empty() && options.names == Names::Lune {
        return Ok(Library::process());
    }
    let plan = names::plan(options.names, name, Platform::HOST);
    let cached = plan.cached;
    let texts = plan.texts.into_iter();
    let from_cache = std::iter::once_with(|| ld_cache::find(&cached?)).flatten();
    match (Opening { options, scripts: Vec::new() }).first(texts.chain(from_cache)) {
        Ok(library) => Ok(library),
        Err(text) if plan.searched => Err(OpenError::NotFound { name: name.to_vec(), text }),
        Err(text) => Err(OpenError::Refused { name: name.to_vec(), text }),
    }
}

struct Opening<'a> {
    options: &'a OpenOptions,
    /// The linker scripts followed so far.
    scripts: Vec<PathBuf>,
}

impl Opening<'_> {
    /// Opens the first of `texts` that the loader takes, or gives its words about the very first.
    fn first(&mut self, texts: impl Iterator<Item = Vec<u8>>) -> Result<Library, String> {
        let mut first_reason = None;
        for text in texts {
            match self.load(text) {
                Ok(library) => return Ok(library),
                Err(reason) => _ = first_reason.get_or_insert(reason),
            }
        }
        Err(first_reason.unwrap_or_default())
    }

    /// Gives one text to the loader; if it found a linker script, opens what the script names.
    fn load(&mut self, text: Vec<u8>) -> Result<Library, String> {
        let reason = match system::Handle::open(&text, self.options) {
            Ok(handle) => return Ok(Library::loaded(handle, text)),
            Err(reason) => reason,
        };
        if Platform::HOST != Platform::Elf {
            return Err(reason);
        }
        let Some(script) = linker_script::locate(&text, &reason) else {
            return Err(reason);
        };
        if self.scripts.len() >= MAX_SCRIPTS || self.scripts.contains(&script) {
            return Err(reason);
        }
        let inputs = linker_script::read(&script);
        if inputs.is_empty() {
            return Err(reason);
        }
        self.scripts.push(script);
        let inner = self.first(inputs.into_iter());
        inner.map_err(|inner| format!("{reason} (a linker script; {inner})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_the_name_and_the_loaders_words() {
        let name = b"x\0y".to_vec();
        assert_eq!(
            OpenError::EmbeddedNul { name }.to_string(),
            "cannot load library 'x\\0y': the name has an embedded NUL"
        );
        let (name, text) = (b"nolib.so".to_vec(), "nolib.so: no such file".to_owned());
        let refused = OpenError::Refused { name, text };
        assert_eq!(refused.to_string(), "cannot load library 'nolib.so': nolib.so: no such file");
        assert_eq!(refused.loader_text(), Some("nolib.so: no such file"));
        let (name, text) = (b"nolib".to_vec(), "libnolib.so: no such file".to_owned());
        let missing = OpenError::NotFound { name, text };
        assert_eq!(missing.to_string(), "library nolib not found");
        assert_eq!(missing.loader_text(), Some("libnolib.so: no such file"));
    }

    #[test]
    fn a_nul_never_reaches_the_loader() {
        for names in [Names::Lune, Names::LuaJit, Names::Alien] {
            for name in [&b"\0"[..], b"libc.so.6\0", b"libc\0.so.6"] {
                let error = Library::open(name, &OpenOptions::new(names)).unwrap_err();
                assert_eq!(error, OpenError::EmbeddedNul { name: name.to_vec() });
            }
        }
    }

    #[test]
    fn lunes_empty_name_is_the_process() {
        let library = Library::open(b"", &OpenOptions::new(Names::Lune)).unwrap();
        assert_eq!(library.file(), std::env::current_exe().ok());
        assert_eq!(library.opened_as(), b"");
    }
}
