//! The texts in `fuzz/corpus`, from which fuzzing begins and which it once failed with: what holds for
//! any text holds for them, whole and cut.

mod checks;

use std::path::Path;

fn each(folder: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(folder);
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        check(&text);
        for cut in 1..8 {
            check(&text[..text.len() * cut / 8]);
        }
        count += 1;
    }
    assert!(count >= 10, "{count} files in {}", folder.display());
}

#[test]
fn declarations() {
    each("declarations", checks::declarations);
}

#[test]
fn translation() {
    each("translation", checks::translation);
}
