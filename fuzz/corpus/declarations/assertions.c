0_Static_assert(sizeof(int) == 4, "x"); extern "C" { int c; } int v asm("sym"); __typeof__(v) *w;
