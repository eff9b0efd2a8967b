-- Plain Lua tables: what a program without C does.

local function zeros(count)
  local array = {}
  for i = 0, count - 1 do
    array[i] = 0
  end
  return array
end

local function pixels(count)
  local image = {}
  for i = 0, count - 1 do
    image[i] = { red = 0, green = 0, blue = 0, alpha = 0 }
  end
  return image
end

-- The green of pixel i in a ramp.
local function ramp(i, count)
  return math.floor(i * (255 / (count - 1)))
end

-- Grey is a float here, where bytes would drop the fraction.
local function near(value, i, count)
  return math.abs(value - 0.59 * ramp(i, count)) < 1e-6
end

return {
  module = "table",
  built_in = true,
  open = function(lua_table)
    local c = {
      new_point = function()
        return { x = 0, y = 0 }
      end,
      new_ints = zeros,
      new_doubles = zeros,
      new_image_of_bytes = function(count)
        return zeros(4 * count)
      end,
      new_image_of_structs = pixels,
    }

    -- table.sort starts at 1.
    function c.shuffle(array, count)
      local state = 12345
      for i = 1, count do
        state = state * 16807 % 2147483647
        array[i] = state
      end
    end

    function c.ascending(a, b)
      return a < b
    end

    function c.sort(array, _, compare)
      array[0] = nil
      lua_table.sort(array, compare)
    end

    function c.is_sorted(array, count)
      for i = 2, count do
        if array[i - 1] > array[i] then
          return false
        end
      end
      return #array == count
    end

    function c.image_ramp(image, count)
      local structs = type(image[0]) == "table"
      for i = 0, count - 1 do
        if structs then
          local pixel = image[i]
          pixel.red, pixel.green, pixel.blue, pixel.alpha = 0, ramp(i, count), 0, 255
        else
          image[4 * i], image[4 * i + 1], image[4 * i + 2], image[4 * i + 3] = 0, ramp(i, count), 0, 255
        end
      end
    end

    function c.is_grey(image, count)
      for i = 0, count - 1 do
        local pixel = image[i]
        if type(pixel) ~= "table" then
          pixel = { red = image[4 * i], blue = image[4 * i + 2], alpha = image[4 * i + 3] }
        end
        if not (near(pixel.red, i, count) and near(pixel.blue, i, count) and pixel.alpha == 255) then
          return false
        end
      end
      return true
    end

    -- The objects must be kept, or compiled code makes none.
    local new_point, kept = c.new_point, {}
    c.loops = {
      alloc = function(n)
        for _ = 1, n do
          kept[1] = new_point()
        end
        return kept[1]
      end,
    }

    c.objects = { struct = c.new_point }
    return c
  end,
}
