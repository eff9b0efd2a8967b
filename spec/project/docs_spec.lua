-- The documentation against the module and the project: each program in it runs and prints what the
-- page says, each link leads somewhere, each file that is named is there.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local markdown = require("spec.support.markdown")

local function list(pattern)
  local files = {}
  for path in interpreter.shell("ls " .. pattern):gmatch("[^\n]+") do
    files[#files + 1] = path
  end
  return files
end

local PAGES = list("*.md docs/*.md")
local pages = {}
for _, path in ipairs(PAGES) do
  pages[path] = markdown.read(path)
end

-- What the program prints. Its own name in messages is example.lua.
local function run(source)
  return helper.with_tempfile(source, function(path)
    local output, status = interpreter.run(path)
    local from, to = output:find(path, 1, true)
    while from do
      output = output:sub(1, from - 1) .. "example.lua" .. output:sub(to + 1)
      from, to = output:find(path, 1, true)
    end
    return output, status
  end)
end

-- The path that a link from a page leads to, without "." and "..".
local function resolve(page, target)
  local parts = {}
  for part in (page:match("^(.*/)") or ""):gmatch("[^/]+") do
    parts[#parts + 1] = part
  end
  for part in target:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, "/")
end

local function exists(path)
  local _, status = interpreter.shell("test -e " .. interpreter.quote(path))
  return status == 0
end

for _, path in ipairs(PAGES) do
  local page = pages[path]

  describe(path, function()
    for _, program in ipairs(page.programs) do
      it("has a program at line " .. program.line .. " that prints what the page says", function()
        local output, status = run(program.source)
        assert.equals(program.output, output)
        assert.equals(0, status)
      end)
    end

    it("has no samples that nothing runs", function()
      assert.same({}, page.strays)
    end)

    it("links to what is there", function()
      for _, link in ipairs(page.links) do
        local where = path .. ":" .. link.line .. ": " .. link.target
        local target, anchor = link.target:match("^([^#]*)#?(.*)$")
        if not target:find("^%a+://") then
          local file = target == "" and path or resolve(path, target)
          assert.is_true(exists(file), where)
          if anchor ~= "" then
            assert.is_truthy(pages[file] and pages[file].anchors[anchor], where)
          end
        end
      end
    end)

    it("names files that are there", function()
      for _, named in ipairs(page.paths) do
        local folder = named.path:match("^[^/]+")
        local ours = ({
          src = true, core = true, spec = true, docs = true, examples = true, types = true, c_tests = true,
          rockspec = true, [".ci"] = true,
        })[folder]
        if ours then
          assert.is_true(exists(named.path), path .. ":" .. named.line .. ": " .. named.path)
        end
      end
    end)
  end)
end

describe("the documentation", function()
  it("has every page linked from the README", function()
    local linked = {}
    for _, link in ipairs(pages["README.md"].links) do
      linked[link.target:match("^[^#]*")] = true
    end
    for _, path in ipairs(list("docs/*.md")) do
      assert.is_true(linked[path] == true, path)
    end
  end)

  it("names every entry of the module somewhere", function()
    local text = {}
    for _, path in ipairs(list("docs/*.md")) do
      text[#text + 1] = assert(io.open(path)):read("*a")
    end
    text = table.concat(text)
    for name in pairs(require("lunaffi")) do
      assert.is_truthy(text:find("ffi." .. name, 1, true), name)
    end
  end)

  it("names every entry of the LuaJIT API on its page", function()
    local text = assert(io.open("docs/luajit.md")):read("*a")
    for name in pairs(require("lunaffi.luajit")) do
      assert.is_truthy(text:find("`ffi." .. name .. "%f[%W]"), name)
    end
  end)

  it("describes every crate of the project, and no other, in dependencies.md", function()
    local wanted, described = {}, {}
    for _, manifest in ipairs({ "Cargo.toml", "core/Cargo.toml", "cparse/Cargo.toml", "translate/Cargo.toml" }) do
      local inside = false
      for line in assert(io.open(manifest)):lines() do
        if line:find("^%[") then
          inside = line == "[dependencies]"
        elseif inside then
          local crate = line:match("^([%w_-]+)%s*=")
          if crate and not crate:find("^lunaffi") then
            wanted[crate] = true
          end
        end
      end
    end
    local text = assert(io.open("docs/dependencies.md")):read("*a")
    for crate in text:match("## Crates(.-)\n## "):gmatch("\n| `([%w_-]+)` |") do
      described[crate] = true
    end
    assert.same(wanted, described)
  end)
end)
