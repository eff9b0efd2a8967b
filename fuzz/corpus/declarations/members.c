0struct a; typedef struct a a; struct a { a *next; struct { a *x; }; enum { IN = 3 }; static const int Q = 9; int z[Q]; };
