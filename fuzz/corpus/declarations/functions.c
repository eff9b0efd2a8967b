0typedef unsigned long int size_t; struct point { int x, y; }; extern int f(struct point *, size_t n, ...);
