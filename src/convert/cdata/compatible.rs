//! Which C types are taken for each other.

use lunaffi_core::ctype::{CType, Quals, TypeId, TypeTable};
use lunaffi_core::scalar::Class;

/// How strict a comparison of two pointers is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The first may be given the second: no qualifier is lost, and `void *` goes with any.
    Assign,
    /// They point to the same, qualifiers aside.
    Unqualified,
    /// They point to the same, with the same qualifiers.
    WideNumber,
}

/// What a pointer, reference or array is of, without its qualifiers, and these. A struct with a
/// `const` member counts as `const`. Any other type stands for itself.
pub fn child(types: &TypeTable, ty: TypeId) -> (TypeId, Quals) {
    let of = match types.kind(ty) {
        CType::Pointer(to) | CType::Reference(to) => to,
        CType::Array { elem, .. }
        | CType::OpenArray(elem)
        | CType::VariableArray(elem)
        | CType::Vector { elem, .. } => elem,
        CType::Complex(part) => TypeId::scalar(part),
        _ => return (types.bare(ty), Quals::NONE),
    };
    let mut quals = types.quals(of);
    quals.is_const |= types.record(of).is_some_and(|record| record.has_const);
    (types.bare(of), quals)
}

/// Whether something of the second type, seen as a pointer (a pointer, array, struct or function),
/// can be used as a pointer of the first.
pub fn compatible(types: &TypeTable, to: TypeId, from: TypeId, rule: Rule) -> bool {
    let (mut to, mut from, mut rule) = (types.bare(to), types.bare(from), rule);
    loop {
        if to == from {
            return true;
        }
        let ((target, wanted), (source, given)) = (child(types, to), child(types, from));
        let (target, source) = (represented(types, target), represented(types, source));
        match rule {
            Rule::Assign if given.is_const && !wanted.is_const || given.is_volatile && !wanted.is_volatile => {
                return false;
            }
            Rule::WideNumber if (given.is_const, given.is_volatile) != (wanted.is_const, wanted.is_volatile) => {
                return false;
            }
            Rule::Assign if target == TypeId::VOID || source == TypeId::VOID => return true,
            _ => {}
        }
        if target == source {
            return true;
        }
        match (types.get(target), types.get(source)) {
            (CType::Scalar(a), CType::Scalar(b)) => {
                let class = |s: Class| matches!(s, Class::Bool | Class::Float).then_some(s);
                return a.size() == b.size() && class(a.class()) == class(b.class());
            }
            // All that is compared of functions is how many parameters they name.
            (CType::Function(a), CType::Function(b)) => {
                let count = |ty| types.function(ty).map(|function| function.params.len());
                return count(a) == count(b);
            }
            _ => {}
        }
        if !same_shape(types, target, source) {
            return false;
        }
        (to, from, rule) = (target, source, Rule::WideNumber);
    }
}

/// An enumeration's integer type; any other type itself.
fn represented(types: &TypeTable, ty: TypeId) -> TypeId {
    types.enumeration(ty).map_or(ty, |body| TypeId::scalar(body.base))
}

/// Both point to something, or are arrays of one size. (A complex number is one of two parts.)
fn same_shape(types: &TypeTable, a: TypeId, b: TypeId) -> bool {
    let shape = |ty| match types.get(ty) {
        CType::Pointer(_) | CType::Reference(_) => 1,
        CType::Array { .. }
        | CType::OpenArray(_)
        | CType::VariableArray(_)
        | CType::Vector { .. }
        | CType::Complex(_) => 2,
        _ => 0,
    };
    shape(a) != 0 && shape(a) == shape(b) && types.size_of(a) == types.size_of(b)
}

/// `ffi.istype`: whether an object of the second type counts as one of the first. References are
/// looked through by the caller.
pub fn same_for_istype(types: &TypeTable, wanted: TypeId, given: TypeId) -> bool {
    let (wanted, given) = (types.bare(wanted), types.bare(given));
    if wanted == given {
        return true;
    }
    match (types.get(wanted), types.get(given)) {
        (CType::Scalar(a), CType::Scalar(b)) => a.size() == b.size() && a.class() == b.class(),
        (CType::Record(record), CType::Pointer(to)) => types.bare(to) == record,
        _ => same_shape(types, wanted, given) && compatible(types, wanted, given, Rule::Unqualified),
    }
}
