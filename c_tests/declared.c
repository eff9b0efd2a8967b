/* What C declarations can say and signatures by name cannot: enums, complex numbers, unions, structs by
 * value of every class, pointers to pointers, function pointers as results, and variables of every type. */
#include "fixtures.h"

#include <complex.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum dc_fruit { DC_APPLE, DC_PEAR = 5, DC_MINUS = -3 };
enum dc_colour { DC_RED = 1, DC_BLUE = 0xffffffffu };

/* The same value back, for each type of number. */
#define ECHO(name, type) type dc_##name(type v) { return v; }
ECHO(bool, bool)
ECHO(char, char)
ECHO(i8, int8_t)
ECHO(u8, uint8_t)
ECHO(i16, int16_t)
ECHO(u16, uint16_t)
ECHO(i32, int32_t)
ECHO(u32, uint32_t)
ECHO(i64, int64_t)
ECHO(u64, uint64_t)
ECHO(size, size_t)
ECHO(float, float)
ECHO(double, double)
ECHO(fruit, enum dc_fruit)
ECHO(colour, enum dc_colour)
ECHO(complex, double complex)
ECHO(complexf, float complex)
ECHO(pointer, void *)
ECHO(text, const char *)
ECHO(function, int_fn)

/* Structs and unions by value, of every class that the calling convention knows. */
ECHO(point, point)
ECHO(pointf, pointf)
ECHO(vec3f, vec3f)
ECHO(one8, one8)
ECHO(int_float, int_float)
ECHO(double_int, double_int)
ECHO(pair64, pair64)
ECHO(triple64, triple64)
ECHO(bytes3, bytes3)
ECHO(num32, num32)
ECHO(num64, num64)
ECHO(key16, key16)
ECHO(big, big)
ECHO(deep, deep)

double complex dc_add_complex(double complex a, double complex b) { return a + b; }
float complex dc_mul_complexf(float complex a, float complex b) { return a * b; }
double dc_cabs2(double complex z) { return creal(z) * creal(z) + cimag(z) * cimag(z); }

double dc_many(int a, double b, float c, int64_t d, uint8_t e, double f, int16_t g, float h, uint32_t i, double j, bool k,
               double l, int m, double n, int64_t o, double p, double q, int r) {
    return a + b * 2 + c * 3 + (double)d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9.0 + j * 10 + k * 11 + l * 12 + m * 13 + n * 14
         + (double)o * 15 + p * 16 + q * 17 + r * 18;
}
double dc_points(point a, int n, point b, pointf c, point d, point e, triple64 f, point g) {
    return a.x + n + b.y + c.x + d.x + e.y + (double)f.c + g.x;
}

int dc_nothing(void) { return 42; }
void dc_void(int v) { (void)v; }
int dc_sum(const int *items, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) sum += items[i];
    return sum;
}
double dc_point_length2(const point *p) { return p->x * p->x + p->y * p->y; }
void dc_move(point *p, double dx, double dy) { p->x += dx; p->y += dy; }
const char *dc_find(const char *const *names, const char *name) {
    for (; *names; names++)
        if (strcmp(*names, name) == 0) return *names;
    return NULL;
}
bool dc_out(int **out) { static int here = 77; *out = &here; return true; }
int dc_matrix(int (*rows)[3], int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 3; j++) sum += rows[i][j] * (i + 1);
    return sum;
}
size_t dc_length(const char *text) { return text ? strlen(text) : 999; }
uint8_t dc_first_byte(const uint8_t *bytes) { return bytes[0]; }
int dc_fail(int code) { errno = code; return -1; }

static int dc_double_it(int v) { return v * 2; }
int_fn dc_get_function(void) { return dc_double_it; }
int_fn dc_no_function(void) { return NULL; }
int dc_call(int_fn f, int v) { return f(v); }

/* Variadic: the kinds tell the types. */
double dc_va_sum(const char *kinds, ...) {
    va_list args;
    double sum = 0;
    va_start(args, kinds);
    for (; *kinds; kinds++) {
        switch (*kinds) {
        case 'i': sum += va_arg(args, int); break;
        case 'u': sum += va_arg(args, unsigned); break;
        case 'l': sum += (double)va_arg(args, int64_t); break;
        case 'd': sum += va_arg(args, double); break;
        case 's': { const char *text = va_arg(args, const char *); sum += text ? (double)strlen(text) : -1; break; }
        case 'p': sum += va_arg(args, void *) ? 1 : 0; break;
        case 'P': { const point *p = va_arg(args, const point *); sum += p->x + p->y; break; }
        case 'v': { point p = va_arg(args, point); sum += p.x + p.y; break; }
        case 'w': { pair64 p = va_arg(args, pair64); sum += (double)(p.a + p.b); break; }
        case 't': { triple64 p = va_arg(args, triple64); sum += (double)(p.a + p.b + p.c); break; }
        }
    }
    va_end(args);
    return sum;
}

/* Callbacks of every type of parameter and result. */
#define CALL(name, type) type dc_call_##name(type (*f)(type), type v) { return f(v); }
CALL(bool, bool)
CALL(i8, int8_t)
CALL(u8, uint8_t)
CALL(i16, int16_t)
CALL(u16, uint16_t)
CALL(i32, int32_t)
CALL(u32, uint32_t)
CALL(i64, int64_t)
CALL(u64, uint64_t)
CALL(float, float)
CALL(double, double)
CALL(fruit, enum dc_fruit)
CALL(pointer, void *)
CALL(text, const char *)
CALL(point, point)
CALL(pair64, pair64)
CALL(triple64, triple64)
double dc_call_many(double (*f)(int, double, int8_t, float, int64_t, double, uint16_t, float, double, int, int, int, int, double, double, double,
                                double, bool)) {
    return f(1, 2.5, -3, 4.5f, 5, 6.5, 7, 8.5f, 9.5, 10, 11, 12, 13, 14.5, 15.5, 16.5, 17.5, true);
}
void dc_call_void(void (*f)(void)) { f(); }
int dc_call_twice(int (*f)(int), int v) { return f(f(v)); }
int dc_call_times(int (*f)(int), int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) sum += f(i);
    return sum;
}
typedef struct { int (*f)(int); int v; } dc_handler;
int dc_handle(const dc_handler *h) { return h->f ? h->f(h->v) : -1; }
static int_fn dc_kept;
void dc_keep(int_fn f) { dc_kept = f; }
int dc_call_kept(int v) { return dc_kept ? dc_kept(v) : -1; }

/* Variables. */
bool dc_flag = true;
int8_t dc_small = -5;
uint16_t dc_port = 8080;
int dc_counter = 7;
const int dc_limit = 99;
unsigned dc_mask = 0xfffffff0u;
int64_t dc_wide = INT64_C(-5000000000);
uint64_t dc_huge = UINT64_MAX;
float dc_ratio = 0.5f;
double dc_pi = 3.25;
enum dc_fruit dc_favourite = DC_PEAR;
double complex dc_z = 1 + 2 * I;
const char *dc_title = "declared";
const char dc_name[] = "a fixed name";
int dc_numbers[4] = {10, 20, 30, 40};
point dc_origin = {3, 4};
const point dc_fixed = {5, 6};
point *dc_link = &dc_origin;
int_fn dc_handler_fn = dc_double_it;
void *dc_null = NULL;
num64 dc_number = {.i = 1};
int dc_read_counter(void) { return dc_counter; }
double dc_read_origin(void) { return dc_origin.x * 10 + dc_origin.y; }
int dc_call_handler(int v) { return dc_handler_fn ? dc_handler_fn(v) : -1; }

/* A struct by value from pointers to two. */
struct dc_ints { int x, y; };
struct dc_ints dc_add_pointed(struct dc_ints **p) { return (struct dc_ints){p[0]->x + p[1]->x, p[0]->y + p[1]->y}; }

// A transparent union: an argument is any of its members.
typedef union {
  const int32_t *i;
  const double *d;
} dc_either __attribute__((__transparent_union__));
double dc_first(dc_either numbers, bool whole) { return whole ? numbers.i[0] : numbers.d[0]; }
