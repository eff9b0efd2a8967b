//! Types as C spells them, the way LuaJIT's `ffi` prints them.

use super::{CType, ExtendedNumber, Quals, RecordKind, TypeId, TypeTable};
use crate::scalar::Scalar;
use std::fmt;

/// Writes a type's spelling in C.
pub struct CName<'a> {
    types: &'a TypeTable<'a>,
    ty: TypeId,
}

impl TypeTable<'_> {
    /// The spelling in C: `unsigned int`, `int (*)[4]`, `struct point`; a number for one without a tag,
    /// and no parameters. Types of equal size and meaning have one spelling.
    pub fn c_name(&self, ty: TypeId) -> CName<'_> {
        CName { types: self, ty }
    }
}

/// A spelling that grows on both sides.
#[derive(Default)]
struct Spelling {
    /// In reverse order.
    before: Vec<String>,
    after: String,
    /// What comes next on the left needs a space.
    space: bool,
    /// A pointer or reference was put last: what follows on the right needs parentheses.
    pointer: bool,
}

impl Spelling {
    fn word(&mut self, word: impl Into<String>) {
        if self.space {
            self.before.push(" ".into());
        }
        self.before.push(word.into());
        self.space = true;
    }

    fn quals(&mut self, quals: Quals) {
        if quals.is_volatile {
            self.word("volatile");
        }
        if quals.is_const {
            self.word("const");
        }
    }

    fn star(&mut self, star: &str) {
        self.before.push(star.into());
        self.pointer = true;
        self.space = true;
    }

    fn behind(&mut self, text: &str) {
        self.space = true;
        if std::mem::take(&mut self.pointer) {
            self.before.push("(".into());
            self.after.push(')');
        }
        self.after.push_str(text);
    }
}

impl fmt::Display for CName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.types;
        let mut spelling = Spelling::default();
        let mut quals = Quals::NONE;
        let mut ty = self.ty;
        loop {
            match types.get(ty) {
                CType::Qualified(inner, more) => {
                    quals = quals.with(more);
                    ty = inner;
                    continue;
                }
                CType::Pointer(to) => {
                    spelling.quals(std::mem::take(&mut quals));
                    spelling.star("*");
                    ty = to;
                    continue;
                }
                CType::Reference(to) => {
                    spelling.star("&");
                    quals = Quals::NONE;
                    ty = to;
                    continue;
                }
                CType::Array { elem, len } => {
                    spelling.behind(&format!("[{len}]"));
                    ty = elem;
                    continue;
                }
                CType::OpenArray(elem) => {
                    spelling.behind("[]");
                    ty = elem;
                    continue;
                }
                CType::VariableArray(elem) => {
                    spelling.behind("[?]");
                    ty = elem;
                    continue;
                }
                CType::Function(_) => match types.function(ty) {
                    Some(function) => {
                        spelling.behind("()");
                        quals = Quals::NONE;
                        ty = function.result;
                        continue;
                    }
                    None => spelling.word("void"),
                },
                CType::Vector { elem, .. } => {
                    let size = types.size_of(ty).unwrap_or(0);
                    // LuaJIT's names of vectors and complex numbers leave qualifiers out.
                    quals = Quals::NONE;
                    spelling.word(format!("__attribute__((vector_size({size})))"));
                    ty = elem;
                    continue;
                }
                CType::Void => spelling.word("void"),
                CType::Scalar(scalar) => spelling.word(scalar_name(scalar)),
                CType::ExtendedNumber(
                    extended @ (ExtendedNumber::BitInt(bits) | ExtendedNumber::UnsignedBitInt(bits)),
                ) => {
                    spelling.word(format!("{}({bits})", extended.name()));
                }
                CType::ExtendedNumber(extended) => spelling.word(opaque_name(extended)),
                CType::Complex(part) => {
                    quals = Quals::NONE;
                    spelling.word(if part == Scalar::F32 { "complex float" } else { "complex" });
                }
                CType::Record(_) => {
                    let word = if types.record_kind(ty) == RecordKind::Union { "union" } else { "struct" };
                    spelling.word(tagged(word, types.tag(ty), ty));
                }
                CType::Enum(_) => spelling.word(tagged("enum", types.tag(ty), ty)),
            }
            spelling.quals(quals);
            break;
        }
        for piece in spelling.before.iter().rev() {
            f.write_str(piece)?;
        }
        f.write_str(&spelling.after)
    }
}

fn tagged(word: &str, tag: Option<&str>, ty: TypeId) -> String {
    match tag {
        Some(tag) => format!("{word} {tag}"),
        None => format!("{word} {}", ty.0),
    }
}

fn scalar_name(scalar: Scalar) -> &'static str {
    match (scalar, size_of::<usize>()) {
        (Scalar::ISize, 8) => Scalar::I64.c_name(),
        (Scalar::USize, 8) => Scalar::U64.c_name(),
        (Scalar::ISize, _) => Scalar::I32.c_name(),
        (Scalar::USize, _) => Scalar::U32.c_name(),
        _ => scalar.c_name(),
    }
}

fn opaque_name(extended: ExtendedNumber) -> &'static str {
    match extended {
        ExtendedNumber::Int128 => "int128_t",
        ExtendedNumber::UInt128 => "uint128_t",
        _ => extended.name(),
    }
}
