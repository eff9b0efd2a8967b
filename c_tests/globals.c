/* Exported variables and what reads and changes them; one weak, one hidden and one static function for symbol lists. */
#include "fixtures.h"

int counter = 0;
double ratio = 0.5;
const char *title = "fixture globals";
int table[8] = {0, 1, 4, 9, 16, 25, 36, 49};
point origin = {3, 4};
int *counter_pointer = &counter;
const int limit = 1000;
const int squares[4] = {0, 1, 4, 9};
const point corner = {1, 2};
const struct { unsigned low : 3; point ends[2]; } piece = {5, {{1, 2}, {3, 4}}};
uint8_t flags = 0x80;
uint64_t huge = UINT64_MAX;
int_fn handler = NULL;
bool ready = false;

int get_counter(void) { return counter; }
void set_counter(int v) { counter = v; }
int bump_counter(void) { return ++counter; }
double get_ratio(void) { return ratio; }
const char *get_title(void) { return title; }
int call_handler(int x) { return handler ? handler(x) : -1; }
bool get_ready(void) { return ready; }
double origin_distance(void) { return __builtin_sqrt(origin.x * origin.x + origin.y * origin.y); }

int sum_table(void)
{
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += table[i];
    return sum;
}

void reset_globals(void)
{
    counter = 0;
    ratio = 0.5;
    title = "fixture globals";
    for (int i = 0; i < 8; i++)
        table[i] = i * i;
    origin = (point){3, 4};
    counter_pointer = &counter;
    flags = 0x80;
    huge = UINT64_MAX;
    handler = NULL;
    ready = false;
}

__attribute__((weak)) int weak_answer(void) { return 42; }
__attribute__((visibility("hidden"), noinline)) int hidden_answer(void) { return 42; }
__attribute__((noinline)) static int static_answer(void) { return 1; }
int call_hidden(void) { return hidden_answer() + static_answer(); }
