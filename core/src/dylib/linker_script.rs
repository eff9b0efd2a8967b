//! Linker scripts in place of libraries: `libc.so` and `libm.so` of a development system are texts
//! such as `GROUP ( /lib/libm.so.6 AS_NEEDED ( /lib/libmvec.so.1 ) )`, which the loader refuses.
//! Reads the names of the inputs out of such a text, in the order of the script.
//!
//! The format: GNU ld manual, "Commands Dealing with Files".
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Larger files are not read: scripts have a few hundred bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The file that the loader found and refused: `text` if that is a path, else the path at the
/// start of the loader's message (`/usr/lib/libm.so: invalid ELF header`).
///
/// The message is in the user's language, so only its shape counts.
pub(super) fn locate(text: &[u8], message: &str) -> Option<PathBuf> {
    if text.contains(&b'/') {
        return Some(path(text)).filter(|path| path.is_file());
    }
    message
        .match_indices(": ")
        .map(|(end, _)| &message[..end])
        .filter(|start| start.contains('/'))
        .map(PathBuf::from)
        .find(|path| path.is_file())
}

/// What a script names, as texts for the loader; empty if the file is no script.
pub(super) fn read(script: &Path) -> Vec<Vec<u8>> {
    // A pipe would block the reader; `locate` has let only regular files through.
    let Ok(file) = File::open(script) else {
        return Vec::new();
    };
    let mut bytes = Vec::new();
    if file.take(MAX_BYTES + 1).read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    if bytes.len() as u64 > MAX_BYTES || bytes.contains(&0) {
        return Vec::new();
    }
    let beside = script.parent().unwrap_or(Path::new(""));
    inputs(&bytes).into_iter().map(|input| loader_text(&input, beside)).collect()
}

/// The loader's text for an input: a bare name means the file beside the script if there is one
/// (the linker searched that directory when it found the script), else the loader's own search.
fn loader_text(input: &[u8], beside: &Path) -> Vec<u8> {
    if !input.contains(&b'/') {
        let neighbour = beside.join(path(input));
        if neighbour.is_file() {
            return neighbour.into_os_string().into_encoded_bytes();
        }
    }
    input.to_vec()
}

/// The files in the `GROUP` and `INPUT` commands of a script, `-lfoo` spelled out and the sysroot
/// mark removed. Other commands are skipped, and so is anything that is not one.
fn inputs(script: &[u8]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    // For each open parenthesis: whether its content are inputs.
    let mut open = Vec::new();
    // A word is a command if a parenthesis follows, an input if not.
    let mut word: Option<&[u8]> = None;
    for token in (Tokens { rest: script }) {
        let listing = open.last() == Some(&true);
        if token == Token::Open {
            open.push(match word.take() {
                Some(b"GROUP" | b"INPUT") => true,
                Some(b"AS_NEEDED") => listing,
                _ => false,
            });
            continue;
        }
        if let Some(input) = word.take().filter(|_| listing) {
            inputs.extend(library_name(input));
        }
        match token {
            Token::Word(next) => word = Some(next),
            Token::Close => _ = open.pop(),
            Token::Open => {}
        }
    }
    inputs
}

fn library_name(input: &[u8]) -> Option<Vec<u8>> {
    let name = match input {
        [b'-', b'l', b':', name @ ..] => name.to_vec(),
        [b'-', b'l', name @ ..] => [b"lib", name, b".so"].concat(),
        [b'=', name @ ..] => name.to_vec(),
        name => name.strip_prefix(b"$SYSROOT").unwrap_or(name).to_vec(),
    };
    (!name.is_empty()).then_some(name)
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[derive(PartialEq, Eq)]
enum Token<'a> {
    Word(&'a [u8]),
    Open,
    Close,
}

struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// Takes bytes up to where `end` starts, or all.
    fn take_until(&mut self, end: impl Fn(&[u8]) -> bool) -> &'a [u8] {
        let length = (0..self.rest.len()).find(|&at| end(&self.rest[at..]));
        let (taken, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match self.rest {
                [] => return None,
                [b'/', b'*', rest @ ..] => {
                    self.rest = rest;
                    self.take_until(|rest| rest.starts_with(b"*/"));
                    self.rest = self.rest.get(2..).unwrap_or_default();
                }
                [b'(', rest @ ..] => {
                    self.rest = rest;
                    return Some(Token::Open);
                }
                [b')', rest @ ..] => {
                    self.rest = rest;
                    return Some(Token::Close);
                }
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    let word = self.take_until(|rest| rest[0] == b'"');
                    self.rest = self.rest.get(1..).unwrap_or_default();
                    return Some(Token::Word(word));
                }
                [first, rest @ ..] if is_gap(*first) => self.rest = rest,
                _ => {
                    let word = self
                        .take_until(|rest| is_gap(rest[0]) || b"()\"".contains(&rest[0]) || rest.starts_with(b"/*"));
                    return Some(Token::Word(word));
                }
            }
        }
    }
}

fn is_gap(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b',' || byte == b';'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(script: &str) -> Vec<String> {
        let inputs = inputs(script.as_bytes()).into_iter();
        inputs.map(|input| String::from_utf8(input).unwrap()).collect()
    }

    #[test]
    fn reads_the_scripts_of_the_c_library() {
        let libc = "/* GNU ld script\n   Use the shared library, but some functions are only in\n   \
                    the static library, so try that secondarily.  */\n\
                    OUTPUT_FORMAT(elf64-x86-64)\n\
                    GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( /lib/ld.so.2 ) )\n";
        assert_eq!(names(libc), ["/lib/libc.so.6", "/usr/lib/libc_nonshared.a", "/lib/ld.so.2"]);
        let libm = "/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64-x86-64)\n\
                    GROUP ( /lib/libm.so.6  AS_NEEDED ( /lib/libmvec.so.1 ) )\n";
        assert_eq!(names(libm), ["/lib/libm.so.6", "/lib/libmvec.so.1"]);
    }

    #[test]
    fn reads_every_way_to_write_an_input() {
        assert_eq!(names("INPUT(libncurses.so.6 -ltinfo)"), ["libncurses.so.6", "libtinfo.so"]);
        assert_eq!(names("INPUT(a.so,b.so , c.so);"), ["a.so", "b.so", "c.so"]);
        assert_eq!(names("INPUT ( -l:exact.so.3 )"), ["exact.so.3"]);
        assert_eq!(names("GROUP(=/lib/a.so $SYSROOT/lib/b.so)"), ["/lib/a.so", "/lib/b.so"]);
        assert_eq!(names("GROUP(\"with space.so\" \"a(b).so\")"), ["with space.so", "a(b).so"]);
        assert_eq!(names("GROUP(a.so/* x */b.so)INPUT(c.so)"), ["a.so", "b.so", "c.so"]);
    }

    #[test]
    fn skips_other_commands() {
        assert_eq!(names("SEARCH_DIR(/x) OUTPUT_FORMAT(\"a\", \"b\", \"c\") x = y;"), [""; 0]);
        assert_eq!(names("AS_NEEDED(a.so)"), [""; 0]);
        assert_eq!(names("SECTIONS { .text : { *(.text) } } INPUT(a.so)"), ["a.so"]);
        assert_eq!(names("INPUT(a.so OTHER(b.so) c.so)"), ["a.so", "c.so"]);
        assert_eq!(names("/* INPUT(a.so) */"), [""; 0]);
    }

    #[test]
    fn takes_a_broken_script_as_far_as_it_goes() {
        assert_eq!(names("INPUT(a.so b.so"), ["a.so"]);
        assert_eq!(names("INPUT(\"a.so"), [""; 0]);
        assert_eq!(names("INPUT(a.so /* b.so )"), [""; 0]);
        assert_eq!(names(")))) INPUT(a.so))))"), ["a.so"]);
        assert_eq!(names("INPUT(-l -l: = \"\")"), ["lib.so"]);
        assert_eq!(names("INPUT()"), [""; 0]);
        assert_eq!(names("the quick brown fox"), [""; 0]);
        assert_eq!(names(""), [""; 0]);
        assert_eq!(names(&"(".repeat(100_000)), [""; 0]);
    }

    #[test]
    fn no_text_upsets_the_reader() {
        let script = b"/* c */ GROUP ( \"a.so\" -lb AS_NEEDED ( c.so ) ) INPUT(=d.so)";
        for length in 0..script.len() {
            inputs(&script[..length]);
        }
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        for _ in 0..2000 {
            let mut random = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            let alphabet = b"GROUPINT_ASEDL ()\"/*=-l:$,;\n\xff";
            let text: Vec<u8> = (0..random() % 80).map(|_| alphabet[random() as usize % alphabet.len()]).collect();
            inputs(&text);
        }
    }

    #[test]
    #[cfg(not(miri))]
    fn finds_the_refused_file_in_the_message() {
        let file = std::env::current_exe().unwrap();
        let file = file.to_str().unwrap();
        let found = Some(PathBuf::from(file));
        assert_eq!(locate(b"libx.so", &format!("{file}: invalid ELF header")), found);
        assert_eq!(locate(b"libx.so", &format!("{file}: kaputt: sehr")), found);
        assert_eq!(locate(file.as_bytes(), "anything"), found);
        assert_eq!(locate(b"libx.so", "libx.so: cannot open shared object file"), None);
        assert_eq!(locate(b"libx.so", "/no/such/file: invalid ELF header"), None);
        assert_eq!(locate(b"/no/such/file", "/no/such/file: bad"), None);
        assert_eq!(locate(b"/", "/: cannot read file data: Is a directory"), None);
    }
}
