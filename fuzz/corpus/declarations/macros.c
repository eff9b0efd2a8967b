0#define N 4
# 12 "file.h"
int arr[N][2], brr[sizeof arr / sizeof *arr], crr[__builtin_offsetof(struct { int a, b; }, b)];
