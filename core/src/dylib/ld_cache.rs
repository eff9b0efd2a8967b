//! The cache of glibc's loader: which libraries `ldconfig` has seen, without starting it.
//!
//! The layout is that of `dl-cache.h` in glibc: a header, a table of fixed-size entries, and
//! strings that the entries point at. A file may begin with the table of glibc 2.1, which is
//! skipped. Every offset is checked; a damaged file yields fewer names or none.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Read;

const PATH: &str = "/etc/ld.so.cache";

/// Larger files are not read: ten thousand libraries need about a megabyte.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

const OLD_MAGIC: &[u8] = b"ld.so-1.7.0";
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const HEADER: usize = 48;
const ENTRY: usize = 24;

/// The name of the first library in the cache that starts with `prefix` and is for this machine.
///
/// The name and not the path: the loader then applies its own rules (`LD_LIBRARY_PATH`, variants
/// for newer processors) to find the file.
pub(super) fn find(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    File::open(PATH).ok()?.take(MAX_BYTES).read_to_end(&mut file).ok()?;
    first_match(&file, prefix, ACCEPTED).map(<[u8]>::to_vec)
}

fn first_match<'a>(file: &'a [u8], prefix: &[u8], accepted: &[u32]) -> Option<&'a [u8]> {
    let image = image(file)?;
    entries(image)?
        .filter(|entry| entry.is_for(accepted))
        .filter_map(|entry| string(image, entry.name))
        .find(|name| name.starts_with(prefix))
}

struct CacheEntry {
    flags: u32,
    /// Offset of the name in the image; the path's follows it in the file.
    name: u32,
}

/// The part of the file in the current format: offsets of strings count from its start.
fn image(file: &[u8]) -> Option<&[u8]> {
    if !file.starts_with(OLD_MAGIC) {
        return file.starts_with(MAGIC).then_some(file);
    }
    let count = word(file, 12)? as usize;
    let end = count.checked_mul(OLD_ENTRY)?.checked_add(OLD_HEADER)?;
    // The writer aligns to a `uint64_t`, which is 4 bytes on 32-bit x86 and 8 elsewhere.
    [4, 8]
        .into_iter()
        .filter_map(|align| file.get(end.checked_next_multiple_of(align)?..))
        .find(|image| image.starts_with(MAGIC))
}

fn entries(image: &[u8]) -> Option<impl Iterator<Item = CacheEntry>> {
    // Low two bits: 0 = not stated, 1 = invalid, 2 = little, 3 = big endian.
    let endianness = image.get(28)? & 3;
    if endianness != 0 && endianness != if cfg!(target_endian = "big") { 3 } else { 2 } {
        return None;
    }
    let count = word(image, 20)? as usize;
    let table = image.get(HEADER..)?.get(..count.checked_mul(ENTRY)?)?;
    Some(
        table
            .chunks_exact(ENTRY)
            .filter_map(|entry| Some(CacheEntry { flags: word(entry, 0)?, name: word(entry, 4)? })),
    )
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_ne_bytes(*bytes))
}

fn string(image: &[u8], at: u32) -> Option<&[u8]> {
    let bytes = image.get(at as usize..)?;
    let length = bytes.iter().position(|&byte| byte == 0)?;
    Some(&bytes[..length])
}

impl CacheEntry {
    /// The low byte says which kind of library it is (3 = ELF for glibc 2), the next for which
    /// ABI. On a machine whose ABI numbers are not listed below the loader decides alone.
    fn is_for(&self, accepted: &[u32]) -> bool {
        if accepted.is_empty() { self.flags & 0xff == 3 } else { accepted.contains(&self.flags) }
    }
}

/// The flags of entries for this machine.
const ACCEPTED: &[u32] = if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
    &[0x0303]
} else if cfg!(target_arch = "x86_64") {
    &[0x0803]
} else if cfg!(target_arch = "x86") {
    &[0x0003]
} else if cfg!(target_arch = "aarch64") {
    &[0x0a03]
} else if cfg!(target_arch = "arm") {
    // Hard float, soft float, and not stated.
    &[0x0903, 0x0b03, 0x0003]
} else if cfg!(target_arch = "powerpc64") {
    &[0x0503]
} else if cfg!(target_arch = "s390x") {
    &[0x0403]
} else if cfg!(target_arch = "riscv64") {
    // Soft and double float.
    &[0x0f03, 0x1003]
} else if cfg!(target_arch = "loongarch64") {
    &[0x1103, 0x1203, 0x0003]
} else {
    &[]
};

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: u32 = 0x0303;

    fn push(file: &mut Vec<u8>, words: &[u32]) {
        for word in words {
            file.extend_from_slice(&word.to_ne_bytes());
        }
    }

    /// A cache in the current format.
    fn cache(libraries: &[(&str, u32)]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        let strings: usize = libraries.iter().map(|(name, _)| name.len() + 1).sum();
        push(&mut file, &[libraries.len() as u32, strings as u32, 0, 0, 0, 0, 0]);
        let mut at = (HEADER + ENTRY * libraries.len()) as u32;
        for (name, flags) in libraries {
            push(&mut file, &[*flags, at, at, 0, 0, 0]);
            at += name.len() as u32 + 1;
        }
        for (name, _) in libraries {
            file.extend_from_slice(name.as_bytes());
            file.push(0);
        }
        file
    }

    /// The same behind a table of the old format with `count` entries.
    fn behind_old(image: &[u8], count: u32, align: usize) -> Vec<u8> {
        let mut file = OLD_MAGIC.to_vec();
        file.push(0);
        push(&mut file, &[count]);
        for _ in 0..count {
            push(&mut file, &[3, 0, 0]);
        }
        file.resize(file.len().next_multiple_of(align), 0);
        file.extend_from_slice(image);
        file
    }

    fn sample() -> Vec<u8> {
        cache(&[
            ("libzstd.so.1", OURS),
            ("libz.so.1", 3),
            ("libz.so.2", 0x0803),
            ("libz.so.1.2", OURS),
            ("libz.so", OURS),
            ("libm.so.6", OURS),
        ])
    }

    fn search<'a>(file: &'a [u8], prefix: &str) -> Option<&'a str> {
        let found = first_match(file, prefix.as_bytes(), &[OURS])?;
        Some(std::str::from_utf8(found).unwrap())
    }

    #[test]
    fn gives_the_first_library_of_this_abi() {
        let file = sample();
        assert_eq!(search(&file, "libz.so"), Some("libz.so.1.2"));
        assert_eq!(search(&file, "libz"), Some("libzstd.so.1"));
        assert_eq!(search(&file, "libm.so"), Some("libm.so.6"));
        assert_eq!(search(&file, "libm.so.6"), Some("libm.so.6"));
        assert_eq!(search(&file, "libm.so.60"), None);
        assert_eq!(search(&file, "m.so"), None);
        assert_eq!(search(&cache(&[]), "lib"), None);
    }

    #[test]
    fn an_unlisted_machine_leaves_the_choice_to_the_loader() {
        let file = cache(&[("libz.so.0", 0x0301), ("libz.so.1", 3), ("libz.so.2", OURS)]);
        assert_eq!(first_match(&file, b"libz.so", &[]), Some(&b"libz.so.1"[..]));
        let file = cache(&[("libz.so.2", OURS)]);
        assert_eq!(first_match(&file, b"libz.so", &[]), Some(&b"libz.so.2"[..]));
    }

    #[test]
    fn finds_the_current_table_behind_the_old_one() {
        for count in 0..4 {
            for align in [4, 8] {
                let file = behind_old(&sample(), count, align);
                assert_eq!(search(&file, "libz.so"), Some("libz.so.1.2"));
                assert_eq!(search(&file, "libm.so"), Some("libm.so.6"));
            }
        }
        assert_eq!(search(&behind_old(b"", 3, 8), "lib"), None);
        assert_eq!(search(&behind_old(&sample(), 3, 8)[1..], "lib"), None);
    }

    #[test]
    fn refuses_the_other_byte_order() {
        let mut file = sample();
        let (ours, theirs) = if cfg!(target_endian = "big") { (3, 2) } else { (2, 3) };
        file[28] = ours;
        assert_eq!(search(&file, "libm.so"), Some("libm.so.6"));
        for endianness in [1, theirs] {
            file[28] = endianness;
            assert_eq!(search(&file, "libm.so"), None);
        }
    }

    #[test]
    fn survives_truncation_at_every_length() {
        for file in [sample(), behind_old(&sample(), 3, 8)] {
            for length in 0..file.len() {
                // The last entry's string is the last one to be complete.
                assert_eq!(search(&file[..length], "libm.so"), None, "{length}");
            }
            assert_eq!(search(&file, "libm.so"), Some("libm.so.6"));
        }
    }

    #[test]
    fn survives_wild_counts_and_offsets() {
        for value in [1, 5, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            for at in (MAGIC.len()..HEADER + 2 * ENTRY).step_by(4) {
                let mut file = sample();
                file[at..at + 4].copy_from_slice(&u32::to_ne_bytes(value));
                search(&file, "libnone");
            }
            let mut file = behind_old(&sample(), 3, 8);
            file[12..16].copy_from_slice(&u32::to_ne_bytes(value));
            search(&file, "libnone");
        }
    }

    #[test]
    fn survives_random_bytes() {
        let mut state = 0x2545_F491_4F6C_DD1Du64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        let samples = [sample(), behind_old(&sample(), 2, 8)];
        for round in 0..if cfg!(miri) { 50 } else { 20_000 } {
            let mut file = samples[round % 2].clone();
            for _ in 0..1 + random() % 16 {
                let at = random() % file.len();
                file[at] = random() as u8;
            }
            first_match(&file, b"libm.so", &[OURS]);
            let start = if round % 2 == 0 { MAGIC.len() } else { OLD_MAGIC.len() };
            file[start..].fill_with(|| random() as u8);
            first_match(&file, b"libm.so", &[OURS]);
        }
    }
}
