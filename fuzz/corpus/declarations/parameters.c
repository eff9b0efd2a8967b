0int h(int n, int m[n], int o[static 3], int p[restrict], const char *fmt, int (*cb)(void *), struct a by_value);
