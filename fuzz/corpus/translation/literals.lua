Rlocal a, b, c = 42LL, 0xffffffffffffffffULL, 2i
print(a + b, 1e3i, 0x1p4, 007, .5, 5., "\x41\z
  \u{20ac}\123")
