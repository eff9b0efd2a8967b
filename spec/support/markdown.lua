-- Reads a page of the documentation: the programs in it with what they print, its links, the anchors
-- of its headings, and the paths of the project that it names.
--
-- A ```lua block that requires the module begins a program; a ```lua block that does not goes on with
-- the program before it. A ```text block is what the program prints up to there.

local markdown = {}

-- A heading's anchor, as code hosts make it.
local function anchor_of(heading)
  local text = heading:gsub("%[([^%]]*)%]%([^)]*%)", "%1"):gsub("`", "")
  return (text:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-"))
end

-- Lines outside of blocks.
local function read_text(page, line, number)
  local heading = line:match("^#+%s+(.-)%s*$")
  if heading then
    page.anchors[anchor_of(heading)] = true
  end
  -- What is in code is no link, and only there paths are named.
  local prose = line:gsub("`([^`]*)`", function(code)
    local path = code:match("^([%w_.-]+/[%w_./-]*)$")
    if path then
      page.paths[#page.paths + 1] = { line = number, path = path }
    end
    return "code"
  end)
  for target in prose:gmatch("%]%(([^)%s]+)%)") do
    page.links[#page.links + 1] = { line = number, target = target }
  end
end

-- Ends a block: `block` has its language, first line and lines.
local function read_block(page, block)
  local source = table.concat(block.lines, "\n") .. "\n"
  local current = page.programs[#page.programs]
  if block.language == "lua" then
    if source:find("require%(?[\"']lunaffi") then
      current = { line = block.line, source = "", output = "" }
      page.programs[#page.programs + 1] = current
    elseif not current then
      page.strays[#page.strays + 1] = block.line
      return
    end
    current.source = current.source .. source
  elseif block.language == "text" then
    if current then
      current.output = current.output .. source
    else
      page.strays[#page.strays + 1] = block.line
    end
  end
end

-- Returns { programs = { { line, source, output } }, links = { { line, target } }, anchors = set,
-- paths = { { line, path } }, strays = lines of ```lua and ```text blocks that belong to no program }.
function markdown.read(path)
  local page = { programs = {}, links = {}, anchors = {}, paths = {}, strays = {} }
  local block
  local number = 0
  for line in assert(io.open(path)):lines() do
    number = number + 1
    local fence, language = line:match("^%s*(```+)(%w*)")
    if block and fence then
      read_block(page, block)
      block = nil
    elseif fence then
      block = { language = language, line = number, lines = {} }
    elseif block then
      block.lines[#block.lines + 1] = line
    else
      read_text(page, line, number)
    end
  end
  assert(not block, path .. ": a block does not end")
  return page
end

return markdown
