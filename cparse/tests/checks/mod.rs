//! What holds for any text whatever, of C and of Lua. The fuzz targets check it with texts that they
//! make up, `corpus.rs` with those that are in `fuzz/corpus`.
#![allow(dead_code, reason = "each fuzz target uses a part of it")]

use lunaffi_core::ctype::{CType, RecordKind, TypeId, TypeTable};
use lunaffi_core::scalar::Scalar;
use lunaffi_core::signature::Signatures;
use lunaffi_cparse::{self as cparse, Declarations, Name, Param};
use lunaffi_translate::{Library, Output, Target, translate};

/// What a program knew before: types with which anything may be done.
const KNOWN: &[u8] = b"struct known; struct point { int x, y; }; typedef struct point point_t;
    typedef double real; enum colour { RED, GREEN = 7 }; int function(struct known *, ...);";

/// All that can be asked of a table and its names.
#[derive(PartialEq, Debug)]
struct Contents {
    types: Vec<(CType, Option<usize>, usize, bool)>,
    names: Vec<(String, Option<Name>)>,
    tags: Vec<(String, TypeId)>,
}

fn contents(types: &TypeTable, names: &Declarations) -> Contents {
    let described = |ty| (types.get(ty), types.size_of(ty), types.align_of(ty), types.record(ty).is_some());
    let mut all: Vec<_> = names.all().iter().map(|name| (name.to_string(), names.get(name.as_bytes()))).collect();
    let mut tags: Vec<_> = names.tags().into_iter().map(|(tag, ty)| (tag.to_string(), ty)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    tags.sort();
    Contents { types: (0..types.count() as u32).map(TypeId).map(described).collect(), names: all, tags }
}

/// Any bytes as declarations, as a type, and as the value of a constant. The first byte tells how
/// many `$` stand for something.
pub fn declarations(input: &[u8]) {
    let (&choice, text) = input.split_first().unwrap_or((&b' ', input));
    let params = [Param::Type(TypeId::VOID_POINTER), Param::Name("named".into()), Param::Number(i64::MIN + 3)];
    let params = &params[..if (b'1'..=b'3').contains(&choice) { (choice - b'0') as usize } else { 0 }];
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    cparse::declare(&types, &names, KNOWN, &[]).expect("what is known is right");

    // As a type; as a question, which is gone with the answer unless it names something.
    let before = contents(&types, &names);
    let question = cparse::ask(&types, &names, text, |types, ty| types.c_name(ty).to_string());
    let after = contents(&types, &names);
    if question.is_err() || after.names == before.names && after.types[..before.types.len()] == before.types {
        assert_eq!(before, after, "a question left something");
    }
    let before = after;
    match cparse::type_name(&types, &names, text, params) {
        Ok(ty) => {
            types.c_name(ty).to_string();
            assert!((ty.0 as usize) < types.count());
        }
        Err(e) => {
            assert!(!e.message.is_empty() && e.column > 0, "{e:?}");
            assert_eq!(before, contents(&types, &names), "a failed type left something");
        }
    }

    // As declarations that fail at their very end, whatever comes before.
    let before = contents(&types, &names);
    let spoiled = [text, b"\n\n;}\""].concat();
    assert!(cparse::declare(&types, &names, &spoiled, params).is_err());
    assert_eq!(before, contents(&types, &names), "failed declarations left something");

    // As declarations; and once more, now that all of it is known.
    for _ in 0..2 {
        let before = contents(&types, &names);
        match cparse::declare(&types, &names, text, params) {
            Ok(declared) => declared.iter().for_each(|name| assert!(names.get(name.as_bytes()).is_some(), "{name}")),
            Err(_) => assert_eq!(before, contents(&types, &names), "failed declarations left something"),
        }
    }
    each_type(&types, &names);

    // As an expression.
    let expression = [b"static const long long value = (", text, b"\n);"].concat();
    let _ = cparse::declare(&types, &names, &expression, params);
    let length = [b"typedef char length[(", text, b"\n)];"].concat();
    if cparse::declare(&types, &names, &length, params).is_ok()
        && let Some(Name::Typedef(ty)) = names.get(b"length")
    {
        assert!(types.size_of(ty).is_none_or(|size| size <= isize::MAX as usize));
    }
}

/// What holds for each type of a table.
fn each_type(types: &TypeTable, names: &Declarations) {
    let signatures = Signatures::default();
    // What is asked here may make new types: those are not asked.
    for ty in (0..types.count() as u32).map(TypeId) {
        let (size, align) = (types.size_of(ty), types.align_of(ty));
        assert!(align.is_power_of_two() && size.is_none_or(|size| size <= isize::MAX as usize), "{ty:?}");
        let _ = (types.depth(ty), types.quals(ty), types.is_const(ty), types.passed(ty));
        if let Some(record) = types.record(ty) {
            assert!(record.size.is_multiple_of(record.align), "{record:?}");
            for field in record.fields.iter().chain(&record.inner) {
                let bytes = field.bits.map_or(field.size, |bits| bits.bytes());
                assert!(field.offset.checked_add(bytes).is_some_and(|end| end <= record.size), "{field:?}");
                assert!(field.bits.is_none_or(|bits| bits.width > 0 && bits.bytes() <= 16), "{field:?}");
            }
            let mut union_members =
                record.fields.iter().filter(|field| record.kind == RecordKind::Union && field.bits.is_none());
            assert!(union_members.all(|field| field.offset == 0), "{record:?}");
        }
        if let Some((slot, _)) = types.seen(ty) {
            types.name(slot).to_string();
        }
        if let Some(Err(e)) = signatures.callable(types, ty) {
            assert!(!e.why.to_string().is_empty());
        }
        round_trip(types, names, ty);
    }
}

/// What a type is called is that type again, where a name says it all.
fn round_trip(types: &TypeTable, names: &Declarations, ty: TypeId) {
    let text = types.c_name(ty).to_string();
    if !is_named_fully(types, names, ty) {
        return;
    }
    match cparse::type_name(types, names, text.as_bytes(), &[]) {
        Ok(again) => assert_eq!(types.c_name(again).to_string(), text),
        Err(e) => panic!("{text}: {e}"),
    }
    assert_eq!(cparse::type_name(types, names, text.as_bytes(), &[]), Ok(ty), "{text}");
}

/// Parameters, alignments and what has no tag are not in a name; nor does it help when the text gave
/// a word another meaning.
fn is_named_fully(types: &TypeTable, names: &Declarations, mut ty: TypeId) -> bool {
    let plain = |word: &[u8]| names.get(word).is_none();
    for _ in 0..100 {
        ty = match types.get(ty) {
            CType::Pointer(to) | CType::Reference(to) => to,
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => elem,
            CType::Vector { elem, .. } => elem,
            CType::Qualified(inner, quals) if quals.align == 0 => inner,
            CType::Qualified(..) | CType::Function(_) | CType::ExtendedNumber(_) => return false,
            CType::Record(_) | CType::Enum(_) => {
                return types.tag(ty).is_some_and(|tag| names.tag(tag.as_bytes()) == Some(ty));
            }
            CType::Scalar(Scalar::ISize | Scalar::USize) => return false,
            CType::Scalar(Scalar::Bool) => return plain(b"bool"),
            CType::Complex(_) => return plain(b"complex"),
            CType::Scalar(_) | CType::Void => return true,
        };
    }
    false
}

/// Any bytes as a text of LuaJIT's language. The first one chooses the Lua that it is translated for.
pub fn translation(input: &[u8]) {
    let (&choice, text) = input.split_first().unwrap_or((&b' ', input));
    let targets = [Target::Lua51, Target::Lua52, Target::Lua53, Target::Lua54, Target::LuaJit];
    let target = targets[choice as usize % targets.len()];
    let lines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n' || byte == b'\r').count();
    match translate(text, target, Library::Target) {
        Ok(Output::Unchanged) => {}
        Ok(Output::Chunk(output) | Output::Maker(output)) => {
            assert_eq!(lines(text), lines(&output), "lines moved");
            if let Err(e) = translate(&output, target, Library::Target) {
                panic!("{e}: {}", String::from_utf8_lossy(&output));
            }
        }
        Err(e) => assert!(!e.message.is_empty() && e.line as usize <= lines(text) + 1, "{e:?}"),
    }
}
