0static inline int g(int x) { return x ? g(x - 1) : '}'; } int old(a, b) int a; char b; { }
