//! `math.random` as LuaJIT has it, number for number: four shift registers with periods that have no
//! common factor (Tausworthe generators, by P. L'Ecuyer's tables), combined by exclusive or.

use crate::lua::error::AtArgument;
use crate::lua::{Fault, Number, Result, State};
use crate::runtime::{Cx, entries};
use std::ffi::c_int;
use std::hash::{BuildHasher, RandomState};

/// The length of each register, and its two shifts.
const REGISTERS: [(u32, u32, u32); 4] = [(63, 31, 18), (58, 19, 28), (55, 24, 7), (47, 21, 8)];

/// What a program gets that sets no seed.
const FIRST: [u64; 4] = [0xa0d2_7757_0a34_5b8c, 0x764a_296c_5d4a_a64f, 0x5122_0704_070a_deaa, 0x2a27_17b5_a7b7_b927];

/// The next 64 bits.
fn step(state: &mut [u64; 4]) -> u64 {
    let mut bits = 0;
    for (value, (length, first, second)) in state.iter_mut().zip(REGISTERS) {
        let unused = u64::MAX << (64 - length);
        *value = ((*value << first ^ *value) >> (length - second)) ^ ((*value & unused) << second);
        bits ^= *value;
    }
    bits
}

/// The registers that a seed begins with.
fn seeded(seed: f64) -> [u64; 4] {
    let mut state = [0; 4];
    let mut seed = seed;
    for (value, (length, ..)) in state.iter_mut().zip(REGISTERS) {
        seed = seed * std::f64::consts::PI + std::f64::consts::E;
        let least = 1 << (64 - length);
        *value = seed.to_bits();
        if *value < least {
            *value += least;
        }
    }
    for _ in 0..10 {
        step(&mut state);
    }
    state
}

/// An argument that is a number, or spells one.
fn number(lua: State, index: c_int) -> Result<f64> {
    match lua.number(index) {
        Some(Number::Int(value)) => Ok(value as f64),
        Some(Number::Float(value)) => Ok(value),
        None => lua.numeral(index).ok_or(Fault::Expected("number")).at_arg(index),
    }
}

fn push(cx: Cx, value: f64) -> c_int {
    // Of the subtype that bounds have, where there is one.
    if value.fract() == 0.0 && value.abs() < 9007199254740992.0 {
        cx.lua.push_int(value as i64);
    } else {
        cx.lua.push_float(value);
    }
    1
}

/// The registers of a state.
fn registers<'a>(lua: State) -> &'a mut [u64; 4] {
    // SAFETY: the second upvalue is the userdata that `register` made; nothing else refers to it.
    unsafe { &mut *lua.userdata(State::upvalue(2)).cast::<[u64; 4]>() }
}

/// `random([first,] [last])`
fn random(cx: Cx) -> Result<c_int> {
    const ONE: u64 = 1f64.to_bits();
    let lua = cx.lua;
    let unit = f64::from_bits(step(registers(lua)) & u64::MAX >> 12 | ONE) - 1.0;
    match lua.top() {
        0 => {
            lua.push_float(unit);
            Ok(1)
        }
        1 => Ok(push(cx, (unit * number(lua, 1)?).floor() + 1.0)),
        _ => {
            let (first, last) = (number(lua, 1)?, number(lua, 2)?);
            Ok(push(cx, (unit * (last - first + 1.0)).floor() + first))
        }
    }
}

/// `randomseed([seed])`: without one, numbers are others each time.
fn randomseed(cx: Cx) -> Result<c_int> {
    let seed = if cx.lua.is_none(1) {
        f64::from(cx.guard(|| Ok(RandomState::new().hash_one(())))? as u32)
    } else {
        number(cx.lua, 1)?
    };
    *registers(cx.lua) = seeded(seed);
    Ok(0)
}

/// Sets the functions as fields of the table on the top; at `runtime` is the runtime.
pub fn register(lua: State, runtime: c_int) {
    let memory = lua.new_userdata(size_of::<[u64; 4]>(), false);
    // SAFETY: memory of this size, aligned for any value.
    unsafe { memory.cast::<[u64; 4]>().write(FIRST) };
    for (name, function) in
        *entries!["math_random" as "random" => random, "math_randomseed" as "randomseed" => randomseed]
    {
        lua.copy(runtime);
        lua.copy(-2);
        lua.push_closure(function, 2);
        lua.set_field(-3, name.as_bytes());
    }
    lua.pop(1);
}
