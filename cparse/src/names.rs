//! What the names of C declarations mean in one Lua state: ordinary names (typedefs, functions,
//! variables, constants) and tags, each in its own name space, as in C. Keywords lie in the same table
//! as the ordinary names, so that a word of the text is looked up once.

use super::keyword::{Keyword, all_keywords};
use foldhash::{HashMap, HashMapExt};
use lunaffi_core::ctype::layout::{Member, Options, place};
use lunaffi_core::ctype::{Constant, RecordKind, TypeId, TypeTable};
use lunaffi_core::scalar::Scalar;
use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// What an ordinary name stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum Name {
    /// A type.
    Typedef(TypeId),
    /// A function or variable of a library.
    Extern {
        /// The function's or variable's type.
        ty: TypeId,
        /// The symbol to look for, when it is not the name itself.
        symbol: Option<Rc<str>>,
    },
    /// An enumerator or a constant.
    Constant(Rc<Constant>),
}

pub(super) enum NameEntry {
    Keyword(Keyword),
    Name(Name),
}

/// An ordinary name with the number of the text that last declared it.
pub(super) struct DeclaredName {
    pub entry: NameEntry,
    pub text: u64,
}

/// A name as the key of a table, which is asked by bytes of a text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct NameKey(pub Rc<str>);

impl Borrow<[u8]> for NameKey {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Hash for NameKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl NameKey {
    /// Of a name in a text, which the lexer has seen to be UTF-8.
    pub fn new(name: &[u8]) -> NameKey {
        NameKey(match std::str::from_utf8(name) {
            Ok(name) => name.into(),
            Err(_) => String::from_utf8_lossy(name).into(),
        })
    }
}

pub(super) struct Names {
    pub ordinary: HashMap<NameKey, DeclaredName>,
    pub tags: HashMap<NameKey, TypeId>,
    /// The macros whose values have operators outside of parentheses, with the level of the loosest one.
    pub loose: HashMap<NameKey, u8>,
    pub texts: u64,
}

/// Everything declared in one Lua state.
pub struct Declarations {
    pub(super) names: RefCell<Names>,
}

impl Declarations {
    /// How many names there are.
    pub fn count(&self) -> usize {
        let names = self.names.borrow();
        names.ordinary.len() + names.tags.len() + names.loose.len()
    }

    /// The declarations that every state begins with: the typedefs that C code takes for granted.
    pub fn new(types: &TypeTable) -> Declarations {
        let mut names =
            Names { ordinary: HashMap::with_capacity(512), tags: HashMap::new(), loose: HashMap::new(), texts: 0 };
        for (word, keyword) in all_keywords() {
            names.ordinary.insert(NameKey(word.into()), DeclaredName { entry: NameEntry::Keyword(keyword), text: 0 });
        }
        for (name, ty) in predefined(types) {
            let entry = NameEntry::Name(Name::Typedef(ty));
            names.ordinary.insert(NameKey(name.into()), DeclaredName { entry, text: 0 });
        }
        Declarations { names: RefCell::new(names) }
    }

    /// What an ordinary name stands for.
    pub fn get(&self, name: &[u8]) -> Option<Name> {
        match &self.names.borrow().ordinary.get(name)?.entry {
            NameEntry::Name(name) => Some(name.clone()),
            NameEntry::Keyword(_) => None,
        }
    }

    /// An ordinary name as the declarations keep it: as long as they last, once a text has declared it.
    pub fn key(&self, name: &[u8]) -> Option<Rc<str>> {
        self.names.borrow().ordinary.get_key_value(name).map(|(key, _)| key.0.clone())
    }

    /// The struct, union or enumeration of that tag.
    pub fn tag(&self, tag: &[u8]) -> Option<TypeId> {
        self.names.borrow().tags.get(tag).copied()
    }

    /// All tags with their types, in no order.
    pub fn tags(&self) -> Vec<(Rc<str>, TypeId)> {
        let names = self.names.borrow();
        names.tags.iter().map(|(tag, &ty)| (tag.0.clone(), ty)).collect()
    }

    /// All ordinary names, in no order.
    pub fn all(&self) -> Vec<Rc<str>> {
        let names = self.names.borrow();
        let declared = names.ordinary.iter().filter(|(_, named)| matches!(named.entry, NameEntry::Name(_)));
        declared.map(|(name, _)| name.0.clone()).collect()
    }
}

/// gcc's `va_list`: an array of one struct where functions get theirs by address, on the ABIs that
/// have it so, and else a plain pointer.
fn va_list(types: &TypeTable) -> TypeId {
    let pointer = TypeId::VOID_POINTER;
    let member = |name: &str, ty| Member::new(name.into(), ty);
    let record = |tag: &str, members: Vec<Member>| {
        let tag: Box<str> = tag.into();
        let record = place(types, RecordKind::Struct, Some(tag.clone()), members, Options::default()).ok()?;
        let id = types.new_record(RecordKind::Struct, Some(tag));
        types.complete_record(id, record);
        Some(id)
    };
    if cfg!(all(unix, target_arch = "x86_64")) {
        let uint = TypeId::scalar(Scalar::U32);
        let members = vec![
            member("gp_offset", uint),
            member("fp_offset", uint),
            member("overflow_arg_area", pointer),
            member("reg_save_area", pointer),
        ];
        record("__va_list_tag", members).and_then(|ty| types.array(ty, 1)).unwrap_or(pointer)
    } else if cfg!(all(unix, target_arch = "aarch64", not(target_vendor = "apple"))) {
        let int = TypeId::scalar(Scalar::I32);
        let members = vec![
            member("__stack", pointer),
            member("__gr_top", pointer),
            member("__vr_top", pointer),
            member("__gr_offs", int),
            member("__vr_offs", int),
        ];
        record("__va_list", members).unwrap_or(pointer)
    } else {
        TypeId::CHAR_POINTER
    }
}

fn predefined(types: &TypeTable) -> Vec<(&'static str, TypeId)> {
    use lunaffi_core::ctype::ExtendedNumber;
    let list = va_list(types);
    let scalar = |name, scalar| (name, TypeId::scalar(scalar));
    let word = |signed| match (size_of::<usize>(), signed) {
        (8, true) => Scalar::I64,
        (8, false) => Scalar::U64,
        (_, true) => Scalar::I32,
        (_, false) => Scalar::U32,
    };
    vec![
        ("va_list", list),
        ("__builtin_va_list", list),
        ("__gnuc_va_list", list),
        ("__builtin_sysv_va_list", list),
        ("__builtin_ms_va_list", TypeId::CHAR_POINTER),
        ("__int128_t", types.extended(ExtendedNumber::Int128)),
        ("__uint128_t", types.extended(ExtendedNumber::UInt128)),
        scalar("ptrdiff_t", word(true)),
        scalar("size_t", word(false)),
        scalar("ssize_t", word(true)),
        scalar("intptr_t", word(true)),
        scalar("uintptr_t", word(false)),
        scalar("wchar_t", Scalar::WCHAR),
        scalar("char8_t", Scalar::U8),
        scalar("char16_t", Scalar::U16),
        scalar("char32_t", Scalar::U32),
        scalar("time_t", Scalar::LONG),
        scalar("int8_t", Scalar::I8),
        scalar("int16_t", Scalar::I16),
        scalar("int32_t", Scalar::I32),
        scalar("int64_t", Scalar::I64),
        scalar("uint8_t", Scalar::U8),
        scalar("uint16_t", Scalar::U16),
        scalar("uint32_t", Scalar::U32),
        scalar("uint64_t", Scalar::U64),
    ]
}
