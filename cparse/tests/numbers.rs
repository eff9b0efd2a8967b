//! Random floating-point constants and expressions of them, as the C compiler and we read them: the same
//! bytes in every type.
#![cfg(target_endian = "little")]

use lunaffi_core::ctype::{CType, ConstantValue, ExtendedNumber, TypeTable};
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;
use lunaffi_cparse::{Declarations, Name, declare};
use std::fmt::Write as _;
use std::process::Command;

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 11) as usize % n
    }

    fn digits(&mut self, radix: u32, count: usize) -> String {
        (0..count).map(|_| char::from_digit(self.below(radix as usize) as u32, radix).unwrap()).collect()
    }

    /// A literal; its exponent is often one where numbers are smallest or largest.
    fn literal(&mut self) -> String {
        let suffix = ["", "", "f", "F", "l", "L", "q", "f32", "F64", "f64x", "f128"][self.below(11)];
        let (whole, fraction) = (self.below(24), self.below(40));
        if self.below(2) == 0 {
            let near = [0, 0, -1022, -1074, -126, -149, -16382, -16445, 1023, 127, 16383][self.below(11)];
            let exponent = near + self.below(9) as i32 - 4 - 4 * whole as i32;
            let mut digits = self.digits(16, whole + 1) + "." + &self.digits(16, fraction);
            if self.below(3) == 0 {
                // Halfway between two numbers, or a little more.
                digits = format!("1.{}{}", ["0000000000000", "000001", "0000000000000001"][self.below(3)], "8");
                digits += ["", "0", "00000000000000000001"][self.below(3)];
            }
            return format!("0x{digits}p{exponent}{suffix}");
        }
        let near = [0, 0, 0, -308, -324, -38, -45, -4932, -4951, 308, 38, 4932][self.below(12)];
        let exponent = near + self.below(9) as i32 - 4 - whole as i32;
        let mut digits = self.digits(10, whole + 1) + "." + &self.digits(10, fraction);
        if self.below(4) == 0 {
            digits = format!("1{}.5", 9007199254740992 + 2 * self.below(500));
        }
        if self.below(6) == 0 { format!("{digits}{suffix}") } else { format!("{digits}e{exponent}{suffix}") }
    }

    fn expression(&mut self) -> String {
        match self.below(4) {
            0 => {
                let (a, b) = (self.literal(), self.literal());
                format!("({a} {} -{b})", ["+", "-", "*", "/"][self.below(4)])
            }
            1 => format!("(({}){})", ["float", "double", "long double", "__float128"][self.below(4)], self.literal()),
            _ => self.literal(),
        }
    }
}

const TYPES: &[(&str, usize)] = &[("float", 4), ("double", 8), ("long double", 16), ("__float128", 16)];

const COUNT: usize = 6000;

#[test]
fn constants_have_the_values_that_the_compiler_gives_them() {
    // C names no `__float128` constants and has 80 bits of `long double` on one architecture alone.
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return;
    }
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut text = String::new();
    let constants: Vec<_> = (0..COUNT)
        .map(|i| {
            let ((ty, size), expression) = (TYPES[random.below(TYPES.len())], random.expression());
            let _ = writeln!(text, "static const {ty} n{i} = {expression};");
            (expression, ty, size)
        })
        .collect();
    let types = TypeTable::new();
    let names = Declarations::new(&types);
    declare(&types, &names, text.as_bytes(), &[]).unwrap();

    let mut source = format!("#include <stdio.h>\n{text}int main(void) {{\n");
    for (i, (_, ty, _)) in constants.iter().enumerate() {
        // (Of a `long double` the last bytes say nothing.)
        let used = if *ty == "long double" { 10 } else { 16 };
        let _ = writeln!(
            source,
            "{{ unsigned char b[16] = {{ 0 }}; __builtin_memcpy(b, &n{i}, sizeof n{i} < {used} ? sizeof n{i} : {used}); fwrite(b, 1, 16, stdout); }}"
        );
    }
    source += "return 0; }\n";
    let folder = std::env::temp_dir().join(format!("lunaffi-numbers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (c, program) = (folder.join("numbers.c"), folder.join("numbers"));
    std::fs::write(&c, &source).unwrap();
    let compiled = Command::new("cc").args(["-w", "-O0"]).arg(&c).arg("-o").arg(&program).output().expect("cc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&program).output().unwrap().stdout;
    std::fs::remove_dir_all(&folder).unwrap();

    let mut wrong = Vec::new();
    for (i, ((expression, ty, _), theirs)) in constants.iter().zip(output.chunks_exact(16)).enumerate() {
        let Some(Name::Constant(constant)) = names.get(format!("n{i}").as_bytes()) else {
            panic!("{ty} = {expression} is no constant");
        };
        let ConstantValue::Float(value) = constant.value else { panic!("{ty} = {expression}: {:?}", constant.value) };
        let ours = match types.kind(constant.ty) {
            CType::Scalar(Scalar::F32) => (value.to_f64() as f32).to_bits() as u128,
            CType::Scalar(_) => value.to_f64().to_bits() as u128,
            CType::ExtendedNumber(extended) => u128::from_le_bytes(WideNumber::Float(value).store(extended).unwrap()),
            other => panic!("{other:?}"),
        };
        let theirs = u128::from_le_bytes(theirs.try_into().unwrap());
        // What sign it has when it is no number says nothing.
        let number = |extended, bits: u128| WideNumber::load(extended, &bits.to_le_bytes()).unwrap().to_f64();
        let nan = match types.kind(constant.ty) {
            CType::ExtendedNumber(extended @ (ExtendedNumber::LongDouble | ExtendedNumber::Float128)) => {
                number(extended, theirs).is_nan()
            }
            CType::Scalar(Scalar::F32) => f32::from_bits(theirs as u32).is_nan(),
            _ => f64::from_bits(theirs as u64).is_nan(),
        };
        let ours_nan =
            WideNumber::Float(value).to_scalar(Scalar::F64) != WideNumber::Float(value).to_scalar(Scalar::F64);
        if ours != theirs && !(nan && ours_nan) {
            wrong.push(format!("{ty} = {expression}: {ours:#x}, not {theirs:#x}"));
        }
        assert!(!matches!(WideNumber::Float(value).to_scalar(Scalar::F64), ScalarValue::Bool(_)));
    }
    assert!(wrong.is_empty(), "{} of {COUNT} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
