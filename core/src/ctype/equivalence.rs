//! Whether types say the same: those without a tag are types of their own wherever they stand, and yet
//! a header that is read once more means the same ones.

use super::{CType, Constant, Field, Function, MAX_NESTING, Record, TypeId, TypeTable};
use foldhash::{HashSet, HashSetExt};

impl TypeTable<'_> {
    /// Whether two bodies of a struct or union are the same: names, types and places of all members.
    pub fn same_record(&self, a: &Record, b: &Record) -> bool {
        Comparison { types: self, equal: HashSet::new(), depth: 0 }.records(a, b)
    }
}

struct Comparison<'a> {
    types: &'a TypeTable<'a>,
    /// Pairs that were found equal: one type may be met any number of times.
    equal: HashSet<(TypeId, TypeId)>,
    /// How many bodies are being compared, each as a part of another: pointers and parameters lead from one
    /// to the next without end.
    depth: usize,
}

impl Comparison<'_> {
    fn records(&mut self, a: &Record, b: &Record) -> bool {
        a.kind == b.kind
            && (a.size, a.align) == (b.size, b.align)
            && a.fields.len() == b.fields.len()
            && a.constants.len() == b.constants.len()
            && a.fields.iter().zip(&b.fields).all(|(a, b)| self.fields(a, b))
            && a.constants.iter().zip(&b.constants).all(|(a, b)| a.0 == b.0 && self.constants(&a.1, &b.1))
    }

    fn fields(&mut self, a: &Field, b: &Field) -> bool {
        a.name == b.name && a.offset == b.offset && a.bits == b.bits && self.types(a.ty, b.ty)
    }

    fn constants(&mut self, a: &Constant, b: &Constant) -> bool {
        a.value == b.value && self.types(a.ty, b.ty)
    }

    fn functions(&mut self, a: &Function, b: &Function) -> bool {
        a.variadic == b.variadic
            && a.params.len() == b.params.len()
            && a.params.iter().zip(&b.params).all(|(&a, &b)| self.types(a, b))
            && self.types(a.result, b.result)
    }

    /// Pointers and arrays are a loop here. Of bodies, those that are nested too deeply count as different.
    fn types(&mut self, mut a: TypeId, mut b: TypeId) -> bool {
        let types = self.types;
        while a != b {
            (a, b) = match (types.get(a), types.get(b)) {
                (CType::Pointer(a), CType::Pointer(b))
                | (CType::Reference(a), CType::Reference(b))
                | (CType::OpenArray(a), CType::OpenArray(b))
                | (CType::VariableArray(a), CType::VariableArray(b)) => (a, b),
                (CType::Array { elem: a, len }, CType::Array { elem: b, len: other }) if len == other => (a, b),
                (CType::Qualified(a, quals), CType::Qualified(b, other)) if quals == other => (a, b),
                (one, other) => {
                    self.depth += 1;
                    let equal = self.equal.contains(&(a, b)) || self.depth <= MAX_NESTING && self.bodies(one, other);
                    self.depth -= 1;
                    if equal {
                        self.equal.insert((a, b));
                    }
                    return equal;
                }
            };
        }
        true
    }

    fn bodies(&mut self, a: CType, b: CType) -> bool {
        let types = self.types;
        match (a, b) {
            (CType::Function(a), CType::Function(b)) => match (types.function(a), types.function(b)) {
                (Some(a), Some(b)) => self.functions(a, b),
                _ => false,
            },
            // Those with a tag are the same only when they are one.
            (CType::Record(a), CType::Record(b)) if types.tag(a).is_none() && types.tag(b).is_none() => {
                match (types.record(a), types.record(b)) {
                    (Some(a), Some(b)) => self.records(a, b),
                    _ => false,
                }
            }
            (CType::Enum(a), CType::Enum(b)) if types.tag(a).is_none() && types.tag(b).is_none() => {
                match (types.enumeration(a), types.enumeration(b)) {
                    (Some(a), Some(b)) => a.base == b.base && a.constants == b.constants,
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
