-- The fixture that calls back, bound, and small things that every spec of callbacks wants.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local callback_library = {}

callback_library.path = helper.fixture("callbacks")

callback_library.lib = ffi.load(callback_library.path, {
  apply = { args = { "pointer", "i32" }, ret = "i32" },
  apply2 = { args = { "pointer", "i32", "i32" }, ret = "i32" },
  call_void = { args = { "pointer" } },
  call_twice = { args = { "pointer", "i32" }, ret = "i32" },
  call_n_collect = { args = { "pointer", "i32", "pointer" }, ret = "i32" },
  count_calls = { args = { "pointer", "i32" }, ret = "i32" },
  keep = { args = { "pointer" } },
  call_kept = { args = { "i32" }, ret = "i32" },
  forget = {},
  has_kept = { ret = "bool" },
  call_on_thread = { args = { "pointer", "i32" }, ret = "i32" },
  call_from_threads = { args = { "pointer", "i32", "i32", "ref i64" }, ret = "i32" },
  start_caller = { args = { "pointer", "i32", "i32" }, ret = "bool" },
  join_caller = { ret = "i32" },
  start_hammer = { args = { "pointer" }, ret = "bool" },
  stop_hammer = { ret = "i64" },
})

-- A callback of the type `int (*)(int)`.
function callback_library.int_callback(fn)
  return ffi.callback(fn, "i32", { "i32" })
end

-- Callbacks by the thousand, all different: whatever address was free is used again.
function callback_library.flood(count)
  local list = {}
  for i = 1, count do
    list[i] = callback_library.int_callback(function() return 1000000 + i end)
  end
  return list
end

return callback_library
