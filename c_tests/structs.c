/* Structs and unions by value and by pointer, as arguments, results and both; packed and aligned ones by pointer;
 * opaque handles with counters, for finalizers. */
#include "fixtures.h"

#include <stdlib.h>
#include <string.h>

/* ---- the same four functions for each struct: S id_S(S), double sum_S(S), S next_S(S), S *ref_S(S *) ---- */

#define STRUCT_FUNCTIONS(S, SUM, BUMP) \
    S id_##S(S v) { return v; }        \
    double sum_##S(S v) { return SUM; } \
    S next_##S(S v)                    \
    {                                  \
        BUMP;                          \
        return v;                      \
    }                                  \
    S *ref_##S(S *p)                   \
    {                                  \
        *p = next_##S(*p);             \
        return p;                      \
    }
#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define EACH(array) for (int i = 0; i < LENGTH(array); i++)

static double sum_u8(const uint8_t *v, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

static double sum_doubles(const double *v, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

STRUCT_FUNCTIONS(point, v.x + v.y, v.x += 1; v.y += 1)
STRUCT_FUNCTIONS(pointf, v.x + v.y, v.x += 1; v.y += 1)
STRUCT_FUNCTIONS(vec3f, v.x + v.y + v.z, v.x += 1; v.y += 1; v.z += 1)
STRUCT_FUNCTIONS(floats4, v.v[0] + v.v[1] + v.v[2] + v.v[3], EACH(v.v) v.v[i] += 1)
STRUCT_FUNCTIONS(onef, v.v, v.v += 1)
STRUCT_FUNCTIONS(oned, v.v, v.v += 1)
STRUCT_FUNCTIONS(floats3d, v.f + v.d, v.f += 1; v.d += 1)
STRUCT_FUNCTIONS(one8, v.v, v.v = (int8_t)(v.v + 1))
STRUCT_FUNCTIONS(one32, v.v, v.v += 1)
STRUCT_FUNCTIONS(i8_i16, v.a + v.b, v.a = (int8_t)(v.a + 1); v.b = (int16_t)(v.b + 1))
STRUCT_FUNCTIONS(bools, v.a + v.b + v.c, v.a = !v.a; v.b = !v.b; v.c = !v.c)
STRUCT_FUNCTIONS(bytes3, sum_u8(v.v, 3), EACH(v.v) v.v[i]++)
STRUCT_FUNCTIONS(bytes16, sum_u8(v.v, 16), EACH(v.v) v.v[i]++)
STRUCT_FUNCTIONS(bytes17, sum_u8(v.v, 17), EACH(v.v) v.v[i]++)
STRUCT_FUNCTIONS(pair64, (double)v.a + (double)v.b, v.a += 1; v.b += 1)
STRUCT_FUNCTIONS(triple64, (double)v.a + (double)v.b + (double)v.c, v.a += 1; v.b += 1; v.c += 1)
STRUCT_FUNCTIONS(int_float, v.i + (double)v.f, v.i += 1; v.f += 1)
STRUCT_FUNCTIONS(double_int, v.d + v.i, v.d += 1; v.i += 1)
STRUCT_FUNCTIONS(int_double, v.i + v.d, v.i += 1; v.d += 1)
STRUCT_FUNCTIONS(item, v.id + v.tags[0] + v.tags[1] + v.tags[2] + (double)v.weight,
                 v.id += 1; EACH(v.tags) v.tags[i]++; v.weight += 1)
STRUCT_FUNCTIONS(deep, v.a + v.f.b + v.f.e.c + (double)v.f.e.d,
                 v.a = (int8_t)(v.a + 1); v.f.b = (int16_t)(v.f.b + 1); v.f.e.c++; v.f.e.d += 1)
STRUCT_FUNCTIONS(big, sum_doubles(v.v, 16), EACH(v.v) v.v[i] += 1)
STRUCT_FUNCTIONS(rect, sum_point(v.min) + sum_point(v.max), v.min = next_point(v.min); v.max = next_point(v.max))
STRUCT_FUNCTIONS(segment, sum_pointf(v.a) + sum_pointf(v.b), v.a = next_pointf(v.a); v.b = next_pointf(v.b))
STRUCT_FUNCTIONS(polygon, v.count + sum_pointf(v.corners[0]) + sum_pointf(v.corners[1]) + sum_pointf(v.corners[2]),
                 v.count += 1; EACH(v.corners) v.corners[i] = next_pointf(v.corners[i]))

/* ---- made from scalars ---- */

point make_point(double x, double y) { return (point){x, y}; }
pointf make_pointf(float x, float y) { return (pointf){x, y}; }
vec3f make_vec3f(float x, float y, float z) { return (vec3f){x, y, z}; }
one8 make_one8(int8_t v) { return (one8){v}; }
one32 make_one32(int32_t v) { return (one32){v}; }
i8_i16 make_i8_i16(int8_t a, int16_t b) { return (i8_i16){a, b}; }
int_float make_int_float(int32_t i, float f) { return (int_float){i, f}; }
double_int make_double_int(double d, int32_t i) { return (double_int){d, i}; }
int_double make_int_double(int32_t i, double d) { return (int_double){i, d}; }
pair64 make_pair64(int64_t a, int64_t b) { return (pair64){a, b}; }
triple64 make_triple64(int64_t a, int64_t b, int64_t c) { return (triple64){a, b, c}; }
bools make_bools(bool a, bool b, bool c) { return (bools){a, b, c}; }
rect make_rect(double a, double b, double c, double d) { return (rect){{a, b}, {c, d}}; }
named make_named(const char *name, void *data, int32_t n) { return (named){name, data, n}; }

#define MAKE_COUNTED(S, T)                \
    S make_##S(T first)                   \
    {                                     \
        S s;                              \
        EACH(s.v) s.v[i] = (T)(first + i); \
        return s;                         \
    }
MAKE_COUNTED(bytes3, uint8_t)
MAKE_COUNTED(bytes16, uint8_t)
MAKE_COUNTED(bytes17, uint8_t)
MAKE_COUNTED(floats4, float)
MAKE_COUNTED(big, double)

polygon make_polygon(int32_t count)
{
    polygon p = {count, {{0, 0}, {0, 0}, {0, 0}}};
    EACH(p.corners) p.corners[i] = (pointf){(float)i, (float)(count * i)};
    return p;
}

item make_item(int32_t id)
{
    return (item){id, {(int16_t)(id + 1), (int16_t)(id + 2), (int16_t)(id + 3)}, (float)id + 0.5f};
}

named id_named(named v) { return v; }
const char *named_name(named v) { return v.name; }
size_t named_length(named v) { return v.name ? strlen(v.name) : 0; }

/* ---- among so many other arguments that the registers are used up ---- */

double point_after_ints(int a, int b, int c, int d, int e, int f, point p, int g)
{
    return a + b + c + d + e + f + p.x + p.y + g;
}

/* One integer register is left for a struct that needs two: it goes to the stack whole, what follows does not. */
double pair_after_ints(int a, int b, int c, int d, int e, pair64 p, int f, int g)
{
    return a + b + c + d + e + (double)p.a + (double)p.b + f + g;
}

double pair_after_doubles(double a, double b, double c, double d, double e, double f, double g, double h, point p,
                          double i)
{
    return a + b + c + d + e + f + g + h + p.x + p.y + i;
}

double crowd(int8_t a, point b, int64_t c, triple64 d, float e, bytes3 f, double g, one8 h, int_float i, bools j,
             bytes17 k, pointf l, int16_t m, pair64 n)
{
    return a + sum_point(b) + (double)c + sum_triple64(d) + e + sum_bytes3(f) + g + sum_one8(h) + sum_int_float(i)
           + sum_bools(j) + sum_bytes17(k) + sum_pointf(l) + m + sum_pair64(n);
}

double many_points(point a, point b, point c, point d, point e, point f)
{
    return sum_point(a) + 2 * sum_point(b) + 3 * sum_point(c) + 4 * sum_point(d) + 5 * sum_point(e) + 6 * sum_point(f);
}

triple64 spread(int a, triple64 v, double d)
{
    int64_t by = a + (int64_t)d;
    return (triple64){v.a + by, v.b + by, v.c + by};
}

/* ---- unions by value ---- */

num32 num32_from_int(int32_t i) { return (num32){.i = i}; }
num32 num32_from_float(float f) { return (num32){.f = f}; }
int32_t num32_int(num32 v) { return v.i; }
float num32_float(num32 v) { return v.f; }

num64 num64_from_int(int64_t i) { return (num64){.i = i}; }
num64 num64_from_double(double d) { return (num64){.d = d}; }
int64_t num64_int(num64 v) { return v.i; }
double num64_double(num64 v) { return v.d; }

key16 make_key16(uint8_t first)
{
    key16 k;
    EACH(k.b) k.b[i] = (uint8_t)(first + i);
    return k;
}
uint32_t sum_key16(key16 k) { return (uint32_t)sum_u8(k.b, 16); }

funion make_funion(float a, float b) { return (funion){.v = {a, b}}; }
float sum_funion(funion u) { return u.v[0] + u.v[1]; }

wide make_wide(uint8_t first)
{
    wide w;
    EACH(w.b) w.b[i] = (uint8_t)(first + i);
    return w;
}
uint32_t sum_wide(wide w) { return (uint32_t)sum_u8(w.b, 24); }

tagged tagged_int(int64_t i) { return (tagged){1, {.i = i}}; }
tagged tagged_double(double d) { return (tagged){2, {.d = d}}; }
double tagged_value(tagged t) { return t.kind == 1 ? (double)t.value.i : t.value.d; }

/* ---- packed and aligned, by pointer ---- */

#pragma pack(push, 1)
typedef struct { uint8_t a; uint32_t b; uint16_t c; double d; } packed1;
#pragma pack(pop)
#pragma pack(push, 2)
typedef struct { uint8_t a; uint32_t b; uint16_t c; double d; } packed2;
#pragma pack(pop)
typedef struct { uint8_t a; uint32_t b; } __attribute__((aligned(16))) aligned16;

void fill_packed1(packed1 *p) { *p = (packed1){1, 0xDEADBEEF, 515, 2.5}; }
double sum_packed1(const packed1 *p) { return p->a + (double)p->b + p->c + p->d; }
size_t size_packed1(void) { return sizeof(packed1); }
void fill_packed2(packed2 *p) { *p = (packed2){1, 0xDEADBEEF, 515, 2.5}; }
double sum_packed2(const packed2 *p) { return p->a + (double)p->b + p->c + p->d; }
size_t size_packed2(void) { return sizeof(packed2); }
void fill_aligned16(aligned16 *p) { *p = (aligned16){1, 2}; }
double sum_aligned16(const aligned16 *p) { return p->a + (double)p->b; }
size_t size_aligned16(void) { return sizeof(aligned16); }

/* ---- pointers to structs ---- */

void point_add(const point *a, const point *b, point *out) { *out = (point){a->x + b->x, a->y + b->y}; }

double points_sum(const point *points, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += points[i].x + points[i].y;
    return sum;
}

void points_scale(point *points, size_t n, double by)
{
    for (size_t i = 0; i < n; i++) {
        points[i].x *= by;
        points[i].y *= by;
    }
}

point *point_static(void)
{
    static point p = {1, 2};
    return &p;
}

point *point_none(void) { return NULL; }

bool point_find(const point *points, size_t n, double x, point **found)
{
    for (size_t i = 0; i < n; i++) {
        if (points[i].x == x) {
            *found = (point *)&points[i];
            return true;
        }
    }
    *found = NULL;
    return false;
}

item *items_pick(item *items, size_t n, int32_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i].id == id)
            return &items[i];
    }
    return NULL;
}

typedef struct node { int32_t value; struct node *next; } node;

static int nodes;

node *list_push(node *head, int32_t value)
{
    node *n = malloc(sizeof *n);
    if (n == NULL)
        abort();
    *n = (node){value, head};
    nodes += 1;
    return n;
}

int64_t list_sum(const node *n)
{
    int64_t sum = 0;
    for (; n; n = n->next)
        sum += n->value;
    return sum;
}

void list_free(node *n)
{
    while (n) {
        node *next = n->next;
        free(n);
        nodes -= 1;
        n = next;
    }
}

int live_nodes(void) { return nodes; }

typedef struct {
    int sec, min, hour, mday, mon, year, wday, yday, isdst;
    long gmtoff;
    const char *zone;
} calendar;

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year));
}

static int days_in_year(int64_t year) { return is_leap(year) ? 366 : 365; }

void calendar_from_seconds(int64_t seconds, calendar *out)
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days -= 1;
    }
    memset(out, 0, sizeof *out);
    out->hour = (int)(rest / 3600);
    out->min = (int)(rest / 60 % 60);
    out->sec = (int)(rest % 60);
    out->wday = (int)(((days + 4) % 7 + 7) % 7);

    int64_t year = 1970;
    for (; days < 0; days += days_in_year(year))
        year -= 1;
    for (; days >= days_in_year(year); year++)
        days -= days_in_year(year);
    out->year = (int)(year - 1900);
    out->yday = (int)days;

    int month = 0;
    for (; days >= days_in_month(year, month); month++)
        days -= days_in_month(year, month);
    out->mon = month;
    out->mday = (int)days + 1;
    out->zone = "UTC";
}

int64_t calendar_to_seconds(const calendar *c)
{
    int64_t year = c->year + INT64_C(1900), days = c->mday - 1;
    for (int64_t y = 1970; y < year; y++)
        days += days_in_year(y);
    for (int64_t y = year; y < 1970; y++)
        days -= days_in_year(y);
    for (int month = 0; month < c->mon; month++)
        days += days_in_month(year, month);
    return days * 86400 + c->hour * 3600 + c->min * 60 + c->sec;
}

typedef struct { long left, top, right, bottom; } long_rect;
typedef struct { short left, top, right, bottom; } short_rect;
typedef struct { short left; long top; short right; long bottom; } mixed_rect;

void long_rect_double(long_rect *r)
{
    r->left *= 2;
    r->top *= 2;
    r->right *= 2;
    r->bottom *= 2;
}

long long_rect_area(const long_rect *r) { return (r->right - r->left) * (r->bottom - r->top); }
int short_rect_area(const short_rect *r) { return (r->right - r->left) * (r->bottom - r->top); }
long mixed_rect_area(const mixed_rect *r) { return (r->right - r->left) * (r->bottom - r->top); }
size_t size_long_rect(void) { return sizeof(long_rect); }
size_t size_short_rect(void) { return sizeof(short_rect); }
size_t size_mixed_rect(void) { return sizeof(mixed_rect); }

/* ---- opaque handles. A foo is never handed back to malloc, so a double destroy is counted and not a crash ---- */

enum { FOO_LIVE = 0x464f4f, FOO_DEAD = 0xdead };
typedef struct { int state; int32_t value; } foo;

static int foos, foos_destroyed, foo_mistakes;
static int32_t last_foo;

foo *create_foo(int32_t value)
{
    foo *f = malloc(sizeof *f);
    if (f == NULL)
        abort();
    *f = (foo){FOO_LIVE, value};
    foos += 1;
    return f;
}

int32_t foo_value(const foo *f) { return f->value; }
void foo_set(foo *f, int32_t value) { f->value = value; }

/* Kept reachable, so that a leak checker sees what is live and what is dead but still owned. */
static foo **dead_foos;
static int dead_count;

void destroy_foo(foo *f)
{
    if (f == NULL)
        return;
    if (f->state != FOO_LIVE) {
        foo_mistakes += 1;
        return;
    }
    f->state = FOO_DEAD;
    foos -= 1;
    foos_destroyed += 1;
    last_foo = f->value;
    foo **grown = realloc(dead_foos, sizeof *dead_foos * (size_t)(dead_count + 1));
    if (grown == NULL)
        abort();
    dead_foos = grown;
    dead_foos[dead_count++] = f;
}

int live_foos(void) { return foos; }
int destroyed_foos(void) { return foos_destroyed; }
int32_t last_destroyed_foo(void) { return last_foo; }
int foo_errors(void) { return foo_mistakes; }

void foo_reset_counters(void)
{
    foos_destroyed = 0;
    foo_mistakes = 0;
    last_foo = 0;
}

__attribute__((destructor)) static void release_dead_foos(void)
{
    for (int i = 0; i < dead_count; i++)
        free(dead_foos[i]);
    free(dead_foos);
}

/* A second kind of handle, so that mixing them up can be tested. */
typedef struct { int32_t value; } bar;

static int bars;

bar *create_bar(int32_t value)
{
    bar *b = malloc(sizeof *b);
    if (b == NULL)
        abort();
    b->value = value;
    bars += 1;
    return b;
}

void destroy_bar(bar *b)
{
    bars -= b != NULL;
    free(b);
}

int live_bars(void) { return bars; }
