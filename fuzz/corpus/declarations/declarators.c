0void (*signal(int sig, void (*func)(int)))(int); int (*(*table[3])(void))[4]; char *const *volatile p;
