//! What can go wrong, and the one place where it is put into words. A fault is small and `Copy`, so
//! that it may be carried through code that must not drop anything, and is rendered into a buffer on
//! the stack at the moment it is raised.

use super::state::{State, Type};
use lunaffi_core::abi::AbiError;
use lunaffi_core::ctype::{CType, LayoutError, Slot, TypeId, TypeTable};
use lunaffi_core::mem::MemError;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;
use std::fmt::{self, Write};

/// Calls of Lua and C, or parts of values, are too deep inside of each other.
pub const STACK_OVERFLOW: &str = "C stack overflow: calls and callbacks are nested too deeply";

/// What went wrong with a value or an operation.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A value of another kind was needed.
    Expected(&'static str),
    /// A value like this was needed: the message shows the one that came.
    ExpectedValue(&'static str),
    /// A value of this type was needed.
    ExpectedType(Slot),
    /// An integer beyond both readings of the type's width.
    Range(Scalar),
    /// The same, with the front end's name of the type.
    RangeOf(&'static str, Scalar),
    /// A number that is no integer at all (NaN).
    NotInteger(&'static str),
    /// An integer argument outside of what the function takes.
    Limits(i128, i128),
    /// A number that is no address.
    Address,
    /// A calling convention that this platform does not have: the offending name.
    Convention,
    /// A struct or union that cannot be passed by value, and why.
    ByValue(Slot, AbiError),
    /// An integer that a double cannot hold.
    Inexact(Scalar),
    /// The same, with the front end's name of the type.
    InexactAs(&'static str),
    /// A Lua string for memory that would outlive it.
    StringInMemory,
    /// A string with a NUL where C would stop reading.
    EmbeddedNul,
    /// A type name that nobody knows: the offending value.
    UnknownType,
    /// A key that nobody reads: the offending value.
    UnknownKey,
    /// A name that a definition does not have: the offending value.
    NoField,
    /// An object without the tag whose name is at that stack index.
    NotTagged(c_int),
    /// A thing of that name (the offending value) that does not exist.
    NotThere(&'static str),
    /// A member that an object of this kind does not have: the offending key.
    NoMember(&'static str),
    /// An assignment to an object (the value) that takes none.
    ReadOnly,
    /// Memory that cannot be used.
    Mem(MemError),
    /// An element that is not there.
    Index { index: i64, count: usize },
    /// The same for an array that counts from 1.
    ArrayAccess { index: i64, count: usize },
    /// The wrong number of arguments for a C function.
    Count { expected: usize, got: usize, at_least: bool },
    /// The same in Alien's words.
    Arity { expected: usize, got: usize, at_least: bool },
    /// A record that cannot be laid out.
    Layout(LayoutError),
    /// A type that cannot be passed.
    Abi(AbiError),
    /// A value, as it is called, that has no conversion to a C type.
    Convert(ValueName, TypeId),
    /// More initialisers than a C type takes.
    Initializers(TypeId),
    /// An operator whose operands it cannot take.
    Operands(Operator, ValueName, ValueName),
    /// A name that a C type has no member for: the offending key.
    NoCMember(TypeId),
    /// A key that a C type cannot be indexed with.
    NoIndex(TypeId, ValueName),
    /// A call of a C type that is no function.
    NotCallable(TypeId),
    /// A metamethod that a C type has not.
    NoMetamethod(TypeId, &'static str),
    /// Anything else: the whole text.
    Text(&'static str),
    /// Anything else: the text is the runtime's note.
    Noted,
    /// Lua or the system has no memory left.
    Memory,
    /// Our own mistake: a panic was caught.
    Bug,
    /// The error value is on the top of the stack, to be raised as it is.
    OnTop,
}

/// What a message calls a value or its type.
#[derive(Clone, Copy, Debug)]
pub enum ValueName {
    /// By Lua's name of the type of the value at this stack index.
    Lua(c_int),
    /// By C's name of a type.
    C(TypeId),
}

/// What an operator does, in a message's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    Arithmetic,
    Compare,
    Concat,
    Length,
}

impl From<MemError> for Fault {
    fn from(e: MemError) -> Fault {
        Fault::Mem(e)
    }
}

/// What the fault is about.
#[derive(Clone, Copy, Debug)]
pub enum At {
    /// The argument at this stack index.
    Arg(c_int),
    /// The receiver of a method.
    This,
    /// The value for a field: the stack index of its name.
    Field(c_int),
    /// A named part of an argument: the stack indices of the argument and of the name.
    Member(c_int, c_int),
    /// The value for an element.
    Element(i64),
    /// What a callback returned.
    Result,
    /// The call of a C function as a whole.
    Call,
    /// Nothing in particular: the text stands alone.
    Alone,
}

/// A fault, what it is about, and the stack index of the offending value (0: none).
#[derive(Clone, Copy, Debug)]
pub struct Error {
    pub at: At,
    pub value: c_int,
    pub fault: Fault,
}

/// The result of whatever may be refused.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// About an argument, which is also the offending value.
    #[inline]
    pub fn arg(index: c_int, fault: impl Into<Fault>) -> Error {
        Error { at: At::Arg(index), value: index, fault: fault.into() }
    }

    /// About nothing in particular.
    #[inline]
    pub fn alone(fault: impl Into<Fault>) -> Error {
        Error { at: At::Alone, value: 0, fault: fault.into() }
    }

    /// About the call of a C function.
    #[inline]
    pub fn call(fault: impl Into<Fault>) -> Error {
        Error { at: At::Call, value: 0, fault: fault.into() }
    }
}

/// Turns a fault into an error about an argument.
pub trait AtArgument<T> {
    /// The error is about the argument at `index`, which is the offending value.
    fn at_arg(self, index: c_int) -> Result<T>;
}

impl<T, F: Into<Fault>> AtArgument<T> for std::result::Result<T, F> {
    #[inline]
    fn at_arg(self, index: c_int) -> Result<T> {
        self.map_err(|fault| Error::arg(index, fault))
    }
}

/// Text of bounded length on the stack; what does not fit is cut with an ellipsis.
struct Text {
    bytes: [u8; 768],
    len: usize,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        let room = self.bytes.len() - 3 - self.len;
        let taken = bytes.len().min(room);
        self.bytes[self.len..self.len + taken].copy_from_slice(&bytes[..taken]);
        self.len += taken;
        if taken < bytes.len() && !self.bytes[..self.len].ends_with(b"...") {
            self.bytes[self.len..self.len + 3].copy_from_slice(b"...");
            self.len += 3;
            self.len = self.len.min(self.bytes.len() - 3);
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push(s.as_bytes());
        Ok(())
    }
}

/// What an error is raised about and by: the words around the fault.
pub struct ErrorContext<'a> {
    pub lua: State,
    /// The function's name.
    pub name: &'a [u8],
    /// How many leading arguments are not counted (1 for a method's receiver).
    pub skip: isize,
    pub types: &'a TypeTable<'a>,
    /// The text of `Fault::Noted`.
    pub note: &'a [u8],
}

impl ErrorContext<'_> {
    /// Raises the error. Nothing that needs to be dropped may be alive in the callers.
    #[cold]
    pub fn raise(&self, error: Error) -> ! {
        self.raise_at(error, State::push_position)
    }

    /// Raises the error at the position that is pushed.
    #[cold]
    pub fn raise_at(&self, error: Error, push_position: impl FnOnce(State)) -> ! {
        let lua = self.lua;
        if matches!(error.fault, Fault::OnTop) {
            lua.error();
        }
        let mut text = Text { bytes: [0; 768], len: 0 };
        let _ = self.write(&mut text, &error);
        push_position(lua);
        lua.push_bytes(&text.bytes[..text.len]);
        lua.concat(2);
        lua.error()
    }

    /// The words for an error inside of a larger value, for the error about that value.
    #[cold]
    pub fn describe<T>(&self, error: Error, take: impl FnOnce(&[u8]) -> T) -> T {
        let mut text = Text { bytes: [0; 768], len: 0 };
        let _ = match error.at {
            At::Field(key) => {
                text.push(b"field '");
                text.push(self.lua.string(key).unwrap_or(b"?"));
                text.push(b"': ");
                self.write_fault(&mut text, &error)
            }
            At::Element(index) => write!(text, "index {index}: ").and_then(|()| self.write_fault(&mut text, &error)),
            _ => self.write_fault(&mut text, &error),
        };
        take(&text.bytes[..text.len])
    }

    fn write(&self, text: &mut Text, error: &Error) -> fmt::Result {
        match error.at {
            At::Arg(index) => {
                write!(text, "bad argument #{} to '", index as isize - self.skip)?;
                text.push(self.name);
                text.write_str("' (")?;
            }
            At::This => {
                text.write_str("calling '")?;
                text.push(self.name);
                text.write_str("' on bad self (")?;
            }
            At::Field(key) => {
                text.write_str("bad value for field '")?;
                text.push(self.lua.string(key).unwrap_or(b"?"));
                text.write_str("' (")?;
            }
            At::Member(index, key) => {
                write!(text, "bad argument #{} to '", index as isize - self.skip)?;
                text.push(self.name);
                text.write_str("' ('")?;
                self.write_value(text, key)?;
                text.write_str("': ")?;
            }
            At::Element(index) => write!(text, "bad value for index {index} (")?,
            At::Result => text.write_str("bad result of callback (")?,
            At::Call => {
                text.write_str("cannot call '")?;
                text.push(self.name);
                text.write_str("' (")?;
            }
            At::Alone => return self.write_fault(text, error),
        }
        self.write_fault(text, error)?;
        text.write_str(")")
    }

    fn write_fault(&self, text: &mut Text, error: &Error) -> fmt::Result {
        match error.fault {
            Fault::Expected(what) => {
                write!(text, "{what} expected, got ")?;
                self.write_kind(text, error.value)
            }
            Fault::ExpectedValue(what) => {
                write!(text, "{what} expected, got ")?;
                self.write_value(text, error.value)
            }
            Fault::ExpectedType(slot) => {
                write!(text, "{} expected, got ", self.types.name(slot))?;
                self.write_kind(text, error.value)
            }
            Fault::Range(scalar) => self.write_range(text, error.value, scalar.name(), scalar),
            Fault::RangeOf(name, scalar) => self.write_range(text, error.value, name, scalar),
            Fault::NotInteger(what) => {
                write!(text, "{what} expected, got ")?;
                self.write_value(text, error.value)?;
                text.write_str(": not an integer")
            }
            Fault::Limits(low, high) => {
                text.write_str("integer expected, got ")?;
                self.write_value(text, error.value)?;
                write!(text, ": out of range {low}..{high}")
            }
            Fault::Address => {
                text.write_str("pointer expected, got ")?;
                self.write_value(text, error.value)
            }
            Fault::Convention => {
                text.write_str("unknown calling convention '")?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::ByValue(slot, why) => write!(text, "{}: {why}", self.types.name(slot)),
            Fault::Inexact(scalar) => self.write_inexact(text, error.value, scalar.name()),
            Fault::InexactAs(name) => self.write_inexact(text, error.value, name),
            Fault::StringInMemory => text
                .write_str("string expected, got string: memory cannot keep a Lua string, store a pointer to a copy"),
            Fault::EmbeddedNul => text.write_str("string expected, got a string with an embedded NUL"),
            Fault::UnknownType => {
                text.write_str("unknown type '")?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::UnknownKey => {
                text.write_str("unknown key '")?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::NoField => {
                text.write_str("no field '")?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::NotTagged(name) => {
                text.write_str("an object with the tag '")?;
                self.write_value(text, name)?;
                text.write_str("' expected, got ")?;
                self.write_kind(text, error.value)
            }
            Fault::NotThere(what) => {
                write!(text, "{what} ")?;
                self.write_value(text, error.value)?;
                text.write_str(" does not exist")
            }
            Fault::NoMember(kind) => {
                write!(text, "{kind} has no field '")?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::ReadOnly => {
                self.write_kind(text, error.value)?;
                text.write_str(" is read-only")
            }
            Fault::Mem(e) => write!(text, "{e}"),
            Fault::Index { index, count } => write!(text, "index {index} is out of bounds (count {count})"),
            Fault::ArrayAccess { index, count } => {
                write!(text, "array access out of bounds: index {index}, length {count}")
            }
            Fault::Count { expected, got, at_least } => {
                text.write_str("wrong number of arguments to '")?;
                text.push(self.name);
                let least = if at_least { "at least " } else { "" };
                write!(text, "' ({least}{expected} expected, got {got})")
            }
            Fault::Arity { expected, got, at_least } => {
                write!(text, "too {} arguments to '", if got < expected { "few" } else { "many" })?;
                text.push(self.name);
                let least = if at_least { "at least " } else { "" };
                write!(text, "' ({least}{expected} expected, got {got})")
            }
            Fault::Layout(e) => write!(text, "{e}"),
            Fault::Abi(e) => write!(text, "{e}"),
            Fault::Convert(from, to) => {
                text.write_str("cannot convert '")?;
                self.write_named(text, from)?;
                write!(text, "' to '{}'", self.c_name(to))
            }
            Fault::Initializers(ty) => write!(text, "too many initializers for '{}'", self.c_name(ty)),
            Fault::Operands(operator, left, right) => {
                let (words, between) = match operator {
                    Operator::Arithmetic => ("perform arithmetic on", "and"),
                    Operator::Compare => ("compare", "with"),
                    Operator::Concat => ("concatenate", "and"),
                    Operator::Length => ("get length of", ""),
                };
                write!(text, "attempt to {words} '")?;
                self.write_named(text, left)?;
                if operator != Operator::Length {
                    write!(text, "' {between} '")?;
                    self.write_named(text, right)?;
                }
                text.write_str("'")
            }
            Fault::NoCMember(ty) => {
                write!(text, "'{}' has no member named '", self.c_name(ty))?;
                self.write_value(text, error.value)?;
                text.write_str("'")
            }
            Fault::NoIndex(ty, key) => {
                write!(text, "'{}' cannot be indexed with '", self.c_name(ty))?;
                self.write_named(text, key)?;
                text.write_str("'")
            }
            Fault::NotCallable(ty) => write!(text, "'{}' is not callable", self.types.c_name(ty)),
            Fault::NoMetamethod(ty, event) => write!(text, "'{}' has no '{event}' metamethod", self.c_name(ty)),
            Fault::Text(s) => text.write_str(s),
            Fault::Noted => {
                text.push(self.note);
                Ok(())
            }
            Fault::Memory => text.write_str("out of memory"),
            Fault::Bug => text.write_str("a bug in lunaffi: an internal check failed"),
            Fault::OnTop => Ok(()),
        }
    }

    /// C's name of a type; a struct, union or enumeration goes by its own, without qualifiers.
    fn c_name(&self, ty: TypeId) -> impl fmt::Display {
        match self.types.kind(ty) {
            CType::Record(own) | CType::Enum(own) => self.types.c_name(own),
            _ => self.types.c_name(ty),
        }
    }

    fn write_named(&self, text: &mut Text, named: ValueName) -> fmt::Result {
        match named {
            ValueName::C(ty) => write!(text, "{}", self.c_name(ty)),
            ValueName::Lua(index) => self.write_kind(text, index),
        }
    }

    fn write_range(&self, text: &mut Text, value: c_int, name: &str, scalar: Scalar) -> fmt::Result {
        let (low, high) = scalar.either_range();
        write!(text, "{name} expected, got ")?;
        self.write_value(text, value)?;
        write!(text, ": out of range {low}..{high}")
    }

    fn write_inexact(&self, text: &mut Text, value: c_int, name: &str) -> fmt::Result {
        write!(text, "{name} expected, got ")?;
        self.write_value(text, value)?;
        text.write_str(": not exact as a double")
    }

    /// What a value is: the kind of a userdata, or Lua's type name.
    fn write_kind(&self, text: &mut Text, index: c_int) -> fmt::Result {
        if index == 0 || self.lua.is_none(index) {
            return text.write_str("no value");
        }
        let lua = self.lua;
        let top = lua.top();
        if lua.type_of(index) == Type::LightUserdata {
            return text.write_str("lightuserdata");
        }
        if lua.type_of(index) == Type::Userdata && lua.get_metatable(index) {
            lua.get_field(-1, b"__name");
            if let Some(name) = lua.string(-1) {
                text.push(name);
                lua.set_top(top);
                return Ok(());
            }
        }
        lua.set_top(top);
        text.push(lua.type_name(index));
        Ok(())
    }

    /// A value's own text, for numbers, strings and what has a `__tostring`.
    fn write_value(&self, text: &mut Text, index: c_int) -> fmt::Result {
        let lua = self.lua;
        if index == 0 {
            return text.write_str("no value");
        }
        let index = lua.abs(index);
        match lua.type_of(index) {
            Type::String => {
                let bytes = lua.string(index).unwrap_or_default();
                text.push(&bytes[..bytes.len().min(100)]);
                if bytes.len() > 100 {
                    text.write_str("...")?;
                }
            }
            Type::Number => {
                if let Some(super::Number::Float(value)) = lua.number(index)
                    && !value.is_finite()
                {
                    // C's printf writes a NaN's sign, which no user cares about.
                    return text.write_str(if value.is_nan() {
                        "nan"
                    } else if value > 0.0 {
                        "inf"
                    } else {
                        "-inf"
                    });
                }
                lua.copy(index);
                lua.number_to_string(-1);
                text.push(lua.string(-1).unwrap_or_default());
                lua.pop(1);
            }
            Type::Userdata => {
                // A boxed integer shows its digits, by its own `__tostring`, which does not raise.
                let top = lua.top();
                let boxed = lua.get_metatable(index) && {
                    lua.get_field(-1, b"__name");
                    lua.string(-1) == Some(super::Kind::Int64.name().as_bytes())
                };
                if !boxed {
                    lua.set_top(top);
                    return self.write_kind(text, index);
                }
                lua.get_field(-2, b"__tostring");
                lua.copy(index);
                if lua.protected_call(1, 1) {
                    text.push(lua.string(-1).unwrap_or_default());
                }
                lua.set_top(top);
            }
            _ => return self.write_kind(text, index),
        }
        Ok(())
    }
}
