0enum e { A, B = 1 << 4, C = sizeof(struct { int x; }), D = A ? B : -C }; enum e f(enum e);
