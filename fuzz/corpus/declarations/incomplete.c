0struct known { int x; struct later *next; }; struct later; union { struct known k; long double d; } u; extern struct later *get(struct later **); oops
