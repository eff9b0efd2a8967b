//! Turns a compiled function that begins on the first line into a main function: one that is defined
//! on line 0, by which `debug.getinfo` and tracebacks know it. Works on what `string.dump` gives for
//! the function, in the formats of Lua 5.1 to 5.4 and of LuaJIT.

/// A place in a dump.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|&at| at <= self.bytes.len())?;
        Some(())
    }

    /// A number of so many bytes, in this machine's order.
    fn sized(&mut self, size: u8) -> Option<usize> {
        let size = usize::from(size);
        let start = self.at;
        self.skip(size)?;
        let mut bytes = [0; 8];
        let place = if cfg!(target_endian = "big") { 8usize.checked_sub(size)? } else { 0 };
        bytes.get_mut(place..place + size)?.copy_from_slice(&self.bytes[start..self.at]);
        usize::try_from(u64::from_ne_bytes(bytes)).ok()
    }

    /// Lua 5.4: the high groups of 7 bits first, and the last one marked.
    fn varint(&mut self) -> Option<usize> {
        let mut value = 0usize;
        loop {
            let byte = self.byte()?;
            value = value.checked_mul(128)? | usize::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                return Some(value);
            }
        }
    }

    /// LuaJIT: the low groups of 7 bits first, and all but the last one marked.
    fn uleb(&mut self) -> Option<usize> {
        let mut value = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

fn push_uleb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The dump of the function as a main function. None when the dump has another form, or the function
/// begins elsewhere.
pub fn main_chunk(dump: &[u8]) -> Option<Vec<u8>> {
    match dump {
        [0x1b, b'L', b'J', 2, ..] => luajit(dump),
        [0x1b, b'L', b'u', b'a', version @ 0x51..=0x53, 0, ..] => absolute(dump, *version),
        [0x1b, b'L', b'u', b'a', 0x54, 0, ..] => relative(dump),
        _ => None,
    }
}

/// Lua 5.1 to 5.3, where every instruction has its line.
fn absolute(dump: &[u8], version: u8) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes: dump, at: 0 };
    let int = match version {
        0x51 => {
            let (int, size) = (*dump.get(7)?, *dump.get(8)?);
            reader.skip(12)?;
            let source = reader.sized(size)?;
            reader.skip(source)?;
            int
        }
        0x52 => {
            reader.skip(18)?;
            *dump.get(7)?
        }
        _ => {
            let (int, size) = (*dump.get(12)?, *dump.get(13)?);
            // Sizes, samples of both kinds of numbers, the number of upvalues.
            reader.skip(17)?;
            reader.skip(usize::from(*dump.get(15)?) + usize::from(*dump.get(16)?) + 1)?;
            let source = match reader.byte()? {
                0xff => reader.sized(size)?,
                short => usize::from(short),
            };
            reader.skip(source.saturating_sub(1))?;
            int
        }
    };
    let start = reader.at;
    if reader.sized(int)? != 1 {
        return None;
    }
    let mut bytes = dump.to_vec();
    bytes[start..start + usize::from(int)].fill(0);
    Some(bytes)
}

/// Lua 5.4, where lines are told by their distance from the line before.
fn relative(dump: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes: dump, at: 0 };
    let number_sizes = usize::from(*dump.get(13)?) + usize::from(*dump.get(14)?);
    reader.skip(15 + number_sizes + 1)?;
    let (first_line, line_info) = function_54(&mut reader, dump, 0)?;
    let mut bytes = dump.to_vec();
    // The number 1, as a last group.
    if bytes[first_line] != 0x81 {
        return None;
    }
    bytes[first_line] = 0x80;
    // -128 says that the line is told elsewhere.
    match bytes[line_info] as i8 {
        -128 => {}
        127 => return None,
        distance => bytes[line_info] = (distance + 1) as u8,
    }
    Some(bytes)
}

/// Reads a function of Lua 5.4 up to its lines. Returns where its first line stands, and the first distance.
fn function_54(reader: &mut Reader, dump: &[u8], depth: u32) -> Option<(usize, usize)> {
    if depth > super::parser::MAX_DEPTH {
        return None;
    }
    let (instruction, integer, float) = (dump[12], dump[13], dump[14]);
    let source = reader.varint()?;
    reader.skip(source.saturating_sub(1))?;
    let first_line = reader.at;
    reader.varint()?;
    reader.varint()?;
    // Parameters, whether there are more, registers.
    reader.skip(3)?;
    let code = reader.varint()?;
    reader.skip(code.checked_mul(usize::from(instruction))?)?;
    for _ in 0..reader.varint()? {
        match reader.byte()? {
            0x03 => reader.skip(usize::from(integer))?,
            0x13 => reader.skip(usize::from(float))?,
            0x04 | 0x14 => {
                let size = reader.varint()?;
                reader.skip(size.saturating_sub(1))?;
            }
            _ => {}
        }
    }
    let upvalues = reader.varint()?;
    reader.skip(upvalues.checked_mul(3)?)?;
    for _ in 0..reader.varint()? {
        function_54(reader, dump, depth + 1)?;
        debug_54(reader)?;
    }
    let start = reader.at;
    if reader.varint()? == 0 {
        return None;
    }
    let line_info = reader.at;
    reader.at = start;
    Some((first_line, line_info))
}

/// Reads the lines and names of a function of Lua 5.4.
fn debug_54(reader: &mut Reader) -> Option<()> {
    let lines = reader.varint()?;
    reader.skip(lines)?;
    for _ in 0..reader.varint()? {
        reader.varint()?;
        reader.varint()?;
    }
    for _ in 0..reader.varint()? {
        let name = reader.varint()?;
        reader.skip(name.saturating_sub(1))?;
        reader.varint()?;
        reader.varint()?;
    }
    for _ in 0..reader.varint()? {
        let name = reader.varint()?;
        reader.skip(name.saturating_sub(1))?;
    }
    Some(())
}

/// LuaJIT, where lines are told by their distance from the function's first one. The function itself
/// comes behind those inside of it.
fn luajit(dump: &[u8]) -> Option<Vec<u8>> {
    const STRIPPED: usize = 2;
    let mut reader = Reader { bytes: dump, at: 4 };
    if reader.uleb()? & STRIPPED != 0 {
        return None;
    }
    let name = reader.uleb()?;
    reader.skip(name)?;
    let mut start = reader.at;
    let (mut body, mut end) = (start, start);
    loop {
        let at = reader.at;
        let size = reader.uleb()?;
        if size == 0 {
            break;
        }
        (start, body) = (at, reader.at);
        reader.skip(size)?;
        end = reader.at;
    }
    reader.at = body;
    reader.skip(4)?;
    reader.uleb()?;
    reader.uleb()?;
    let instructions = reader.uleb()?;
    let debug_place = reader.at;
    let debug = reader.uleb()?;
    if reader.byte()? != 1 {
        return None;
    }
    let lines = reader.uleb()?;
    let (before, after) = (distance_size(lines), distance_size(lines + 1));
    let debug_start = end.checked_sub(debug).filter(|&at| at >= reader.at)?;
    let distances = dump.get(debug_start..debug_start + instructions.checked_mul(before)?)?;
    let mut function = dump[body..debug_place].to_vec();
    push_uleb(&mut function, debug + instructions * (after - before));
    push_uleb(&mut function, 0);
    push_uleb(&mut function, lines + 1);
    function.extend_from_slice(&dump[reader.at..debug_start]);
    let mut distances = Reader { bytes: distances, at: 0 };
    for _ in 0..instructions {
        let value = (distances.sized(before as u8)? + 1) as u64;
        if cfg!(target_endian = "big") {
            function.extend_from_slice(&value.to_be_bytes()[8 - after..]);
        } else {
            function.extend_from_slice(&value.to_le_bytes()[..after]);
        }
    }
    function.extend_from_slice(&dump[debug_start + instructions * before..end]);
    let mut bytes = dump[..start].to_vec();
    push_uleb(&mut bytes, function.len());
    bytes.extend_from_slice(&function);
    bytes.extend_from_slice(&dump[end..]);
    Some(bytes)
}

/// How many bytes a distance has in a function of so many lines.
fn distance_size(lines: usize) -> usize {
    match lines {
        0..256 => 1,
        256..65536 => 2,
        _ => 4,
    }
}
