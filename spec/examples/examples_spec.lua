-- Runs each example as a user would and checks what it prints.

local interpreter = require("spec.support.interpreter")

-- The output of an example that ends well.
local function output_of(...)
  local output, status = interpreter.run(...)
  assert.equal(0, status, output)
  return output
end

-- Checks that the lines are in the output, whole.
local function has_lines(output, lines)
  for _, line in ipairs(lines) do
    assert.truthy(("\n" .. output):find("\n" .. line .. "\n", 1, true), "no line '" .. line .. "' in:\n" .. output)
  end
end

describe("the interpreter helper", function()
  it("runs the Lua that runs this", function()
    local output = interpreter.run("-e", "io.write(_VERSION, ' ', tostring(jit ~= nil), ' ', package.cpath)")
    assert.equal(_VERSION .. " " .. tostring(rawget(_G, "jit") ~= nil) .. " " .. package.cpath, output)
  end)

  it("hands arguments over unchanged and tells the exit status", function()
    local output, status = interpreter.run("-e", [[io.write('it\'s "$HOME"') os.exit(3)]])
    assert.equal([[it's "$HOME"]], output)
    assert.equal(3, status)
  end)
end)

describe("the zlib example", function()
  it("compresses its own source and gets it back", function()
    local output = output_of("examples/zlib/zlib.lua")
    assert.matches("^zlib 1%.%d", output)
    has_lines(output, {
      "crc32('123456789') = cbf43926",
      "adler32('Wikipedia') = 11e60398",
      "one reads the other: yes",
      "broken data: data error",
    })
    for _, level in ipairs({ 1, 6, 9 }) do
      assert.matches("\nlevel " .. level .. ": %d+ bytes %(%d%d%.%d%%%), comes back equal: yes\n", output)
    end
    assert.matches("\nstream of 1024%-byte chunks: %d+ bytes, comes back equal: yes\n", output)
  end)

  it("takes any file: empty, and bytes of every value", function()
    local every = {}
    for i = 0, 255 do
      every[i + 1] = string.char(i)
    end
    local path = os.tmpname()
    for _, content in ipairs({ "", table.concat(every):rep(64) }) do
      local file = assert(io.open(path, "wb"))
      file:write(content)
      file:close()
      local output = output_of("examples/zlib/zlib.lua", path)
      assert.matches("\nfile: " .. #content .. " bytes, crc32 %x+\n", output)
      local _, equal = output:gsub("comes back equal: yes\n", "")
      assert.equal(4, equal, output)
    end
    os.remove(path)
  end)
end)

describe("the sqlite3 example", function()
  it("stores, queries, calls back into Lua and reports errors", function()
    local output = output_of("examples/sqlite3/sqlite3.lua")
    assert.matches("^sqlite3 3%.%d", output)
    has_lines(output, {
      "inserted: 3 rows",
      "Mercury  radius 2439.7  big 9007199254740993  raw 3 bytes  moons unknown",
      "Mars     radius 3389.5  big 9223372036854775807  raw 2 bytes  moons 2",
      "Earth    radius 6371.0  big -9007199254740993  raw 8 bytes  moons 1",
      "exec: Mercury, NULL",
      "reverse: sraM  hypot(3, 4): 5",
      "syntax: near \"SELEKT\": syntax error",
      "constraint: UNIQUE constraint failed: planet.name",
      "from Lua: Lua refuses",
      "finalize: ok",
      "close: ok",
    })
  end)
end)

describe("the libc example", function()
  it("sorts, computes dates, resolves names, reads errno and formats", function()
    has_lines(output_of("examples/libc/libc.lua"), {
      "qsort: -7 -7 0 3 42 1000000 2147483647",
      "person: Ada, 36\nperson: Alan, 41\nperson: Grace, 85",
      "gmtime: 2001-09-09 01:46:40, a Sunday",
      "timegm: 30 February 2000 is 2000-03-01, 951868800 seconds after 1970",
      "localhost: 127.0.0.1 port 80",
      "open: -1, errno 2: No such file or directory",
      "snprintf: 'Ada is 36 years and 1.65 m, OK' (30 characters)",
    })
  end)
end)

describe("the points example of the LuaJIT API", function()
  it("adds, measures, sorts and prints points, and counts beyond 2^53", function()
    has_lines(output_of("examples/luajit/points.lua"), {
      "a point: (3, 4), 5 from the origin",
      "added: (4, 5), scaled: (1.5, 2)",
      "equal: true, false",
      "sorted 0: (0, 1)\nsorted 1: (1, 1)\nsorted 2: (3, 4)\nsorted 3: (6, 8)",
      "exact: 18014398509481986LL, 3LL",
    })
  end)
end)

describe("the zlib example of the LuaJIT API", function()
  it("compresses and gets back", function()
    has_lines(output_of("examples/luajit/zlib.lua"), {
      "4200 bytes shrink to less than a tenth: true",
      "and come back equal: true",
    })
  end)
end)

describe("the example of C declarations", function()
  it("divides, computes dates, formats and sorts", function()
    has_lines(output_of("examples/declarations/time.lua"), {
      "17 / 5 is 3, the rest is 2",
      "2001-09-09 01:46:40, in zone GMT",
      "thirty days later: 2592000 seconds",
      "that is a Tuesday",
      "sorted: 1 2 3 4 5",
    })
  end)
end)
