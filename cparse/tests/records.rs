//! Random structs and unions, laid out by the C compiler and by us from the same text: size, alignment,
//! the offset of every member, and the very bits of every bit-field.
#![cfg(target_endian = "little")]

use lunaffi_core::ctype::{Field, TypeTable};
use lunaffi_cparse::{Declarations, declare};
use std::fmt::Write as _;
use std::process::Command;

const COUNT: usize = 4000;

/// Marsaglia's xorshift: the same records in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const PRELUDE: &str = "
enum plain { PLAIN_A, PLAIN_B = 70000 }; enum negative { NEG_A = -1, NEG_B }; enum wide { WIDE_A = 1LL << 40 };
enum wideneg { WN_A = -1LL << 40 }; enum __attribute__((packed)) small { SMALL_A, SMALL_B = 200 };
enum __attribute__((packed)) smallneg { SN_A = -300 };
typedef int vec16 __attribute__((vector_size(16))); typedef float vec8 __attribute__((vector_size(8)));
typedef double vec32 __attribute__((vector_size(32))); typedef char vec4 __attribute__((vector_size(4)));
typedef int int_a1 __attribute__((aligned(1))); typedef int int_a2 __attribute__((aligned(2)));
typedef int int_a16 __attribute__((aligned(16))); typedef long long_a4 __attribute__((aligned(4)));
typedef short short_a8 __attribute__((aligned(8))); typedef unsigned char byte_a4 __attribute__((aligned(4)));
typedef double double_a2 __attribute__((aligned(2))); typedef int mode_di __attribute__((mode(DI)));
typedef unsigned int mode_qi __attribute__((mode(__QI__))); typedef unsigned mode_ti __attribute__((mode(TI)));
typedef float mode_df __attribute__((mode(DF))); typedef int (*function)(int, ...);
";

const PLAIN: &[&str] = &[
    "char",
    "char",
    "signed char",
    "unsigned char",
    "short",
    "short",
    "unsigned short",
    "int",
    "int",
    "unsigned",
    "long",
    "unsigned long",
    "long long",
    "float",
    "double",
    "long double",
    "_Bool",
    "__int128",
    "unsigned __int128",
    "void *",
    "function",
    "enum plain",
    "enum negative",
    "enum wide",
    "enum wideneg",
    "enum small",
    "enum smallneg",
    "_Complex float",
    "_Complex double",
    "_Complex long double",
    "_Float128",
    "vec4",
    "vec8",
    "vec16",
    "vec32",
    "mode_di",
    "mode_qi",
    "mode_ti",
    "mode_df",
    "const int",
    "volatile char",
    "int_a1",
    "int_a2",
    "long_a4",
    "double_a2",
];

/// Not for arrays: their elements would be misaligned.
const RAISED: &[&str] = &["int_a16", "short_a8", "byte_a4"];

/// Types of bit-fields with the most bits that they hold.
const BITS: &[(&str, usize)] = &[
    ("char", 8),
    ("signed char", 8),
    ("unsigned char", 8),
    ("short", 16),
    ("unsigned short", 16),
    ("int", 32),
    ("int", 32),
    ("unsigned", 32),
    ("unsigned", 32),
    ("long", 64),
    ("unsigned long long", 64),
    ("_Bool", 1),
    ("enum plain", 32),
    ("enum negative", 32),
    ("enum wide", 64),
    ("enum wideneg", 64),
    ("enum small", 8),
    ("__int128", 128),
    ("unsigned __int128", 128),
    ("int_a1", 32),
    ("int_a2", 32),
    ("int_a16", 32),
    ("long_a4", 64),
    ("short_a8", 16),
    ("byte_a4", 8),
    ("mode_di", 64),
];

/// A member that is looked at: its name, and a bit-field's width.
struct Looked {
    name: String,
    bits: Option<usize>,
}

struct Generator {
    random: Random,
    /// Complete records that may be members: tag and what is bounded by it.
    known: Vec<String>,
    names: usize,
}

impl Generator {
    fn attribute(&mut self, percent: usize, list: &[&str]) -> String {
        if self.random.percent(percent) {
            format!(" __attribute__(({}))", self.random.pick(list))
        } else {
            String::new()
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("m{}", self.names)
    }

    fn member(&mut self, text: &mut String, looked: &mut Vec<Looked>, depth: usize) {
        let roll = self.random.below(100);
        let name = self.name();
        if roll < 45 {
            let (ty, most) = BITS[self.random.below(BITS.len())];
            let width = match self.random.below(6) {
                0 => most,
                1 => most.min([8, 16, 32, 64][self.random.below(4)]),
                _ => 1 + self.random.below(most),
            };
            let attribute =
                self.attribute(8, &["packed", "packed", "aligned(2)", "aligned(4)", "aligned(8)", "aligned(1)"]);
            match self.random.below(12) {
                0 => drop(write!(text, "{ty} : {width}; ")),
                1 => drop(write!(text, "{ty} : 0; ")),
                _ => {
                    let _ = write!(text, "{ty} {name} : {width}{attribute}; ");
                    looked.push(Looked { name, bits: Some(width) });
                }
            }
            return;
        }
        if roll < 53 && depth < 3 {
            let word = self.random.pick(&["struct", "union"]);
            let attribute = self.attribute(25, &["packed", "aligned(2)", "aligned(16)", "packed, aligned(4)"]);
            let _ = write!(text, "{word} {{ ");
            let mut inner = Vec::new();
            for _ in 0..1 + self.random.below(4) {
                self.member(text, &mut inner, depth + 1);
            }
            if self.random.percent(60) {
                let _ = write!(text, "}}{attribute}; ");
                looked.extend(inner);
            } else {
                let _ = write!(text, "}}{attribute} {name}; ");
                looked.push(Looked { name, bits: None });
            }
            return;
        }
        let attribute = self.attribute(
            12,
            &["packed", "packed", "aligned", "aligned(2)", "aligned(16)", "aligned(64)", "packed, aligned(2)"],
        );
        let alignas = if self.random.percent(3) {
            self.random.pick(&["_Alignas(32) ", "_Alignas(64) ", "_Alignas(0) "])
        } else {
            ""
        };
        if roll < 62 && !self.known.is_empty() {
            let ty = self.known[self.random.below(self.known.len())].clone();
            let dimension = if self.random.percent(20) { "[2]" } else { "" };
            let _ = write!(text, "{ty} {name}{dimension}{attribute}; ");
        } else if roll < 67 {
            let ty = self.random.pick(RAISED);
            let _ = write!(text, "{alignas}{ty} {name}{attribute}; ");
        } else {
            let ty = self.random.pick(PLAIN);
            let dimension = match self.random.below(10) {
                0 => "[3]",
                1 => "[2][3]",
                2 => "[0]",
                _ => "",
            };
            let _ = write!(text, "{alignas}{ty} {name}{dimension}{attribute}; ");
        }
        looked.push(Looked { name, bits: None });
    }

    /// A record as C has it, and its members.
    fn record(&mut self, number: usize) -> (String, String, Vec<Looked>) {
        let word = if self.random.percent(80) { "struct" } else { "union" };
        let spelling = format!("{word} r{number}");
        let mut text = String::new();
        let pack = self.random.percent(15).then(|| self.random.pick(&["1", "2", "4", "8", "16"]));
        if let Some(pack) = pack {
            let form = self.random.below(2);
            let _ = match form {
                0 => writeln!(text, "#pragma pack(push, {pack})"),
                _ => writeln!(text, "#pragma pack({pack})"),
            };
            let before = self.attribute(10, &["packed", "aligned(8)"]);
            let _ = write!(text, "{word}{before} r{number} {{ ");
            let looked = self.body(&mut text, word == "struct");
            let _ = writeln!(text, "\n#pragma pack({})", if form == 0 { "pop" } else { "" });
            return (text, spelling, looked);
        }
        let before = self.attribute(12, &["packed", "aligned(8)", "__packed__", "aligned(32)"]);
        let _ = write!(text, "{word}{before} r{number} {{ ");
        let looked = self.body(&mut text, word == "struct");
        (text, spelling, looked)
    }

    fn body(&mut self, text: &mut String, flexible: bool) -> Vec<Looked> {
        let mut looked = Vec::new();
        let count = if self.random.percent(3) { 0 } else { 1 + self.random.below(8) };
        for _ in 0..count {
            self.member(text, &mut looked, 0);
        }
        if flexible && !looked.is_empty() && self.random.percent(8) {
            let (name, ty) = (self.name(), self.random.pick(PLAIN));
            let _ = write!(text, "{ty} {name}[]; ");
            looked.push(Looked { name, bits: None });
        }
        let after = self.attribute(12, &["packed", "aligned", "aligned(1)", "aligned(128)", "packed, aligned(2)"]);
        let _ = writeln!(text, "}}{after};");
        looked
    }
}

#[test]
fn random_records_are_laid_out_as_the_compiler_does() {
    let seed = std::env::var("LUNAFFI_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x2545_f491_4f6c_dd1d);
    let mut generator = Generator { random: Random(seed), known: Vec::new(), names: 0 };
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    declare(&types, &names, PRELUDE.as_bytes(), &[]).unwrap();

    let mut source = String::from("#include <stdio.h>\n");
    source.push_str(PRELUDE);
    let (mut numbers, mut blobs, mut blob_table) = (String::new(), String::new(), String::new());
    let mut records = Vec::new();
    for number in 0..COUNT {
        let (text, spelling, looked) = generator.record(number);
        declare(&types, &names, text.as_bytes(), &[]).unwrap_or_else(|e| panic!("{text}: {e}"));
        let ty = names.tag(format!("r{number}").as_bytes()).unwrap();
        let record = types.record(ty).unwrap();
        source.push_str(&text);
        let _ = write!(numbers, "sizeof({spelling}), __alignof__({spelling}), ");
        for member in &looked {
            if member.bits.is_some() {
                let _ = writeln!(
                    blobs,
                    "static const union {{ {spelling} r; unsigned char b[sizeof({spelling})]; }} b{number}_{0} = {{ .r.{0} = -1 }};",
                    member.name
                );
                let _ = writeln!(blob_table, "{{ &b{number}_{}, sizeof({spelling}) }},", member.name);
            } else {
                let _ = write!(numbers, "__builtin_offsetof({spelling}, {}), ", member.name);
            }
        }
        numbers.push('\n');
        if record.size > 0 && record.size < 300 && generator.random.percent(50) {
            generator.known.push(spelling);
            if generator.known.len() > 200 {
                generator.known.remove(0);
            }
        }
        records.push((text, ty, looked));
    }
    let _ = write!(
        source,
        "{blobs}static const unsigned long numbers[] = {{ {numbers} }};
         static const struct {{ const void *at; unsigned long size; }} blobs[] = {{ {blob_table} }};
         int main(void) {{ fwrite(numbers, sizeof numbers, 1, stdout);
           for (unsigned i = 0; i < sizeof blobs / sizeof *blobs; i++) fwrite(blobs[i].at, blobs[i].size, 1, stdout);
           return 0; }}"
    );
    let folder = std::env::temp_dir().join(format!("lunaffi-records-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (c, program) = (folder.join("records.c"), folder.join("records"));
    std::fs::write(&c, &source).unwrap();
    let compiled = Command::new("cc")
        .args(["-w", "-Wno-packed-bitfield-compat"])
        .arg("-O0")
        .arg(&c)
        .arg("-o")
        .arg(&program)
        .output()
        .expect("cc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&program).output().unwrap().stdout;
    std::fs::remove_dir_all(&folder).unwrap();

    let plain: usize =
        records.iter().map(|(_, _, looked)| 2 + looked.iter().filter(|m| m.bits.is_none()).count()).sum();
    let (words, mut bytes) = output.split_at(plain * 8);
    let mut words = words.chunks_exact(8).map(|w| u64::from_le_bytes(w.try_into().unwrap()) as usize);
    let mut wrong = Vec::new();
    let (mut right, mut bit_fields) = (0, 0);
    for (text, ty, looked) in &records {
        let record = types.record(*ty).unwrap();
        let find = |name: &str| record.by_name(name.as_bytes()).unwrap_or_else(|| panic!("{name} in {text}"));
        let mut faults = String::new();
        let (size, align) = (words.next().unwrap(), words.next().unwrap());
        if (record.size, record.align) != (size, align) {
            let _ = write!(faults, " size {} align {}, not {size} and {align};", record.size, record.align);
        }
        for member in looked {
            let field = find(&member.name);
            match member.bits {
                None => {
                    let offset = words.next().unwrap();
                    if field.offset != offset {
                        let _ = write!(faults, " {} at {}, not {offset};", member.name, field.offset);
                    }
                }
                Some(width) => {
                    bit_fields += 1;
                    let (blob, rest) = bytes.split_at(size);
                    bytes = rest;
                    let expected = (bits_set(blob).next().unwrap_or(0), width);
                    assert_eq!(bits_set(blob).count(), width, "{text}");
                    let ours = place_of(field, width);
                    if ours != expected {
                        let _ = write!(faults, " {} at bit {ours:?}, not {expected:?};", member.name);
                    }
                }
            }
        }
        if faults.is_empty() {
            right += 1;
        } else {
            wrong.push(format!("{text} {faults}"));
        }
    }
    // Past the test runner, which keeps what a passing test prints to itself.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stdout(),
        format_args!(
            "random records: {right} of {COUNT} are laid out as the C compiler does ({bit_fields} bit-fields)\n"
        ),
    );
    assert!(bytes.is_empty() && wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
}

fn bits_set(blob: &[u8]) -> impl Iterator<Item = usize> + '_ {
    (0..blob.len() * 8).filter(move |&bit| blob[bit / 8] >> (bit % 8) & 1 != 0)
}

/// A bit-field's first bit in the record, and its width; one that is a whole integer is a plain member.
fn place_of(field: &Field, width: usize) -> (usize, usize) {
    match field.bits {
        Some(bits) => (field.offset * 8 + bits.position as usize, bits.width as usize),
        None => (field.offset * 8, if field.size * 8 == width { width } else { 0 }),
    }
}
