/* Hosts of Lua that use more than one stack: threads with states of their own, and one state that is used in turn by
 * threads, or by contexts with C stacks of their own. Lua's API is that of the running process, so one build serves
 * every Lua. Functions that take a lua_State are for package.loadlib, the others for calls. */
#define _GNU_SOURCE
#include "fixtures.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef struct lua_State lua_State;

/* ---- Lua's API ---- */

static struct {
    lua_State *(*newstate)(void);
    void (*openlibs)(lua_State *);
    void (*openselectedlibs)(lua_State *, int, int); /* 5.5 */
    int (*loadstring)(lua_State *, const char *);
    int (*pcall)(lua_State *, int, int, int);
    int (*pcallk)(lua_State *, int, int, int, intptr_t, void *); /* 5.2 and later */
    const char *(*tolstring)(lua_State *, int, size_t *);
    const char *(*pushstring)(lua_State *, const char *);
    void (*settop)(lua_State *, int);
    void (*pushvalue)(lua_State *, int);
    void (*pushboolean)(lua_State *, int);
    void (*pushinteger)(lua_State *, ptrdiff_t);
    ptrdiff_t (*tointeger)(lua_State *, int);
    ptrdiff_t (*tointegerx)(lua_State *, int, int *); /* 5.2 and later */
    int (*toboolean)(lua_State *, int);
    lua_State *(*newthread)(lua_State *);
    void (*xmove)(lua_State *, lua_State *, int);
    void (*close)(lua_State *);
} lua;

__attribute__((constructor)) static void find_lua(void)
{
#define FIND(name, symbol) *(void **)&lua.name = dlsym(RTLD_DEFAULT, symbol)
    FIND(newstate, "luaL_newstate");
    FIND(openlibs, "luaL_openlibs");
    FIND(openselectedlibs, "luaL_openselectedlibs");
    FIND(loadstring, "luaL_loadstring");
    FIND(pcall, "lua_pcall");
    FIND(pcallk, "lua_pcallk");
    FIND(tolstring, "lua_tolstring");
    FIND(pushstring, "lua_pushstring");
    FIND(settop, "lua_settop");
    FIND(pushvalue, "lua_pushvalue");
    FIND(pushboolean, "lua_pushboolean");
    FIND(pushinteger, "lua_pushinteger");
    FIND(tointeger, "lua_tointeger");
    FIND(tointegerx, "lua_tointegerx");
    FIND(toboolean, "lua_toboolean");
    FIND(newthread, "lua_newthread");
    FIND(xmove, "lua_xmove");
    FIND(close, "lua_close");
}

static int protected_call(lua_State *L, int arguments, int results)
{
    return lua.pcallk ? lua.pcallk(L, arguments, results, 0, 0, NULL) : lua.pcall(L, arguments, results, 0);
}

static ptrdiff_t to_integer(lua_State *L, int index)
{
    return lua.tointegerx ? lua.tointegerx(L, index, NULL) : lua.tointeger(L, index);
}

static lua_State *new_state(void)
{
    lua_State *L = lua.newstate();
    if (L == NULL)
        return NULL;
    if (lua.openlibs)
        lua.openlibs(L);
    else
        lua.openselectedlibs(L, -1, 0);
    return L;
}

/* Runs a chunk; writes the text that it returns, or its error after "error: ". */
static void evaluate(lua_State *L, const char *source, char *text, size_t size)
{
    int status = L == NULL ? 4 : lua.loadstring(L, source);
    if (status == 0)
        status = protected_call(L, 0, 1);
    const char *result = L == NULL ? "no state" : lua.tolstring(L, -1, NULL);
    snprintf(text, size, "%s%s", status == 0 ? "" : "error: ", result ? result : "(no text)");
    if (L != NULL)
        lua.settop(L, 0);
}

/* ---- states of their own in many threads ---- */

enum { TEXT = 1000, MAX_THREADS = 64 };

typedef struct {
    pthread_t thread;
    pthread_barrier_t *start;
    const char *source;
    int rounds, done;
    char text[TEXT];
} own_states;

static void *run_own_states(void *argument)
{
    own_states *work = argument;
    pthread_barrier_wait(work->start);
    while (work->done < work->rounds) {
        lua_State *L = new_state();
        evaluate(L, work->source, work->text, TEXT);
        if (L != NULL)
            lua.close(L);
        if (strcmp(work->text, "fine") != 0)
            break;
        work->done++;
    }
    return NULL;
}

/* Each thread makes a state, runs the chunk in it and closes it, `rounds` times, until it returns something else than
 * "fine". Gives the number of rounds that went well, and writes the text of one that did not. */
int states_in_threads(int threads, int rounds, const char *source, char *text)
{
    own_states work[MAX_THREADS];
    pthread_barrier_t start;
    int done = 0;
    if (threads < 1 || threads > MAX_THREADS || pthread_barrier_init(&start, NULL, threads) != 0)
        return -1;
    for (int i = 0; i < threads; i++) {
        work[i] = (own_states){.start = &start, .source = source, .rounds = rounds};
        if (pthread_create(&work[i].thread, NULL, run_own_states, &work[i]) != 0)
            abort();
    }
    strcpy(text, "fine");
    for (int i = 0; i < threads; i++) {
        pthread_join(work[i].thread, NULL);
        done += work[i].done;
        if (work[i].done < rounds)
            strcpy(text, work[i].text);
    }
    pthread_barrier_destroy(&start);
    return done;
}

/* ---- a state that one thread leaves to another ---- */

static int_fn left;
void leave(int_fn cb) { left = cb; }

typedef struct {
    lua_State *L;
    const char *source; /* none: call what was left */
    int x, result;
    void *errno_at;
    char text[TEXT];
} visit;

static void *run_visit(void *argument)
{
    visit *v = argument;
    v->errno_at = &errno;
    if (v->source)
        evaluate(v->L, v->source, v->text, TEXT);
    else
        v->result = left(v->x);
    return NULL;
}

static void visit_on_a_thread(visit *v)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_visit, v) != 0)
        abort();
    pthread_join(thread, NULL);
}

/* Runs `source` in a new state on a thread that ends. Then threads call the callback that it left, until one of them
 * has `errno` where the first had it; then `after` runs in the state, on one more thread. Gives what the callback gave
 * to that thread, -1 if there was none; writes the texts of both chunks, a line each. */
int call_after_thread(const char *source, const char *after, int x, char *texts)
{
    visit first = {.L = new_state(), .source = source}, last = {.L = first.L, .source = after};
    int result = -1;
    visit_on_a_thread(&first);
    for (int i = 0; i < 100 && result == -1 && left; i++) {
        visit call = {.x = x};
        visit_on_a_thread(&call);
        if (call.errno_at == first.errno_at)
            result = call.result;
    }
    visit_on_a_thread(&last);
    snprintf(texts, 2 * TEXT + 2, "%s\n%s\n", first.text, last.text);
    lua.close(first.L);
    left = NULL;
    return result;
}

/* ---- one state, several C stacks ---- */

typedef struct {
    bool is_fiber, has_turn, has_ended;
    lua_State *L;
    char error[TEXT];
    pthread_t thread;
    ucontext_t own, back;
} side;

enum { MAX_SIDES = 300, STACK = 256 * 1024 };
static side *sides[MAX_SIDES];
static int side_count, current;
static pthread_mutex_t turns = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;

static void pass_turn(side *s, bool to_side)
{
    if (s->is_fiber) {
        s->has_turn = to_side;
        swapcontext(to_side ? &s->back : &s->own, to_side ? &s->own : &s->back);
        return;
    }
    pthread_mutex_lock(&turns);
    s->has_turn = to_side;
    pthread_cond_broadcast(&turned);
    while (s->has_turn == to_side)
        pthread_cond_wait(&turned, &turns);
    pthread_mutex_unlock(&turns);
}

static void run_side(side *s)
{
    s->error[0] = 0;
    if (protected_call(s->L, 0, 0) != 0) {
        const char *text = lua.tolstring(s->L, -1, NULL);
        snprintf(s->error, TEXT, "%s", text ? text : "(no text)");
    }
    s->has_ended = true;
}

static void *run_thread(void *argument)
{
    side *s = argument;
    pthread_mutex_lock(&turns);
    while (!s->has_turn)
        pthread_cond_wait(&turned, &turns);
    pthread_mutex_unlock(&turns);
    run_side(s);
    pthread_mutex_lock(&turns);
    s->has_turn = false;
    pthread_cond_broadcast(&turned);
    pthread_mutex_unlock(&turns);
    return NULL;
}

static void run_fiber(int id)
{
    side *s = sides[id];
    run_side(s);
    s->has_turn = false;
    setcontext(&s->back);
}

/* new_side(fn, is_fiber): a coroutine for fn on a C stack of its own, which does not run yet, and its number. */
int new_side(lua_State *L)
{
    int id = side_count++;
    side *s = sides[id] = calloc(1, sizeof *s);
    s->is_fiber = lua.toboolean(L, 2);
    s->L = lua.newthread(L);
    lua.pushvalue(L, 1);
    lua.xmove(L, s->L, 1);
    if (s->is_fiber) {
        getcontext(&s->own);
        s->own.uc_stack.ss_sp = malloc(STACK);
        s->own.uc_stack.ss_size = STACK;
        makecontext(&s->own, (void (*)(void))run_fiber, 1, id);
    } else if (pthread_create(&s->thread, NULL, run_thread, s) != 0) {
        abort();
    }
    lua.pushinteger(L, id);
    return 2;
}

/* Lets a side run until it gives way or ends; true when it has ended. */
bool enter_side(int id)
{
    int before = current;
    current = id;
    pass_turn(sides[id], true);
    current = before;
    return sides[id]->has_ended;
}

/* run_side(id): the same as a function of Lua's API; gives the error that ended it, "" for none, nil while it runs. */
int continue_side(lua_State *L)
{
    int id = (int)to_integer(L, 1);
    if (!enter_side(id))
        return 0;
    lua.pushstring(L, sides[id]->error);
    return 1;
}

/* On a side: lets the one that entered it run. */
void give_way(void) { pass_turn(sides[current], false); }

int64_t sum_later(const uint8_t *bytes, size_t n)
{
    int64_t sum = 0;
    give_way();
    for (size_t i = 0; i < n; i++)
        sum += bytes[i];
    return sum;
}

int call_later(int_fn cb, int x)
{
    give_way();
    return cb(x);
}

int call_between(int id, int_fn cb, int x)
{
    enter_side(id);
    return cb(x);
}

/* ---- calls that never return ---- */

/* raise(): an error of Lua's from inside of a call. */
static lua_State *raising;
int raise_in(lua_State *L)
{
    raising = L;
    return 0;
}

void raise_error(void)
{
    int (*raise)(lua_State *) = NULL;
    *(void **)&raise = dlsym(RTLD_DEFAULT, "lua_error");
    lua.pushstring(raising, "raised by C");
    raise(raising);
}
