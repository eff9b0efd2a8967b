-- Runs each of Alien's examples as a user would and checks all that it prints.

local interpreter = require("spec.support.interpreter")

local function prints(lines, output, status)
  assert.equals(table.concat(lines, "\n") .. "\n", output)
  assert.equals(0, status)
end

describe("Alien's example", function()
  it("qsort sorts numbers and characters", function()
    prints({
      "numbers: 1 2 3 4 5 6",
      "characters: '   ,,aaaadmmmnpppsss'",
      "compared: -1 3 4",
    }, interpreter.run("examples/alien/qsort.lua"))
  end)

  it("scanf reads numbers of a text, and finds none on an empty input", function()
    prints({
      "scanf: no numbers on the standard input",
      "sscanf: 2 numbers, 7 and 1.25",
      "sscanf: 2 numbers, 640 and 480",
    }, interpreter.run("examples/alien/scanf.lua"))
  end)

  it("scanf reads numbers of its input", function()
    -- interpreter.run closes the input: the example runs another Lua that has one.
    local line = ("local pipe = assert(io.popen([=[%s examples/alien/scanf.lua]=], 'w')) "
      .. "pipe:write('23 42.5\\n') pipe:close()"):format(interpreter.quote(interpreter.command))
    prints({
      "scanf: 2 numbers, 23 and 42.5",
      "sscanf: 2 numbers, 7 and 1.25",
      "sscanf: 2 numbers, 640 and 480",
    }, interpreter.run("-e", line))
  end)

  it("struct goes by address, in rows, nested and by value", function()
    prints({
      "gmtime_r: 2001-09-09 01:46:40",
      "strftime: Sunday, 09 September 2001",
      "person: Ada, 36",
      "person: Alan, 41",
      "person: Grace, 85",
      "shape: 72 bytes, center at 56, 1.5 and -2.5",
      "div: 3, rest 2",
    }, interpreter.run("examples/alien/struct.lua"))
  end)

  it("tag wraps, checks and ends objects of C", function()
    prints({
      "read: one line",
      "read: another line",
      "another tag: false",
      "closed: 1",
      "closed with those that were collected: 4",
    }, interpreter.run("examples/alien/tag.lua"))
  end)

  it("constants makes a module of definitions and uses it", function()
    prints({
      "integers: -2147483648 4294967295 255",
      "64 bits: 9223372036854775807 18446744073709551615",
      "others: 2.2204460492503131e-16 /dev/null 8",
      "read: 4 bytes, 'by C'",
    }, interpreter.run("examples/alien/constants.lua"))
  end)
end)
