//! What a library file defines for others, read from ELF, PE and Mach-O alike: the names that the
//! loader's lookup by plain name would find, and nothing that the file only imports.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use object::elf::{STT_FUNC, STT_OBJECT};
use object::read::macho::{FatArch, MachOFatFile};
use object::read::{ExportFlags, ExportTarget, NameOrOrdinal};
use object::{BinaryFormat, FileKind, Object, ObjectSection, SectionKind};

/// A function or variable that a library defines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export {
    /// As a lookup needs it: without version, and without the underscore of Mach-O.
    pub name: Vec<u8>,
    /// Code or data.
    pub kind: ExportKind,
    /// Whether another definition of the name would take precedence in linking.
    pub weak: bool,
    /// The number by which Windows libraries export it too.
    pub ordinal: Option<u32>,
}

/// What a symbol stands for. Only ELF says so outright; elsewhere what lies in code is a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportKind {
    /// Can be called.
    Function,
    /// Can be read; thread-local variables too.
    Data,
}

/// Why the exports of a library could not be listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExportsError {
    /// The system does not tell which file the library came from.
    NoFile,
    /// The file could not be read.
    Unreadable {
        /// The library's file.
        file: PathBuf,
        /// The system's words.
        text: String,
    },
    /// The file is no library, or a damaged one.
    Malformed {
        /// The library's file.
        file: PathBuf,
        /// What is wrong with it.
        text: String,
    },
}

impl fmt::Display for ExportsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportsError::NoFile => write!(f, "the file of the library is not known"),
            ExportsError::Unreadable { file, text } | ExportsError::Malformed { file, text } => {
                write!(f, "cannot list the exports of '{}': {text}", file.display())
            }
        }
    }
}

impl std::error::Error for ExportsError {}

/// The exports of a library file, sorted by name.
pub(super) fn read(file: &Path) -> Result<Vec<Export>, ExportsError> {
    let bytes = std::fs::read(file)
        .map_err(|error| ExportsError::Unreadable { file: file.to_owned(), text: error.to_string() })?;
    list(&bytes).map_err(|error| ExportsError::Malformed { file: file.to_owned(), text: error.to_string() })
}

fn list(file: &[u8]) -> object::Result<Vec<Export>> {
    let image = match FileKind::parse(file)? {
        FileKind::MachOFat32 => member(file, MachOFatFile::<object::macho::FatArch32>::parse(file)?)?,
        FileKind::MachOFat64 => member(file, MachOFatFile::<object::macho::FatArch64>::parse(file)?)?,
        _ => object::File::parse(file)?,
    };
    let code: Vec<Range<u64>> = image
        .sections()
        .filter(|section| section.kind() == SectionKind::Text)
        .map(|section| section.address()..section.address().saturating_add(section.size()))
        .collect();
    // One name may be there in several versions.
    let mut exports = BTreeMap::new();
    for export in image.exports()? {
        let export = export?;
        if let Some(export) = convert(&export, image.format(), &code) {
            exports.entry(export.name.clone()).or_insert(export);
        }
    }
    Ok(exports.into_values().collect())
}

/// The image for this machine in a file with images for several.
fn member<'a, Fat: FatArch>(file: &'a [u8], fat: MachOFatFile<'a, Fat>) -> object::Result<object::File<'a>> {
    let mut images = fat.arches().iter().map(|arch| (arch.architecture(), arch.data(file)));
    let host = images.find(|(arch, _)| HOST == Some(*arch)).map(|(_, data)| data);
    match host.or_else(|| fat.arches().first().map(|arch| arch.data(file))) {
        Some(data) => object::File::parse(data?),
        // Without members: the parser words the error.
        None => object::File::parse(&[][..]),
    }
}

const HOST: Option<object::Architecture> = if cfg!(target_arch = "x86_64") {
    Some(object::Architecture::X86_64)
} else if cfg!(target_arch = "aarch64") {
    Some(object::Architecture::Aarch64)
} else {
    None
};

/// `None` for what a lookup by plain name cannot find.
fn convert(export: &object::Export<'_>, format: BinaryFormat, code: &[Range<u64>]) -> Option<Export> {
    let NameOrOrdinal::Name(name) = export.name() else {
        return None;
    };
    let name = if format == BinaryFormat::MachO { name.strip_prefix(b"_")? } else { name };
    if name.is_empty() {
        return None;
    }
    let mut kind = match export.target() {
        // In ELF: the names of versions, which stand in the symbol table too.
        ExportTarget::Absolute { value: 0 } => return None,
        ExportTarget::Resolver { .. } | ExportTarget::Reexport { .. } => ExportKind::Function,
        ExportTarget::Address { address } if code.iter().any(|range| range.contains(&address)) => ExportKind::Function,
        _ => ExportKind::Data,
    };
    let mut ordinal = None;
    match export.flags() {
        // Kept for programs linked long ago; `dlsym` does not give it out.
        ExportFlags::Elf { version: Some(_), version_hidden: true, .. } => return None,
        ExportFlags::Elf { st_info, .. } => match st_info.st_type() {
            STT_FUNC => kind = ExportKind::Function,
            STT_OBJECT => kind = ExportKind::Data,
            _ => {}
        },
        ExportFlags::Pe { ordinal: number } => ordinal = Some(u32::from(number.0)),
        _ => {}
    }
    Some(Export { name: name.to_vec(), kind, weak: export.is_weak(), ordinal })
}

#[cfg(test)]
mod tests;
