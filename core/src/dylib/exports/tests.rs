//! The formats of other systems, from images built here, and damaged files of every format.

use super::*;

fn names(exports: &[Export]) -> Vec<(&str, ExportKind, bool, Option<u32>)> {
    let entry = |export: &'_ Export| (export.kind, export.weak, export.ordinal);
    exports
        .iter()
        .map(|export| {
            let (kind, weak, ordinal) = entry(export);
            (std::str::from_utf8(&export.name).unwrap(), kind, weak, ordinal)
        })
        .collect()
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn put_words(file: &mut [u8], at: usize, words: &[u32]) {
    for (index, word) in words.iter().enumerate() {
        put(file, at + 4 * index, &word.to_le_bytes());
    }
}

/// A 64-bit DLL whose sections lie in memory as in the file: code at 0x400, exports at 0x600.
fn dll() -> Vec<u8> {
    const CODE: u32 = 0x6000_0020;
    const DATA: u32 = 0x4000_0040;
    let mut file = vec![0; 0x800];
    put(&mut file, 0, b"MZ");
    put_words(&mut file, 0x3c, &[0x80]);
    put(&mut file, 0x80, b"PE\0\0\x64\x86\x02\0");
    put(&mut file, 0x94, &[0xf0, 0, 0x22, 0x20]); // size of the next header, characteristics
    put(&mut file, 0x98, &[0x0b, 0x02]); // PE32+
    put_words(&mut file, 0x98 + 32, &[0x200, 0x200]); // alignments
    put_words(&mut file, 0x98 + 56, &[0x800, 0x400]); // sizes of the image and the headers
    put_words(&mut file, 0x98 + 108, &[16, 0x600, 0x100]); // directories; the exports
    let sections = 0x98 + 0xf0;
    put(&mut file, sections, b".text");
    put_words(&mut file, sections + 8, &[0x200, 0x400, 0x200, 0x400]);
    put_words(&mut file, sections + 36, &[CODE]);
    put(&mut file, sections + 40, b".edata");
    put_words(&mut file, sections + 48, &[0x200, 0x600, 0x200, 0x600]);
    put_words(&mut file, sections + 76, &[DATA]);
    // Directory: name, base 5, four addresses, three names.
    put_words(&mut file, 0x60c, &[0x690, 5, 4, 3, 0x628, 0x640, 0x650]);
    // Code, data, a forward, and code without a name.
    put_words(&mut file, 0x628, &[0x410, 0x720, 0x6c0, 0x420]);
    put_words(&mut file, 0x640, &[0x6a0, 0x6a8, 0x6b0]);
    put(&mut file, 0x650, &[1, 0, 0, 0, 2, 0]);
    put(&mut file, 0x690, b"x.dll\0");
    put(&mut file, 0x6a0, b"data\0");
    put(&mut file, 0x6a8, b"func\0");
    put(&mut file, 0x6b0, b"moved\0");
    put(&mut file, 0x6c0, b"other.elsewhere\0");
    file
}

/// A 64-bit Mach-O library for a processor: code at 0x200, data from 0x240 on, an exports trie.
fn macho(processor: u32) -> Vec<u8> {
    let mut file = vec![0; 0x400];
    put_words(&mut file, 0, &[0xfeed_facf, processor, 0, 6, 3, 232 + 72 + 16]);
    // LC_SEGMENT_64: __TEXT, two sections.
    put_words(&mut file, 32, &[0x19, 232]);
    put(&mut file, 40, b"__TEXT");
    put_words(&mut file, 56, &[0, 0, 0x300, 0, 0, 0, 0x300, 0, 5, 5, 2, 0]);
    for (at, name, address, flags) in [(104, "__text", 0x200, 0x8000_0400), (184, "__const", 0x240, 0)] {
        put(&mut file, at, name.as_bytes());
        put(&mut file, at + 16, b"__TEXT");
        put_words(&mut file, at + 32, &[address, 0, 0x40, 0, address, 0, 0, 0, flags]);
    }
    // LC_SEGMENT_64: __LINKEDIT, no sections.
    put_words(&mut file, 264, &[0x19, 72]);
    put(&mut file, 272, b"__LINKEDIT");
    put_words(&mut file, 288, &[0x300, 0, 0x100, 0, 0x300, 0, 0x100, 0, 1, 1, 0, 0]);
    // LC_DYLD_EXPORTS_TRIE
    put_words(&mut file, 336, &[0x8000_0033, 16, 0x300, 0x40]);
    let trie = [
        &[0, 4][..], // the root: no export of its own, four edges
        b"_func\0\x20",
        b"_data\0\x25",
        b"_weak\0\x2a",
        b"plain\0\x20",
    ]
    .concat();
    put(&mut file, 0x300, &trie);
    // Each: size, flags, address, no edges.
    put(&mut file, 0x320, &[3, 0, 0x84, 0x04, 0]);
    put(&mut file, 0x325, &[3, 0, 0xc4, 0x04, 0]);
    put(&mut file, 0x32a, &[3, 4, 0x84, 0x04, 0]);
    file
}

const X86_64: u32 = 0x0100_0007;
const ARM64: u32 = 0x0100_000c;

/// Images for several processors in one file.
fn fat(images: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0; 0x100];
    put(&mut file, 0, &0xcafe_babe_u32.to_be_bytes());
    put(&mut file, 4, &(images.len() as u32).to_be_bytes());
    for (index, (processor, image)) in images.iter().enumerate() {
        let words = [*processor, 0, file.len() as u32, image.len() as u32, 3];
        for (word, value) in words.into_iter().enumerate() {
            put(&mut file, 8 + 20 * index + 4 * word, &value.to_be_bytes());
        }
        file.extend_from_slice(image);
    }
    file
}

use ExportKind::{Data, Function};

#[test]
fn reads_a_dll() {
    let exports = list(&dll()).unwrap();
    assert_eq!(
        names(&exports),
        [("data", Data, false, Some(6)), ("func", Function, false, Some(5)), ("moved", Function, false, Some(7)),]
    );
}

#[test]
fn reads_a_mach_o_library() {
    let exports = list(&macho(ARM64)).unwrap();
    assert_eq!(
        names(&exports),
        [("data", Data, false, None), ("func", Function, false, None), ("weak", Function, true, None),]
    );
}

#[test]
fn picks_this_machines_image_of_a_fat_file() {
    let (ours, other) = if cfg!(target_arch = "aarch64") { (ARM64, X86_64) } else { (X86_64, ARM64) };
    let mut image = macho(ours);
    put(&mut image, 0x302, b"_here");
    for images in [[(ours, image.clone()), (other, macho(other))], [(other, macho(other)), (ours, image.clone())]] {
        let exports = list(&fat(&images)).unwrap();
        let exports = names(&exports);
        assert!(exports.iter().any(|export| export.0 == "here"), "{exports:?}");
    }
    let only_other = list(&fat(&[(other, macho(other))])).unwrap();
    assert_eq!(only_other.len(), 3);
    assert!(list(&fat(&[])).is_err());
}

#[test]
fn what_is_no_library_is_an_error() {
    for file in [&b""[..], b"MZ", b"\x7fELF", b"INPUT(libm.so.6)", &[0; 500], &[0xff; 500]] {
        assert!(list(file).is_err());
    }
}

/// Files that parse, and a short one of this system if it can be had.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![dll(), macho(X86_64), fat(&[(ARM64, macho(ARM64)), (X86_64, macho(X86_64))])];
    if cfg!(all(target_os = "linux", not(miri))) {
        let process = std::fs::read("/proc/self/maps").unwrap();
        let process = String::from_utf8_lossy(&process);
        let files = process.lines().filter_map(|line| line.split_whitespace().nth(5));
        let smallest =
            files.filter(|file| file.contains(".so")).filter_map(|file| std::fs::read(file).ok()).min_by_key(Vec::len);
        samples.extend(smallest);
    }
    samples
}

#[test]
fn survives_truncation() {
    for file in samples() {
        let lengths = 0..file.len();
        let step = (file.len() / if cfg!(miri) { 50 } else { 2000 }).max(1);
        for length in lengths.step_by(step) {
            // Any answer will do.
            _ = list(&file[..length]);
        }
    }
}

#[test]
fn survives_damage() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for file in samples() {
        for _ in 0..if cfg!(miri) { 50 } else { 3000 } {
            let mut damaged = file.clone();
            // Headers and tables stand in front.
            let front = if random() % 2 == 0 { file.len() } else { file.len().min(0x800) };
            for _ in 0..1 + random() % 8 {
                damaged[random() % front] = random() as u8;
            }
            _ = list(&damaged);
        }
    }
}
