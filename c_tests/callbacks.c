/* C that calls back: every type through a callback, long lists and structs by value, nested, stored, failing, late and
 * foreign-thread calls. */
#define _GNU_SOURCE
#include "fixtures.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int apply(int_fn cb, int n) { return cb(n); }
int apply2(int (*cb)(int, int), int a, int b) { return cb(a, b); }
int apply_add(int (*cb)(int, int), int a, int b) { return cb(a, b) + 1; }

/* ---- each type there and back ---- */

#define CALLER(name, T) T call_##name(T (*cb)(T), T v) { return cb(v); }
CALLER(bool, bool)
CALLER(i8, int8_t)
CALLER(u8, uint8_t)
CALLER(i16, int16_t)
CALLER(u16, uint16_t)
CALLER(i32, int32_t)
CALLER(u32, uint32_t)
CALLER(i64, int64_t)
CALLER(u64, uint64_t)
CALLER(isize, intptr_t)
CALLER(usize, size_t)
CALLER(f32, float)
CALLER(f64, double)
CALLER(pointer, void *)
CALLER(string, const char *)

CALLER(point, point)
CALLER(pointf, pointf)
CALLER(vec3f, vec3f)
CALLER(floats4, floats4)
CALLER(one8, one8)
CALLER(one32, one32)
CALLER(i8_i16, i8_i16)
CALLER(int_float, int_float)
CALLER(double_int, double_int)
CALLER(int_double, int_double)
CALLER(pair64, pair64)
CALLER(triple64, triple64)
CALLER(bytes3, bytes3)
CALLER(bytes16, bytes16)
CALLER(bytes17, bytes17)
CALLER(bools, bools)
CALLER(rect, rect)
CALLER(item, item)
CALLER(big, big)
CALLER(num32, num32)
CALLER(num64, num64)

void call_void(void (*cb)(void)) { cb(); }
int call_none(int (*cb)(void)) { return cb(); }

/* Reads the whole register of a result that the callback declares narrower. */
int64_t call_wide(int64_t (*cb)(void)) { return cb(); }

/* ---- long argument lists ---- */

int call_sum20(int (*cb)(int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
                         int))
{
    return cb(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
}

double call_mixed20(double (*cb)(int, double, int, double, int, double, int, double, int, double, int, double, int,
                                 double, int, double, int, double, int, double))
{
    return cb(1, 2.5, 3, 4.5, 5, 6.5, 7, 8.5, 9, 10.5, 11, 12.5, 13, 14.5, 15, 16.5, 17, 18.5, 19, 20.5);
}

int call_all_types(int (*cb)(bool, int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t, intptr_t,
                             size_t, float, double, void *, const char *))
{
    return cb(true, -1, 255, -2, 65535, -3, 4294967295u, INT64_MIN, UINT64_MAX, -4, SIZE_MAX, 0.5f, -0.25,
              (void *)0x1234, "text");
}

double call_doubles12(double (*cb)(double, double, double, double, double, double, double, double, double, double,
                                   double, double))
{
    return cb(1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5);
}

double call_crowd(double (*cb)(int8_t, point, int64_t, triple64, float, bytes3, double, one8, pair64), double scale)
{
    return scale * cb(-1, (point){1.5, 2.5}, 3, (triple64){4, 5, 6}, 7.5f, (bytes3){{8, 9, 10}}, 11.5, (one8){12},
                      (pair64){13, 14});
}

/* ---- pointers and strings ---- */

double call_point_ref(double (*cb)(point *), double x, double y)
{
    point p = {x, y};
    double result = cb(&p);
    return result + p.x + p.y;
}

void each_word(const char *text, bool (*cb)(const char *word, void *user), void *user)
{
    char *copy = strdup(text), *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (!cb(word, user))
            break;
    }
    free(copy);
}

void each_up_to(int n, void (*cb)(int i, void *user), void *user)
{
    for (int i = 1; i <= n; i++)
        cb(i, user);
}

void each_i32(int32_t *items, size_t n, void (*cb)(int32_t *item, size_t index, void *user), void *user)
{
    for (size_t i = 0; i < n; i++)
        cb(&items[i], i, user);
}

int call_ref(void (*cb)(int *), int v)
{
    cb(&v);
    return v;
}

int call_ref_null(int (*cb)(int *)) { return cb(NULL); }

size_t string_length_of(const char *(*cb)(void))
{
    const char *text = cb();
    return text ? strlen(text) : SIZE_MAX;
}

/* ---- nested, stored, repeated ---- */

int call_twice(int_fn cb, int x) { return cb(cb(x)); }
int recurse(int_fn cb, int n) { return n <= 0 ? 0 : cb(n - 1) + 1; }

static int_fn kept;
void keep(int_fn cb) { kept = cb; }
int call_kept(int x) { return kept ? kept(x) : -1; }
void forget(void) { kept = NULL; }
bool has_kept(void) { return kept != NULL; }

int call_n_collect(int_fn cb, int n, int *results)
{
    for (int i = 0; i < n; i++)
        results[i] = cb(i);
    return n;
}

int count_calls(int_fn cb, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += cb(i) != 0;
    return count;
}

/* ---- sorting: the comparator is wrapped in a counter; sorts nest when a comparator sorts ---- */

typedef struct { int (*compare)(const void *, const void *); size_t count; } counted;

static int compare_counted(const void *a, const void *b, void *state)
{
    counted *c = state;
    c->count += 1;
    return c->compare(a, b);
}

static size_t sort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    counted c = {compare, 0};
    qsort_r(items, n, size, compare_counted, &c);
    return c.count;
}

size_t sort_ints(int *items, size_t n, int (*cmp)(const void *, const void *))
{
    return sort(items, n, sizeof *items, cmp);
}

size_t sort_bytes(char *items, size_t n, int (*cmp)(const char *, const char *))
{
    return sort(items, n, 1, (int (*)(const void *, const void *))cmp);
}

size_t sort_doubles(double *items, size_t n, int (*cmp)(const double *, const double *))
{
    return sort(items, n, sizeof *items, (int (*)(const void *, const void *))cmp);
}

/* ---- C functions to pass where a callback is wanted ---- */

int compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

int compare_chars(const char *a, const char *b) { return (*a > *b) - (*a < *b); }
int add_one(int v) { return v + 1; }
int subtract(int a, int b) { return a - b; }
int_fn get_add_one(void) { return add_one; }

void *get_function(const char *name)
{
    if (strcmp(name, "add_one") == 0)
        return (void *)add_one;
    if (strcmp(name, "subtract") == 0)
        return (void *)subtract;
    if (strcmp(name, "compare_ints") == 0)
        return (void *)compare_ints;
    return NULL;
}

double integrate(double (*f)(double), double from, double to, int steps)
{
    double width = (to - from) / steps, sum = 0;
    for (int i = 0; i < steps; i++)
        sum += f(from + (i + 0.5) * width) * width;
    return sum;
}

typedef struct { int_fn on_int; double (*on_double)(double); void *user; } handlers;

double fire(const handlers *h, int i, double d)
{
    double sum = 0;
    if (h->on_int)
        sum += h->on_int(i);
    if (h->on_double)
        sum += h->on_double(d);
    return sum;
}

int errno_around(int (*cb)(void))
{
    errno = 77;
    cb();
    return errno;
}

/* ---- foreign threads ---- */

typedef struct { int_fn cb; int x; int delay_ms; int result; } single_call;

static void *run_single(void *argument)
{
    single_call *call = argument;
    if (call->delay_ms > 0) {
        struct timespec delay = {call->delay_ms / 1000, (long)(call->delay_ms % 1000) * 1000000};
        nanosleep(&delay, NULL);
    }
    call->result = call->cb(call->x);
    return NULL;
}

int call_on_thread(int_fn cb, int x)
{
    single_call call = {cb, x, 0, -1};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_single, &call) != 0)
        return -1;
    pthread_join(thread, NULL);
    return call.result;
}

typedef struct { int_fn cb; int calls; int64_t sum; } many_calls;

static void *run_many(void *argument)
{
    many_calls *work = argument;
    for (int i = 0; i < work->calls; i++)
        work->sum += work->cb(i);
    return NULL;
}

enum { MAX_THREADS = 64 };

int call_from_threads(int_fn cb, int threads, int calls, int64_t *sum)
{
    pthread_t ids[MAX_THREADS];
    many_calls work[MAX_THREADS];
    int started = 0;
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    for (; started < threads; started++) {
        work[started] = (many_calls){cb, calls, 0};
        if (pthread_create(&ids[started], NULL, run_many, &work[started]) != 0)
            break;
    }
    *sum = 0;
    for (int i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        *sum += work[i].sum;
    }
    return started * calls;
}

static single_call pending;
static pthread_t pending_thread;
static bool is_pending;

bool start_caller(int_fn cb, int x, int delay_ms)
{
    if (is_pending)
        return false;
    pending = (single_call){cb, x, delay_ms, -1};
    is_pending = pthread_create(&pending_thread, NULL, run_single, &pending) == 0;
    return is_pending;
}

int join_caller(void)
{
    if (!is_pending)
        return -1;
    pthread_join(pending_thread, NULL);
    is_pending = false;
    return pending.result;
}

static int_fn hammered;
static atomic_bool hammering;
static atomic_llong hammer_calls;
static pthread_t hammer_thread;

static void *run_hammer(void *unused)
{
    (void)unused;
    for (; atomic_load(&hammering); atomic_fetch_add(&hammer_calls, 1))
        hammered((int)(atomic_load(&hammer_calls) & 0xffff));
    return NULL;
}

/* Returns once the thread has called: a busy machine may let it wait for long. */
bool start_hammer(int_fn cb)
{
    if (atomic_exchange(&hammering, true))
        return false;
    hammered = cb;
    atomic_store(&hammer_calls, 0);
    if (pthread_create(&hammer_thread, NULL, run_hammer, NULL) != 0)
        atomic_store(&hammering, false);
    struct timespec moment = {0, 1000000};
    while (atomic_load(&hammering) && atomic_load(&hammer_calls) == 0)
        nanosleep(&moment, NULL);
    return atomic_load(&hammering);
}

int64_t stop_hammer(void)
{
    if (!atomic_exchange(&hammering, false))
        return -1;
    pthread_join(hammer_thread, NULL);
    return atomic_load(&hammer_calls);
}

/* ---- late calls: after lua_close, or while the library is being unloaded ---- */

typedef struct { int_fn cb; int x; char path[512]; } late_call;

static late_call at_exit, at_unload;

static void remember(late_call *call, int_fn cb, int x, const char *path)
{
    call->cb = cb;
    call->x = x;
    snprintf(call->path, sizeof call->path, "%s", path ? path : "");
}

static void run_late(const late_call *call, const char *when)
{
    if (call->cb == NULL)
        return;
    int result = call->cb(call->x);
    FILE *out = call->path[0] ? fopen(call->path, "a") : stderr;
    if (out == NULL)
        return;
    fprintf(out, "%s %d\n", when, result);
    if (out != stderr)
        fclose(out);
}

static void run_at_exit(void) { run_late(&at_exit, "exit"); }
__attribute__((destructor)) static void run_at_unload(void) { run_late(&at_unload, "unload"); }

void call_at_exit(int_fn cb, int x, const char *path)
{
    bool is_registered = at_exit.cb != NULL;
    remember(&at_exit, cb, x, path);
    if (!is_registered)
        atexit(run_at_exit);
}

void call_at_unload(int_fn cb, int x, const char *path) { remember(&at_unload, cb, x, path); }

bool stay_loaded(void)
{
    Dl_info info;
    return dladdr((void *)stay_loaded, &info) != 0
           && dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}
