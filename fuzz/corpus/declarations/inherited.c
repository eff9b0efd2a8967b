0typedef struct { int i; } t; struct u { t; struct a *p; int last[?]; }; int & r; t (&rr)[4]; _Alignas(32) int al;
