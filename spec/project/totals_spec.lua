-- The runner behind `make test`: a run that hid a failure would prove nothing. It is tried with a
-- `make` of our own whose targets say what the real ones may say.

local interpreter = require("spec.support.interpreter")

local SCRIPT = "spec/support/totals.sh"

-- Runs totals.sh in an empty folder; targets: { name = "a shell command" }, names in order.
-- Returns the output and the exit status.
local function run(targets, order)
  local folder = os.tmpname()
  os.remove(folder)
  local cases = {}
  for name, command in pairs(targets) do
    cases[#cases + 1] = name .. ") " .. command .. " ;;"
  end
  local here = interpreter.shell("pwd"):gsub("\n", "")
  local make = '#!/bin/sh\nfor target; do :; done\ncase $target in\n' .. table.concat(cases, "\n") .. "\nesac\n"
  local output, status = interpreter.shell(table.concat({
    "mkdir " .. folder,
    "cd " .. folder,
    "printf %s " .. interpreter.quote(make) .. " >make",
    "chmod +x make",
    "MAKE=./make " .. here .. "/" .. SCRIPT .. " " .. table.concat(order, " "),
  }, " && "))
  interpreter.shell("rm -r " .. folder)
  return output, status
end

local function last_line(output)
  return output:match("([^\n]*)\n$")
end

local BUSTED = "12 successes / %d failures / %d errors / %d pending : 0.1 seconds"

describe("the totals of make test", function()
  it("adds up busted, cargo test and single checks", function()
    local output, status = run({
      a = "echo '" .. BUSTED:format(0, 0, 0) .. "'",
      b = "echo 'test result: ok. 30 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s'; "
        .. "echo 'test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s'",
      c = "echo 'ok - rock'; echo 'it is ok - or so'",
      d = "echo '1 success / 0 failures / 0 errors / 0 pending : 0.1 seconds'",
    }, { "a", "b", "c", "d" })
    assert.equal("48 passed, 0 failed", last_line(output))
    assert.equal(0, status)
  end)

  it("counts failures, errors and pending cases as failed", function()
    local output, status = run({
      a = "echo '" .. BUSTED:format(1, 2, 3) .. "'; exit 1",
      b = "echo 'test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out'; exit 1",
      c = "echo 'not ok - rock'; exit 1",
    }, { "a", "b", "c" })
    assert.equal("15 passed, 11 failed", last_line(output))
    assert.equal(1, status)
  end)

  it("fails for a pending case although the target succeeded", function()
    local output, status = run({ a = "echo '" .. BUSTED:format(0, 0, 1) .. "'" }, { "a" })
    assert.equal("12 passed, 1 failed", last_line(output))
    assert.equal(1, status)
  end)

  it("counts a target that fails without a failed test, and a crash after the summary", function()
    local output, status = run({
      a = "echo 'warning: ugly code'; exit 2",
      b = "echo '" .. BUSTED:format(0, 0, 0) .. "'; kill -SEGV $$",
    }, { "a", "b" })
    assert.equal("12 passed, 2 failed", last_line(output))
    assert.equal(1, status)
  end)

  it("goes on after a failing target and shows what each one said", function()
    local output = run({ a = "echo first; exit 1", b = "echo second" }, { "a", "b" })
    assert.matches("==== a\nfirst\n.*==== b\nsecond\n", output)
    assert.equal("0 passed, 1 failed", last_line(output))
  end)

  it("sees a summary in colours", function()
    local output = run({
      a = [[printf '\033[32m2\033[0m successes / \033[31m1\033[0m failure / 0 errors / 0 pending : 0 s\n']],
    }, { "a" })
    assert.equal("2 passed, 1 failed", last_line(output))
  end)
end)
