/* What goes by value in ways of its own: 128-bit integers, halves, quads, vectors, complex numbers, and
   records that are packed, over-aligned, or have such members. */
#include "fixtures.h"
#include <complex.h>
#include <stdarg.h>
#include <string.h>

#ifdef __x86_64__
#pragma GCC diagnostic ignored "-Wpsabi"

typedef __int128 i128;
typedef unsigned __int128 u128;
typedef int v2i __attribute__((vector_size(8)));
typedef float v2f __attribute__((vector_size(8)));
typedef int v4i __attribute__((vector_size(16)));
typedef float v4f __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef unsigned char v16b __attribute__((vector_size(16)));

/* 128-bit integers. */
i128 wide_add(i128 a, i128 b) { return a + b; }
u128 wide_mul(u128 a, u128 b) { return a * b; }
/* The pair does not fit in the one register that is left, which the next argument gets. */
i128 wide_split(long a, long b, long c, long d, long e, i128 f, long g, i128 h) {
  return ((i128)(a + b * 2 + c * 3 + d * 4 + e * 5 + g * 7) << 64) + f - h;
}
/* On the stack, aligned. */
i128 wide_stack(long a, long b, long c, long d, long e, long f, char g, i128 h, char i, i128 j) {
  return (h << 8) + j + a + b + c + d + e + f + g * 1000 + i * 10000;
}
struct wide_box { i128 value; };
struct wide_box wide_in_struct(struct wide_box a, int b) { a.value -= b; return a; }
struct wide_more { char tag; i128 value; double rest; };
struct wide_more wide_in_memory(char a, struct wide_more b) {
  b.value = -b.value + a;
  b.rest *= 2;
  return b;
}
union wide_union { i128 value; unsigned char bytes[16]; double d; };
union wide_union wide_in_union(double x, union wide_union a, long y) {
  a.value += (i128)x + y;
  return a;
}
void wide_by_pointer(i128 *a, u128 *b, int n) {
  for (int i = 0; i < n; i++) {
    a[i] = -a[i];
    b[i] = ~b[i];
  }
}
i128 wide_call(i128 (*f)(long, i128, int, i128), i128 a, i128 b) { return f(3, a, 4, b) + 1; }
i128 wide_call_stack(i128 (*f)(long, long, long, long, long, char, char, i128), i128 a) {
  return f(1, 2, 3, 4, 5, 6, 7, a) * 2;
}
i128 wide_sum(int n, ...) {
  va_list args;
  va_start(args, n);
  i128 sum = 0;
  for (int i = 0; i < n; i++)
    sum += va_arg(args, i128);
  va_end(args);
  return sum;
}
i128 wide_compute(int operator, i128 a, i128 b) {
  switch (operator) {
  case 0: return (i128)((u128)a + (u128)b);
  case 1: return (i128)((u128)a - (u128)b);
  case 2: return (i128)((u128)a * (u128)b);
  case 3: return a / b;
  case 4: return a % b;
  case 5: return (i128)((u128)a / (u128)b);
  case 6: return (i128)((u128)a % (u128)b);
  case 7: return a < b;
  case 8: return (u128)a < (u128)b;
  default: return a == b;
  }
}
double wide_to_double(i128 a) { return (double)a; }
float wide_to_float(i128 a) { return (float)a; }
double wide_unsigned_to_double(u128 a) { return (double)a; }
i128 wide_of_double(double a) { return (i128)a; }
u128 wide_unsigned_of_double(double a) { return (u128)a; }
void wide_to_floats(i128 a, long double *l, __float128 *q, _Float16 *h) {
  *l = (long double)a;
  *q = (__float128)a;
  *h = (_Float16)a;
}
/* Memory checkers compute with doubles instead. */
int long_doubles_are_long(void) {
  volatile long double one = 1;
  return one + 0x1p-60L != 1;
}
void wide_of_floats(long double l, __float128 q, i128 *a, i128 *b) {
  *a = (i128)l;
  *b = (i128)q;
}
void half_of_double(double a, _Float16 *h) { *h = (_Float16)a; }
int same_bytes(const void *a, const void *b, int n) { return memcmp(a, b, (size_t)n) == 0; }
struct wide_bits { unsigned __int128 a : 100; int b : 20; __int128 c : 70; };
struct wide_bits wide_bit_fields = { ((u128)0xabcdef << 76) | 5, -7, -((i128)1 << 68) };

/* Halves. */
_Float16 half_add(_Float16 a, _Float16 b) { return a + b; }
double half_mixed(int a, _Float16 b, double c, _Float16 d, float e) { return a + b * 2 + c * 3 + d * 4 + e * 5; }
double half_stack(double a, double b, double c, double d, double e, double f, double g, double h, _Float16 i, _Float16 j) {
  return a + b + c + d + e + f + g + h + i * 100 + j * 1000;
}
struct half_three { _Float16 a, b, c; };
struct half_three half_struct(struct half_three v, _Float16 by) {
  v.a *= by;
  v.b *= by;
  v.c *= by;
  return v;
}
struct half_mix { _Float16 a; int b; _Float16 c[3]; };
struct half_mix half_mixed_struct(double x, struct half_mix v) {
  v.a += x;
  v.b += 1;
  v.c[2] -= x;
  return v;
}
_Float16 half_call(_Float16 (*f)(_Float16, int), _Float16 a) { return f(a, 2) + 1; }

/* Quads. */
__float128 quad_mul(__float128 a, __float128 b) { return a * b; }
double quad_mixed(int a, __float128 b, double c, __float128 d, i128 e) { return a + b * 2 + c * 3 + d * 4 + e * 5; }
double quad_stack(double a, double b, double c, double d, double e, double f, double g, double h, char i, __float128 j, __float128 k) {
  return a + b + c + d + e + f + g + h + i + j * 100 + k * 1000;
}
struct quad_box { __float128 value; };
struct quad_box quad_in_struct(struct quad_box a, struct quad_box b) { a.value -= b.value; return a; }
__float128 quad_third(void) { return 1 / (__float128)3; }
int quad_is_third(__float128 a) { return a == 1 / (__float128)3; }
long double quad_to_long(__float128 a, v4f b) { return (long double)a + b[1]; }

/* Vectors. */
v2i vec_v2i(v2i a, v2i b) { return a * b; }
v2f vec_v2f(v2f a, int b, v2f c) { return a + c * (float)b; }
v4i vec_v4i(v4i a, v4i b) { return a - b; }
v4f vec_v4f(v4f a, v4f b, float c) { return a * b + c; }
v2d vec_v2d(int a, v2d b, double c) { return b * (double)a + c; }
v16b vec_v16b(v16b a, v16b b) { return a ^ b; }
v4i vec_many(v4i a, v4i b, v4i c, v4i d, v4i e, v4i f, v4i g, v4i h, char i, v4i j, v4i k) {
  return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10 + k * 11;
}
struct vec_one { v4f v; };
struct vec_one vec_in_struct(struct vec_one a, struct vec_one b) { a.v -= b.v; return a; }
struct vec_two { v4f v; int n; };
struct vec_two vec_in_memory(int a, struct vec_two b, char c) {
  b.v *= (float)a;
  b.n += c;
  return b;
}
struct vec_small { v2i v; int n; };
struct vec_small vec_small_struct(struct vec_small a, v2i b) {
  a.v += b;
  a.n++;
  return a;
}
union vec_union { v2i v; double d; };
union vec_union vec_small_union(union vec_union a) {
  a.v += 1;
  return a;
}
union vec_halves { v4f v; double d[2]; };
union vec_halves vec_in_union(int a, union vec_halves b) {
  b.v += (float)a;
  return b;
}
struct vec_pair { v4i a, b; };
struct vec_pair vec_two_in_struct(struct vec_pair p, char c) { return (struct vec_pair){ p.b + c, p.a }; }
v2i vec_call(v2i (*f)(v2i, int), v2i a) { return f(a, 3) + 1; }
int vec_sum(int n, ...) {
  va_list args;
  va_start(args, n);
  v4i sum = { 0 };
  for (int i = 0; i < n; i++)
    sum += va_arg(args, v4i);
  va_end(args);
  return sum[0] + sum[1] * 10 + sum[2] * 100 + sum[3] * 1000;
}

/* Complex numbers. */
double complex cx_mul(double complex a, double complex b) { return a * b; }
float complex cx_mulf(float complex a, int n, float complex b) { return a * b + n; }
double complex cx_many(double complex a, double complex b, double complex c, double d, double complex e, double complex f) {
  return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6;
}
struct cx_box { float complex a; int n; };
struct cx_box cx_in_struct(struct cx_box a, double complex b) {
  a.a *= (float complex)b;
  a.n++;
  return a;
}
double complex cx_call(double complex (*f)(float complex, double complex), float complex a, double complex b) {
  return f(a, b) + 1;
}

/* Records with a layout of their own. */
struct __attribute__((packed)) odd_packed { char a; int b; short c; };
struct odd_packed odd_packed_by_value(int x, struct odd_packed p, double y) {
  p.a += x;
  p.b *= 2;
  p.c += (short)y;
  return p;
}
struct __attribute__((packed)) odd_large { char a; double b[3]; long c; };
struct odd_large odd_large_by_value(struct odd_large p, int x) {
  p.b[1] += x;
  p.c = -p.c;
  return p;
}
struct __attribute__((aligned(16))) odd_aligned { long a; };
struct odd_aligned odd_aligned_by_value(double x, struct odd_aligned p, long y, struct odd_aligned q, double z) {
  p.a = p.a * 100 + q.a * 10 + y + (long)(x * 1000) + (long)(z * 10000);
  return p;
}
long odd_aligned_stack(long a, long b, long c, long d, long e, long f, long g, struct odd_aligned p, char h, struct odd_aligned q) {
  return a + b + c + d + e + f + g + p.a * 100 + h * 10 + q.a * 1000;
}
struct __attribute__((aligned(32))) odd_over { long a[4]; };
struct odd_over odd_over_by_value(long a, struct odd_over p, long b) {
  p.a[0] += a;
  p.a[3] -= b;
  return p;
}
long odd_over_stack(long a, long b, long c, long d, long e, long f, long g, struct odd_over p, char h, struct odd_over q, long i) {
  return a + b + c + d + e + f + g * 2 + p.a[0] * 100 + p.a[3] + h * 10 + q.a[1] * 1000 + i * 100000;
}
struct __attribute__((aligned(64))) odd_line { int a[3]; };
long odd_line_stack(char a, struct odd_line p, double b, struct odd_line q) {
  return a + p.a[0] * 10 + p.a[2] * 100 + (long)b * 1000 + q.a[1] * 10000;
}
struct odd_bits { int a : 3; long : 0; double b; };
struct odd_bits odd_bits_by_value(struct odd_bits p, double x) {
  p.a += 1;
  p.b += x;
  return p;
}
struct __attribute__((packed)) odd_packed_bits { unsigned a : 7; unsigned long b : 40; unsigned c : 9; };
struct odd_packed_bits odd_packed_bits_by_value(struct odd_packed_bits p, int x) {
  p.a += x;
  p.b += x;
  p.c += x;
  return p;
}
struct odd_gap { double a; int : 32; };
double odd_gap_by_value(struct odd_gap p, double x, int y) { return p.a + x * 10 + y * 100; }
struct odd_mixed_gap { float a; int : 32; double b; };
double odd_mixed_gap_by_value(struct odd_mixed_gap p, double x, int y) { return p.a + p.b * 10 + x * 100 + y * 1000; }
struct odd_empty {};
long odd_empty_by_value(long a, struct odd_empty p, long b) { (void)p; return a * 10 + b; }
long odd_empty_to(long (*f)(long, struct odd_empty, double, struct odd_empty, long)) {
  struct odd_empty none;
  return f(4, none, 0.5, none, 2);
}
long odd_empty_from(struct odd_empty (*f)(long), long a) { f(a); return a; }
#endif
