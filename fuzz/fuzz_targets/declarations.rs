//! Any bytes as C declarations, and as a type: there is an answer, and a text that fails leaves nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lunaffi_core::cparse::{Declarations, Param, declare, type_name};
use lunaffi_core::ctype::{TypeId, TypeTable};

fuzz_target!(|text: &[u8]| {
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    // The first byte chooses the parameters.
    let (choice, text) = text.split_first().unwrap_or((&0, text));
    let params = [Param::Type(TypeId::VOID_POINTER), Param::Name("named".into()), Param::Number(3)];
    let params = &params[..if *choice < 200 { 0 } else { *choice as usize % 4 }];
    let before = (names.all().len(), names.tags().len());
    if declare(&types, &names, text, params).is_err() {
        assert_eq!(before, (names.all().len(), names.tags().len()));
    }
    if let Ok(ty) = type_name(&types, &names, text, params) {
        let _ = (types.c_name(ty).to_string(), types.size_of(ty), types.align_of(ty));
    }
    for (_, ty) in names.tags() {
        let _ = (types.c_name(ty).to_string(), types.size_of(ty), types.record(ty).map(|r| r.fields.len()));
    }
});
