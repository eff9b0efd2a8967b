Sreturn a .. b == c .. d, not a == b, -x ^ -2 == #t, (a or b) == (c and d), a % b // c
